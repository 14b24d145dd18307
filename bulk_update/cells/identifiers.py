"""Campaigns and identifiers: what a cell must hold to address exactly one record.

Each becomes one path segment of a URL. Refused is what URL normalization would turn into another
address, what nobody can type, and what a spreadsheet program has changed; everything else is sent
as it is.
"""

from __future__ import annotations

import re

from bulk_update.cells.damage import MOST_DIGITS, is_scientific, lost_digits, unreadable
from bulk_update.cells.issue_codes import IssueCode
from bulk_update.cells.quoting import quoted
from bulk_update.cells.typed_cells import KIND_NAMES
from bulk_update.records import Cell, CellKind, Issue, TypedCell

CAMPAIGN_ID = re.compile("[0-9A-Za-z_-]{5}")
"""Five characters, according to the API's documentation: `00001`."""

LONGEST_IDENTIFIER = 500
"""Servers accept URLs of 8,000 octets (RFC 9110, 4.1), and a character may need 12 of them."""

_ORDINARY = re.compile(r"\+?[0-9A-Za-z_]{1,100}")
_SHORTENED_CAMPAIGN = re.compile("[0-9]{1,4}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
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
        return Issue(IssueCode.NO_IDENTIFIER, "the identifier is blank")
    if text in _DOTS:
        message = f"{quoted(text)} would address another resource (expected an identifier)"
        return Issue(IssueCode.BAD_IDENTIFIER, message)
    if len(text) > LONGEST_IDENTIFIER:
        message = (
            f"{quoted(text)} has {len(text)} characters (expected at most {LONGEST_IDENTIFIER})"
        )
        return Issue(IssueCode.BAD_IDENTIFIER, message)
    if _CONTROL.search(text):
        return Issue(IssueCode.BAD_IDENTIFIER, f"{quoted(text)} contains a control character")
    if is_scientific(text):
        message = (
            f"{quoted(text)} is a number that a spreadsheet program has shortened: digits of the "
            "identifier are lost (format this column as text and export the file again)"
        )
        return Issue(IssueCode.DAMAGED_IDENTIFIER, message)
    return None


def _changed(cell: TypedCell) -> Issue | None:
    if cell.kind is not CellKind.NUMBER:
        what = f"{KIND_NAMES[cell.kind]}: a spreadsheet program has changed the identifier"
    elif lost_digits(cell):
        what = f"a number cell with more than {MOST_DIGITS} digits: the last ones are lost"
    else:
        return None
    remedy = "format the column as text and enter the identifier again"
    return Issue(IssueCode.DAMAGED_IDENTIFIER, f"{quoted(cell.text)} is {what} ({remedy})")


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
    message = f"{quoted(text)} is not a valid campaign id (expected five characters such as 00001)"
    if _SHORTENED_CAMPAIGN.fullmatch(text):
        message += (
            f"; if it is {text.zfill(5)}, format the column as text and enter the zeros again"
        )
    return Issue(IssueCode.BAD_CAMPAIGN, message)
