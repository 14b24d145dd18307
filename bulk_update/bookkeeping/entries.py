"""How outcomes and the reasons of replies are stored, as the values of columns."""

from __future__ import annotations

from bulk_update.reasons import restored, stored
from bulk_update.records import Issue, Outcome, Reply


def outcome_entry(outcome: Outcome) -> tuple[object, ...]:
    """Return an outcome as the values of the columns of its table, without `verified`."""
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
    """Return the stored form of a reply's reason, empty if the reply's code says it all."""
    return stored([reply.reason]) if reply.params or reply.variant else ""


def reason_of(code: str, reasons: str) -> Issue:
    """Return the reason that `reasons_entry` stored."""
    return restored(reasons)[0] if reasons else Issue(code)
