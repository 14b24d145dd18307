"""Campaigns and identifiers: what a cell must hold to address exactly one record.

Both become one path segment each. What URL normalisation would take for another address, what
nobody can type, and what a spreadsheet program has changed is refused; everything else travels
as it is.
"""

from __future__ import annotations

import re
import unicodedata

from bulk_update.mapping.codes import IssueCode
from bulk_update.mapping.quoting import quoted
from bulk_update.mapping.typed_cells import LOOKS, MOST_DIGITS, lost_digits, unreadable
from bulk_update.records import Cell, CellKind, Issue, TypedCell

CAMPAIGN_ID = re.compile("[0-9A-Za-z_-]{5}")
"""Five characters, as the API's documentation says: `00001`."""

LONGEST_IDENTIFIER = 500
"""Servers take URLs of 8,000 octets (RFC 9110, 4.1), and a character may need 12 of them."""

_ORDINARY = re.compile(r"\+?[0-9A-Za-z_]{1,100}")
_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+[eE][+-]?|[eE][+-])[0-9]+")
_SHORTENED_CAMPAIGN = re.compile("[0-9]{1,4}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_WITHOUT_WIDTH = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
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
    """Return why a workbook's cell is no identifier, or None where it may be one."""
    return unreadable(cell) or _changed(cell)


def _refused(text: str) -> Issue | None:
    if not text:
        return Issue(IssueCode.NO_IDENTIFIER, "the identifier is blank")
    if text in _DOTS:
        message = f"{quoted(text)} would address another resource (expected an identifier)"
        return Issue(IssueCode.BAD_IDENTIFIER, message)
    if len(text) > LONGEST_IDENTIFIER:
        message = f"{quoted(text)} has {len(text)} characters (at most {LONGEST_IDENTIFIER})"
        return Issue(IssueCode.BAD_IDENTIFIER, message)
    if _CONTROL.search(text):
        return Issue(IssueCode.BAD_IDENTIFIER, f"{quoted(text)} holds a control character")
    if _SCIENTIFIC.fullmatch(text):
        message = (
            f"{quoted(text)} is a number that a spreadsheet program has shortened: digits of the "
            "identifier are lost (export the file again with this column formatted as text)"
        )
        return Issue(IssueCode.DAMAGED_IDENTIFIER, message)
    return None


def _changed(cell: TypedCell) -> Issue | None:
    if cell.kind is not CellKind.NUMBER:
        what = f"{LOOKS[cell.kind]}: a spreadsheet program has changed the identifier"
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
    """Return why a workbook's cell is no campaign, or None where it may be one."""
    issue = unreadable(cell)
    if issue or cell.kind is CellKind.NUMBER:
        return issue
    return _no_campaign(cell.text)


def _campaign(text: str) -> str | Issue:
    return text if CAMPAIGN_ID.fullmatch(text) else _no_campaign(text)


def _no_campaign(text: str) -> Issue:
    hint = ""
    if _SHORTENED_CAMPAIGN.fullmatch(text):
        hint = f" ({text.zfill(5)}? Format the column as text and enter its zeros again)"
    message = f"{quoted(text)} is no campaign: expected five characters such as 00001{hint}"
    return Issue(IssueCode.BAD_CAMPAIGN, message)


def look_alike_key(identifier: str) -> str:
    """Return a key that identifiers share which a person would read alike.

    Capitals, Unicode forms (full-width digits, combining accents), digits of other scripts,
    characters without width and runs of white space do not count.
    """
    if identifier.isascii():
        return identifier.casefold()
    folded = unicodedata.normalize("NFKC", _plain(identifier).casefold())
    return " ".join(folded.split())


def has_look_alikes(identifier: str) -> bool:
    """Tell whether an identifier holds characters that a person takes for plain ones.

    These are full-width digits and letters, digits of other scripts, special spaces, and
    characters without width.
    """
    return not identifier.isascii() and _plain(identifier) != unicodedata.normalize(
        "NFC", identifier
    )


def _plain(identifier: str) -> str:
    visible = _WITHOUT_WIDTH.sub("", unicodedata.normalize("NFKC", identifier))
    return "".join(str(unicodedata.decimal(character, character)) for character in visible)
