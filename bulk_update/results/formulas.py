"""Keeping spreadsheet programs from running what a cell says.

A cell that a spreadsheet program would take for a formula gets one leading apostrophe. Numbers
with a sign and phone numbers stay as they are. The original can always be restored: a cell that
already begins with an apostrophe gets one more, and a reader of our files removes exactly one
(OWASP, "CSV Injection").
"""

from __future__ import annotations

import re

_INVISIBLE = (
    r"[\s\x00-\x20\x7f-\xa0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    r"\U000e0000-\U000e0fff]"
)
"""White space, control characters and what Unicode calls Default_Ignorable_Code_Point."""

_SUSPECT = re.compile(rf"'|[\t\r]|{_INVISIBLE}*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_NUMBER_OR_PHONE = re.compile(r" *+[+-]?[0-9 .,()\-]*+")


def without_formula(cell: str) -> str:
    """Return the cell as it is safe in a spreadsheet program: at most one `'` is put before it."""
    if not cell or cell.isalnum():  # nearly always
        return cell
    if not _SUSPECT.match(cell) or _NUMBER_OR_PHONE.fullmatch(cell):
        return cell
    return f"'{cell}"
