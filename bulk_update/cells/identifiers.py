"""Campaigns and identifiers: what a cell must hold to address exactly one record.

Each becomes one path segment of a URL. A value is refused if URL normalization would turn it into
another address, if it contains characters that cannot be typed, or if a spreadsheet program has
changed it. Everything else is sent unchanged.
"""

from __future__ import annotations

import re

from bulk_update.cells.damage import (
    MOST_DIGITS,
    damage_of,
    lost_digits,
    unguarded,
    unreadable,
)
from bulk_update.cells.issue_codes import IssueCode
from bulk_update.records import Cell, CellKind, Issue, Param, TypedCell

CAMPAIGN_ID = re.compile("[0-9A-Za-z_-]{5}")
"""Five characters, such as `00001`, according to the API's documentation."""

LONGEST_IDENTIFIER = 500
"""Servers accept URLs of 8,000 octets (RFC 9110, 4.1), and a character may need 12 of them."""

is_ordinary = re.compile(r"\+?[0-9A-Za-z_]{1,100}").fullmatch
"""Matches a typical identifier, which needs no further checks."""

_SHORTENED_CAMPAIGN = re.compile("[0-9]{1,4}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_BREAK = re.compile("[\r\n]")
_DOTS = frozenset({".", ".."})


def identifier_refusal(cell: TypedCell) -> Issue | None:
    """Return why this kind of workbook cell is not an identifier, or None if it may be one."""
    return unreadable(cell) or _changed(cell)


def identifier_fault(text: str) -> Issue | None:
    """Return why a non-blank text cannot address a record, or None if it can."""
    if text in _DOTS:
        return Issue(IssueCode.BAD_IDENTIFIER, {"text": text}, "dots")
    if len(text) > LONGEST_IDENTIFIER:
        size: dict[str, Param] = {"length": len(text), "most": LONGEST_IDENTIFIER}
        return Issue(IssueCode.BAD_IDENTIFIER, {"text": text, **size}, "too-long")
    if _CONTROL.search(text):
        variant = "line-break" if _LINE_BREAK.search(text) else ""
        return Issue(IssueCode.BAD_IDENTIFIER, {"text": text}, variant)
    return None


def _changed(cell: TypedCell) -> Issue | None:
    if cell.kind is not CellKind.NUMBER:
        return Issue(IssueCode.DAMAGED_IDENTIFIER, {"text": cell.text, "kind": cell.kind})
    if lost_digits(cell):
        params: dict[str, Param] = {"text": cell.text, "most": MOST_DIGITS}
        return Issue(IssueCode.DAMAGED_IDENTIFIER, params, "digits")
    return None


def read_campaign(cell: Cell) -> str | Issue:
    """Return the campaign id in a cell: five characters, never padded."""
    if isinstance(cell, TypedCell):
        return campaign_refusal(cell) or _campaign(cell.text)
    text = cell.strip()
    if CAMPAIGN_ID.fullmatch(text):
        return damage_of(text) or text
    text = unguarded(text).strip()
    return damage_of(text) or _campaign(text)


def campaign_refusal(cell: TypedCell) -> Issue | None:
    """Return why this kind of workbook cell is not a campaign, or None if it may be one."""
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
