"""How outcomes and the reasons of replies are stored in their tables."""

from __future__ import annotations

from bulk_update.reasons import restored, stored
from bulk_update.records import Issue, Outcome, Reply

PUT_OUTCOME = "INSERT OR REPLACE INTO outcome VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def outcome_entry(outcome: Outcome) -> tuple[object, ...]:
    """Return an outcome as the values of `PUT_OUTCOME`."""
    return (
        outcome.row_id,
        outcome.status,
        outcome.code,
        stored(outcome.reasons),
        outcome.http_status,
        outcome.attempts,
        outcome.request_id,
        outcome.sent_at_us,
        outcome.finished_at_us,
        outcome.elapsed_ms,
    )


def reasons_entry(reply: Reply) -> str:
    """Return the reason of a reply as it is stored beside its code: nothing if that says all."""
    return stored([reply.reason]) if reply.params or reply.variant else ""


def reason_of(code: str, reasons: str) -> Issue:
    """Return what `reasons_entry` was given."""
    return restored(reasons)[0] if reasons else Issue(code)
