"""What the name of a source says about its content."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from bulk_update.sources.newest import base_name
from bulk_update.sources.standard_input import NAME as STANDARD_INPUT

_GZIP = ".gz"
_ZIP = b"PK"


def is_compressed(name: str) -> bool:
    """Return whether a file's name says that it is compressed with gzip."""
    return name.lower().endswith(_GZIP)


def name_of_copy(name: str, content: Path, *, kind_is_named: bool) -> str:
    """Return a name for a copy of a file that says what kind of file it is, if that is known.

    Standard input has no name. Unless the mapping names its kind, its first bytes decide: they are
    those of a workbook, or it is text.
    """
    if name == STANDARD_INPUT:
        if kind_is_named:
            return "input"
        with content.open("rb") as file:
            return "input.xlsx" if file.read(len(_ZIP)) == _ZIP else "input.csv"
    base = base_name(name)
    if is_compressed(base):
        base = base[: -len(_GZIP)]
    return f"input{PurePosixPath(base).suffix}"
