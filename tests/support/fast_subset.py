"""Which tests belong to the subset that takes seconds: what `pytest -m fast` runs."""

from __future__ import annotations

from pathlib import Path

from rooms import PURE

TESTS = Path(__file__).parents[1]

FAST_EXAMPLES = 10
"""Of each property that does not ask for a number of its own; the whole suite tries 100."""

ROOMS = PURE | {"columns", "errors", "limits", "printable", "settings"}
"""The pure rooms, and those below them that are as quick to test."""

FILES_OF_READERS = {
    "test_header_names.py",
    "test_text_delimiters.py",
    "test_text_encodings.py",
    "test_workbook_cells.py",
    "test_workbook_strings.py",
}
"""The tests of what readers do without another process."""

LONGER = {("proposals", "test_header_sets.py")}
"""Tests of pure rooms that take their time, since they try many tables; other files cover them."""


def is_fast(path: Path) -> bool:
    """Return whether a file of tests, or a folder that may hold one, belongs to the subset."""
    match path.relative_to(TESTS).parts:
        case () | ("readers",):
            return True
        case ("readers", name):
            return name in FILES_OF_READERS
        case (name, *_) as parts:
            return parts not in LONGER and name.removeprefix("test_").removesuffix(".py") in ROOMS
        case _:
            return False
