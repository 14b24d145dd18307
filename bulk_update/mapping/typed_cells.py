"""Workbook cells that are more than text: which of them a rule can read."""

from __future__ import annotations

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
    CellType.TEXT: (
        IssueCode.NEEDS_TYPE,
        "add a type such as decimal, boolean or date to the rule, or format the column as text",
    ),
    CellType.INTEGER: (IssueCode.BAD_INTEGER, "expected a whole number"),
    CellType.DECIMAL: (IssueCode.BAD_NUMBER, "expected a number"),
    CellType.BOOLEAN: (IssueCode.BAD_BOOLEAN, "expected TRUE or FALSE"),
    CellType.DATE: (IssueCode.BAD_DATE, "expected a date cell, or a date as text"),
    CellType.DATETIME: (IssueCode.BAD_DATE, "expected a date cell, or a date as text"),
}


def unreadable(cell: TypedCell) -> Issue | None:
    """Return what is wrong with a cell that shows an error or has no value, else None."""
    if cell.kind is CellKind.ERROR:
        message = f"the cell shows {quoted(cell.text)} (mend its formula or value)"
        return Issue(IssueCode.ERROR_CELL, message)
    if cell.kind is CellKind.NO_VALUE:
        message = (
            f"the formula {quoted(cell.text)} has no value (open the file in a spreadsheet "
            "program and save it)"
        )
        return Issue(IssueCode.NO_VALUE, message)
    return None


def lost_digits(cell: TypedCell) -> bool:
    """Tell whether a number has more digits than a spreadsheet program keeps.

    Zeros at the end count: they are what it writes for the digits that it lost.
    """
    digits = "".join(character for character in cell.text if character.isdigit())
    return cell.kind in _NUMBERS and len(digits.lstrip("0")) > MOST_DIGITS


def refusal(cell: TypedCell, cell_type: CellType) -> Issue | None:
    """Return why a rule of this type cannot read a cell, or None where it can."""
    issue = unreadable(cell)
    if issue:
        return issue
    if cell.kind not in _READABLE[cell_type]:
        code, remedy = _REFUSALS[cell_type]
        return Issue(code, f"{quoted(cell.text)} is a {cell.kind} cell ({remedy})")
    if lost_digits(cell):
        message = (
            f"{quoted(cell.text)} is a number cell with more than {MOST_DIGITS} digits: the last "
            "ones are lost (format the column as text and enter the value again)"
        )
        return Issue(IssueCode.DAMAGED_NUMBER, message)
    return None
