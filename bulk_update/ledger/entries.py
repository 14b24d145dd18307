"""How an outcome stands in its table."""

from __future__ import annotations

from bulk_update.reasons import stored
from bulk_update.records import Outcome

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
