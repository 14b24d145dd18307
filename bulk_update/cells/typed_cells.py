"""Typed cells of workbooks, and which of them a rule can read."""

from __future__ import annotations

from enum import StrEnum

from bulk_update.cells.damage import MOST_DIGITS, NUMBERS, lost_digits, unreadable
from bulk_update.cells.issue_codes import IssueCode
from bulk_update.records import CellKind, Issue, TypedCell


class CellType(StrEnum):
    """The type that a rule converts a cell to."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"


DATES = frozenset({CellKind.DATE, CellKind.DATETIME})
BOOLEAN_WORDS = {"TRUE": ("TRUE", "PRAWDA"), "FALSE": ("FALSE", "FAŁSZ")}
"""What spreadsheet programs show in a boolean cell, in English and Polish."""

_READABLE = {
    CellType.TEXT: frozenset({CellKind.NUMBER}),
    CellType.INTEGER: NUMBERS,
    CellType.DECIMAL: NUMBERS,
    CellType.BOOLEAN: frozenset({CellKind.BOOLEAN, CellKind.NUMBER}),
    CellType.DATE: DATES,
    CellType.DATETIME: DATES,
}
_REFUSALS = {
    CellType.INTEGER: IssueCode.BAD_INTEGER,
    CellType.DECIMAL: IssueCode.BAD_NUMBER,
    CellType.BOOLEAN: IssueCode.BAD_BOOLEAN,
    CellType.DATE: IssueCode.BAD_DATE,
    CellType.DATETIME: IssueCode.BAD_DATE,
}
_HELPFUL_TYPES = {
    CellKind.STYLED_NUMBER: CellType.DECIMAL,
    CellKind.BOOLEAN: CellType.BOOLEAN,
    CellKind.DATE: CellType.DATE,
    CellKind.DATETIME: CellType.DATETIME,
}


def refusal(cell: TypedCell, cell_type: CellType, *, may_have_type: bool = True) -> Issue | None:
    """Return why a rule of this type cannot read a cell, or None if it can.

    `may_have_type` is False for rules with a `lookup` and rules that join cells: for them, the
    reason does not suggest another type.
    """
    issue = unreadable(cell)
    if issue:
        return issue
    if cell.kind not in _READABLE[cell_type]:
        return _of_another_kind(cell, cell_type, may_have_type=may_have_type)
    if lost_digits(cell):
        return Issue(IssueCode.DAMAGED_NUMBER, {"text": cell.text, "most": MOST_DIGITS})
    return None


def _of_another_kind(cell: TypedCell, cell_type: CellType, *, may_have_type: bool) -> Issue:
    found = {"text": cell.text, "kind": cell.kind}
    if cell_type is not CellType.TEXT:
        return Issue(_REFUSALS[cell_type], found, "cell")
    helpful = _HELPFUL_TYPES.get(cell.kind) if may_have_type else None
    if helpful is None:
        return Issue(IssueCode.NEEDS_TYPE, found)
    return Issue(IssueCode.NEEDS_TYPE, {**found, "type": helpful}, "typed")
