"""Workbook cells that are more than text: which of them a rule can read."""

from __future__ import annotations

import re
from enum import StrEnum

from bulk_update.mapping.codes import IssueCode
from bulk_update.mapping.quoting import quoted
from bulk_update.records import CellKind, Issue, TypedCell

MOST_DIGITS = 15
"""Significant digits that spreadsheet programs keep of a number; the rest become zeros."""


class CellType(StrEnum):
    """What a rule makes of a cell."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"


_SERIAL_NUMBER = re.compile(r"[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?")
_WRITTEN_DATE = re.compile("[0-9]{4}-|T?[0-9]{2}:")
_NUMBERS = frozenset({CellKind.NUMBER, CellKind.STYLED_NUMBER})
_DATES = frozenset({CellKind.DATE, CellKind.DATETIME})
_READABLE = {
    CellType.TEXT: frozenset({CellKind.NUMBER}),
    CellType.INTEGER: _NUMBERS,
    CellType.DECIMAL: _NUMBERS,
    CellType.BOOLEAN: frozenset({CellKind.BOOLEAN, CellKind.NUMBER}),
    CellType.DATE: _DATES,
    CellType.DATETIME: _DATES,
}
_REFUSALS = {
    CellType.INTEGER: (IssueCode.BAD_INTEGER, "expected a whole number"),
    CellType.DECIMAL: (IssueCode.BAD_NUMBER, "expected a number"),
    CellType.BOOLEAN: (IssueCode.BAD_BOOLEAN, "expected TRUE or FALSE"),
    CellType.DATE: (IssueCode.BAD_DATE, "expected a date cell, or a date as text"),
    CellType.DATETIME: (IssueCode.BAD_DATE, "expected a date cell, or a date as text"),
}


LOOKS = {
    CellKind.NUMBER: "a number cell",
    CellKind.STYLED_NUMBER: (
        "a number that is shown otherwise (per cent, currency, fraction, padded or the like)"
    ),
    CellKind.BOOLEAN: "a boolean cell",
    CellKind.DATE: "a date cell",
    CellKind.DATETIME: "a datetime cell",
    CellKind.TIME: "a time cell",
}
_HELPFUL_TYPES = {
    CellKind.STYLED_NUMBER: CellType.DECIMAL,
    CellKind.BOOLEAN: CellType.BOOLEAN,
    CellKind.DATE: CellType.DATE,
    CellKind.DATETIME: CellType.DATETIME,
}


def unreadable(cell: TypedCell) -> Issue | None:
    """Return what is wrong with a cell that shows an error or has no value, else None."""
    if cell.kind is CellKind.ERROR:
        return Issue(IssueCode.ERROR_CELL, _error(cell.text))
    if cell.kind is CellKind.NO_VALUE:
        message = (
            f"the formula {quoted(cell.text)} has no value (open the file in Excel and save it; "
            "in LibreOffice, press Ctrl+Shift+F9 before)"
        )
        return Issue(IssueCode.NO_VALUE, message)
    return None


def _error(text: str) -> str:
    if _SERIAL_NUMBER.fullmatch(text):
        finding = "is the number of a date that no calendar has, or too large or small for a number"
        return f"{quoted(text)} {finding} (enter the value again)"
    if _WRITTEN_DATE.match(text):
        finding = "is no date and time as sheets have them, without a zone"
        return f"{quoted(text)} {finding} (enter it again, such as 2024-03-01 12:30)"
    return f"the cell shows {quoted(text)} (mend its formula or value)"


def lost_digits(cell: TypedCell) -> bool:
    """Tell whether a number has more digits than a spreadsheet program keeps.

    Zeros at the end count: they are what it writes for the digits that it lost.
    """
    digits = "".join(character for character in cell.text if character.isdigit())
    return cell.kind in _NUMBERS and len(digits.lstrip("0")) > MOST_DIGITS


def refusal(cell: TypedCell, cell_type: CellType, *, may_have_type: bool = True) -> Issue | None:
    """Return why a rule of this type cannot read a cell, or None where it can.

    Another type is of no help to a rule with a `lookup`, or one that joins cells.
    """
    issue = unreadable(cell)
    if issue:
        return issue
    if cell.kind not in _READABLE[cell_type]:
        found = f"{quoted(cell.text)} is {LOOKS[cell.kind]}"
        if cell_type is CellType.TEXT:
            helpful = _HELPFUL_TYPES.get(cell.kind) if may_have_type else None
            typed = f"add type: {helpful} to the rule, or " if helpful else ""
            remedy = f"{typed}format the column as text and enter the value again"
            return Issue(IssueCode.NEEDS_TYPE, f"{found} ({remedy})")
        code, expected = _REFUSALS[cell_type]
        return Issue(code, f"{found} ({expected})")
    if lost_digits(cell):
        message = (
            f"{quoted(cell.text)} is a number cell with more than {MOST_DIGITS} digits: the last "
            "ones are lost (format the column as text and enter the value again)"
        )
        return Issue(IssueCode.DAMAGED_NUMBER, message)
    return None
