"""Workbook cells that are more than text: which of them a rule can read."""

from __future__ import annotations

from enum import StrEnum

from bulk_update.cells.damage import MOST_DIGITS, NUMBERS, lost_digits, unreadable
from bulk_update.cells.issue_codes import IssueCode
from bulk_update.cells.quoting import quoted
from bulk_update.records import CellKind, Issue, TypedCell


class CellType(StrEnum):
    """What a rule makes of a cell."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"


_DATES = frozenset({CellKind.DATE, CellKind.DATETIME})
_READABLE = {
    CellType.TEXT: frozenset({CellKind.NUMBER}),
    CellType.INTEGER: NUMBERS,
    CellType.DECIMAL: NUMBERS,
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
_HELPFUL_TYPES = {
    CellKind.STYLED_NUMBER: CellType.DECIMAL,
    CellKind.BOOLEAN: CellType.BOOLEAN,
    CellKind.DATE: CellType.DATE,
    CellKind.DATETIME: CellType.DATETIME,
}
KIND_NAMES = {
    CellKind.NUMBER: "a number cell",
    CellKind.STYLED_NUMBER: (
        "a number cell that shows something else (a percentage, currency, fraction, padding or "
        "the like)"
    ),
    CellKind.BOOLEAN: "a boolean cell",
    CellKind.DATE: "a date cell",
    CellKind.DATETIME: "a datetime cell",
    CellKind.TIME: "a time cell",
}
"""What messages call a cell, by its kind."""


def refusal(cell: TypedCell, cell_type: CellType, *, may_have_type: bool = True) -> Issue | None:
    """Return why a rule of this type cannot read a cell, or None if it can.

    A rule with a `lookup`, or one that joins cells, cannot be helped by another type.
    """
    issue = unreadable(cell)
    if issue:
        return issue
    if cell.kind not in _READABLE[cell_type]:
        return _of_another_kind(cell, cell_type, may_have_type=may_have_type)
    if lost_digits(cell):
        message = (
            f"{quoted(cell.text)} is a number cell with more than {MOST_DIGITS} digits: the last "
            "ones are lost (format the column as text and enter the value again)"
        )
        return Issue(IssueCode.DAMAGED_NUMBER, message)
    return None


def _of_another_kind(cell: TypedCell, cell_type: CellType, *, may_have_type: bool) -> Issue:
    found = f"{quoted(cell.text)} is {KIND_NAMES[cell.kind]}"
    if cell_type is not CellType.TEXT:
        code, expected = _REFUSALS[cell_type]
        return Issue(code, f"{found} ({expected})")
    helpful = _HELPFUL_TYPES.get(cell.kind) if may_have_type else None
    typed = f"add type: {helpful} to the rule, or " if helpful else ""
    remedy = f"{typed}format the column as text and enter the value again"
    return Issue(IssueCode.NEEDS_TYPE, f"{found} ({remedy})")
