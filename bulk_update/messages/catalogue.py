"""Every code with its meaning, the sentence about a row that has it, and what to do about it.

The table in `REFERENCE.md` is generated from this catalogue. `rendering` documents the
placeholders of the sentences.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from bulk_update.messages.doctor_codes import FINDINGS
from bulk_update.messages.entries import CORRECT_IT, RETRY_LATER, Entry
from bulk_update.messages.learned_codes import LEARNED, LEARNED_NOTICES
from bulk_update.messages.notice_codes import ANNOUNCEMENTS, NOTICES
from bulk_update.messages.plan_codes import PLAN
from bulk_update.messages.remote_errors import REMOTE
from bulk_update.messages.row_codes import INVALID, READING
from bulk_update.messages.run_codes import ENDS, FILE_NOTES
from bulk_update.messages.sending_codes import NOTES, READ_BACK, SENDING
from bulk_update.messages.source_codes import ARCHIVING, REFUSED
from bulk_update.messages.stop_codes import STOPPED

__all__ = [
    "ANNOUNCEMENTS",
    "ARCHIVING",
    "CATALOGUE",
    "ENDS",
    "FILE_NOTES",
    "FINDINGS",
    "INVALID",
    "LEARNED",
    "LEARNED_NOTICES",
    "NOTES",
    "NOTICES",
    "PLAN",
    "READING",
    "READ_BACK",
    "REFUSED",
    "REMOTE",
    "SENDING",
    "STOPPED",
    "Entry",
    "entry_of",
    "remedy_of",
]

_RETRIED = re.compile("http-(408|423|425|429|5..)")

CATALOGUE: Mapping[str, Entry] = MappingProxyType(
    {
        **READING,
        **INVALID,
        **PLAN,
        **SENDING,
        **READ_BACK,
        **STOPPED,
        **LEARNED,
        **NOTES,
        **ENDS,
        **REFUSED,
        **REMOTE,
        **FILE_NOTES,
        **NOTICES,
        **ANNOUNCEMENTS,
        **ARCHIVING,
        **LEARNED_NOTICES,
        **FINDINGS,
    }
)


def entry_of(code: str) -> Entry | None:
    """Return the entry of a code, or None if the catalogue does not have it."""
    return CATALOGUE.get("http-<status>" if code.startswith("http-") else code)


def remedy_of(code: str, *, is_undo: bool = False) -> str:
    """Return what to do about a code, or an empty text if the catalogue does not have it.

    That of an undo never says to run a file, which would send what the undo restores.
    """
    entry = CATALOGUE.get(code)
    if entry is None:
        if not code.startswith("http-"):
            return ""
        return RETRY_LATER if _RETRIED.fullmatch(code) else CORRECT_IT
    if not is_undo:
        return entry.remedy
    return entry.remedy_of_undo or entry.remedy.replace("`run` or `apply`", "`apply`")


def remedy_unless_said(code: str, *, said: str, is_undo: bool = False) -> str:
    """Return what to do about a code, unless the sentence `said` already contains it."""
    remedy = remedy_of(code, is_undo=is_undo)
    return "" if remedy in said else remedy
