"""Campaigns and identifiers: what a cell must hold to address exactly one record.

Each becomes one path segment of a URL. Refused is what URL normalization would turn into another
address, what nobody can type, and what a spreadsheet program has changed; everything else is sent
as it is.
"""

from __future__ import annotations

import re

from bulk_update.cells.damage import MOST_DIGITS, is_scientific, lost_digits, unreadable
from bulk_update.cells.issue_codes import IssueCode
from bulk_update.records import Cell, CellKind, Issue, Param, TypedCell

CAMPAIGN_ID = re.compile("[0-9A-Za-z_-]{5}")
"""Five characters, according to the API's documentation: `00001`."""

LONGEST_IDENTIFIER = 500
"""Servers accept URLs of 8,000 octets (RFC 9110, 4.1), and a character may need 12 of them."""

_ORDINARY = re.compile(r"\+?[0-9A-Za-z_]{1,100}")
_SHORTENED_CAMPAIGN = re.compile("[0-9]{1,4}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_BREAK = re.compile("[\r\n]")
_DOTS = frozenset({".", ".."})


def read_identifier(cell: Cell) -> str | Issue:
    """Return the identifier that a cell holds, without the white space around it."""
    if isinstance(cell, TypedCell):
        return identifier_refusal(cell) or cell.text
    text = cell.strip()
    if _ORDINARY.fullmatch(text):
        return text
    return _refused(text) or text


def identifier_refusal(cell: TypedCell) -> Issue | None:
    """Return why a workbook's cell is not an identifier, or None if it may be one."""
    return unreadable(cell) or _changed(cell)


def _refused(text: str) -> Issue | None:
    if not text:
        return Issue(IssueCode.NO_IDENTIFIER)
    if text in _DOTS:
        return Issue(IssueCode.BAD_IDENTIFIER, {"text": text}, "dots")
    if len(text) > LONGEST_IDENTIFIER:
        size: dict[str, Param] = {"length": len(text), "most": LONGEST_IDENTIFIER}
        return Issue(IssueCode.BAD_IDENTIFIER, {"text": text, **size}, "too-long")
    if _CONTROL.search(text):
        variant = "line-break" if _LINE_BREAK.search(text) else ""
        return Issue(IssueCode.BAD_IDENTIFIER, {"text": text}, variant)
    if is_scientific(text):
        return Issue(IssueCode.DAMAGED_IDENTIFIER, {"text": text}, "shortened")
    return None


def _changed(cell: TypedCell) -> Issue | None:
    if cell.kind is not CellKind.NUMBER:
        return Issue(IssueCode.DAMAGED_IDENTIFIER, {"text": cell.text, "kind": cell.kind})
    if lost_digits(cell):
        params: dict[str, Param] = {"text": cell.text, "most": MOST_DIGITS}
        return Issue(IssueCode.DAMAGED_IDENTIFIER, params, "digits")
    return None


def read_campaign(cell: Cell) -> str | Issue:
    """Return the campaign that a cell holds: five characters, never padded."""
    if isinstance(cell, TypedCell):
        return campaign_refusal(cell) or _campaign(cell.text)
    return _campaign(cell.strip())


def campaign_refusal(cell: TypedCell) -> Issue | None:
    """Return why a workbook's cell is not a campaign, or None if it may be one."""
    issue = unreadable(cell)
    if issue or cell.kind is CellKind.NUMBER:
        return issue
    return _bad_campaign(cell.text)


def _campaign(text: str) -> str | Issue:
    return text if CAMPAIGN_ID.fullmatch(text) else _bad_campaign(text)


def _bad_campaign(text: str) -> Issue:
    if _SHORTENED_CAMPAIGN.fullmatch(text):
        return Issue(IssueCode.BAD_CAMPAIGN, {"text": text, "padded": text.zfill(5)}, "zeros")
    return Issue(IssueCode.BAD_CAMPAIGN, {"text": text})
