"""How the rows of a run that undoes another are stored, as the values of columns."""

from __future__ import annotations

import json

from bulk_update.reasons import restored, stored
from bulk_update.reference import RecordState
from bulk_update.reversal import Reversal, Verdict, body_with


def verdict_body(verdict: Verdict) -> bytes | None:
    """Return the body that restores what can be restored; None if nothing is to be sent."""
    return body_with(verdict.values) if verdict.values else None


def verdict_outcome(verdict: Verdict) -> tuple[str | None, str | None, str | None]:
    """Return the outcome, code and stored reasons of a row; all None if it is to be sent."""
    if verdict.outcome is None:
        return None, None, None
    return verdict.outcome.value, verdict.reasons[0].code, stored(verdict.reasons)


def reversal_entry(reversal: Reversal) -> tuple[str, str, str, str | None]:
    """Return a reversal as the values of the columns of its table, without the row's key."""
    before = reversal.before
    return (
        json.dumps(dict(reversal.sent), ensure_ascii=False),
        json.dumps(dict(reversal.old), ensure_ascii=False),
        stored(reversal.lost),
        None if before is None else json.dumps(before[1:], ensure_ascii=False),
    )


def stored_reversal(
    identifier: str, sent: str, old: str, lost: str, before: str | None
) -> Reversal:
    """Return the reversal that `reversal_entry` stored, of a row for this record."""
    state = None if before is None else RecordState(identifier, *json.loads(before))
    return Reversal(json.loads(sent), json.loads(old), restored(lost), state)
