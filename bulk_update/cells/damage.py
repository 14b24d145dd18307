"""What a spreadsheet program has damaged, or left without a value."""

from __future__ import annotations

import re

from bulk_update.cells.issue_codes import IssueCode
from bulk_update.records import CellKind, Issue, TypedCell

MOST_DIGITS = 15
"""Significant digits of a number that spreadsheet programs keep; the others become zeros."""

NUMBERS = frozenset({CellKind.NUMBER, CellKind.STYLED_NUMBER})

_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+[eE][+-]?|[eE][+-])[0-9]+")
_SERIAL_NUMBER = re.compile(r"[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?")
_WRITTEN_DATE = re.compile("[0-9]{4}-|T?[0-9]{2}:")


def unreadable(cell: TypedCell) -> Issue | None:
    """Return what is wrong with a cell that shows an error or has no value, else None."""
    if cell.kind is CellKind.ERROR:
        return Issue(IssueCode.ERROR_CELL, {"text": cell.text}, _error_variant(cell.text))
    if cell.kind is CellKind.NO_VALUE:
        return Issue(IssueCode.NO_VALUE, {"text": cell.text})
    return None


def _error_variant(text: str) -> str:
    if _SERIAL_NUMBER.fullmatch(text):
        return "serial"
    return "date" if _WRITTEN_DATE.match(text) else ""


def lost_digits(cell: TypedCell) -> bool:
    """Return whether a number has more digits than a spreadsheet program keeps.

    Zeros at the end count: they are what it writes in place of the digits that it lost.
    """
    digits = "".join(character for character in cell.text if character.isdigit())
    return cell.kind in NUMBERS and len(digits.lstrip("0")) > MOST_DIGITS


def is_scientific(text: str) -> bool:
    """Return whether a text is a number in the notation that shortens long ones: `1,23E+09`."""
    return _SCIENTIFIC.fullmatch(text) is not None
