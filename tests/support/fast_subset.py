"""Which tests belong to the subset that takes seconds: what `pytest -m fast` runs."""

from __future__ import annotations

from pathlib import Path

from test_layers import PURE

TESTS = Path(__file__).parents[1]

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


def is_fast(path: Path) -> bool:
    """Return whether a file of tests, or a folder that may hold one, belongs to the subset."""
    match path.relative_to(TESTS).parts:
        case () | ("readers",):
            return True
        case ("readers", name):
            return name in FILES_OF_READERS
        case (name, *_):
            return name.removeprefix("test_").removesuffix(".py") in ROOMS
        case _:
            return False
