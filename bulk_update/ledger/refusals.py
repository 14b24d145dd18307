"""What earlier invocations of a run learned, derived from attempts and outcomes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from bulk_update.bookkeeping.row_keys import row_ids_of
from bulk_update.ledger.history import attempts_between
from bulk_update.policy import open_streaks
from bulk_update.records import RefusedRow, Reply, RunHistory, Status

_HAS_RESPONSE = """
SELECT EXISTS (
    SELECT 1 FROM attempt WHERE row_id BETWEEN ? AND ? AND http_status IS NOT NULL)
"""

_LAST_ATTEMPT = "SELECT max(id) FROM attempt WHERE row_id BETWEEN ? AND ?"

_DECIDED_LAST_FIRST = f"""
SELECT outcome.row_id, outcome.outcome, outcome.http_status, outcome.code
FROM attempt CROSS JOIN outcome ON outcome.row_id = attempt.row_id
WHERE attempt.id <= ? AND outcome.row_id BETWEEN ? AND ?
  AND outcome.outcome IN ('{Status.UPDATED}', '{Status.REJECTED}')
ORDER BY attempt.id DESC
"""
"""Goes through the attempts backwards, because the last success is usually recent."""


def run_history(connection: sqlite3.Connection, run: int) -> RunHistory:
    """Return the responses a run got so far, and the refused rows that may still halt it.

    A row that was already halted by a streak of refusals does not belong to another streak.
    """
    keys = row_ids_of(run)
    (has_response,) = connection.execute(_HAS_RESPONSE, keys).fetchone()
    (last,) = connection.execute(_LAST_ATTEMPT, keys).fetchone()
    refusals: dict[int, Reply] = {}
    has_success = False
    if last is not None:
        for row_id, reply in _decided(connection, last, keys):
            has_success = reply is None
            if reply is None:
                break
            refusals.setdefault(row_id, reply)
    row_ids = open_streaks(reversed(refusals.items()), has_success=has_success)
    refused = (
        RefusedRow(row_id, attempts_between(connection, row_id, row_id)[row_id])
        for row_id in row_ids
    )
    return RunHistory(bool(has_response), has_success, tuple(refused))


def _decided(
    connection: sqlite3.Connection, last: int, keys: tuple[int, int]
) -> Iterator[tuple[int, Reply | None]]:
    """Yield rows with the reply that refused them, or None for a row that was accepted."""
    for row_id, outcome, status, code in connection.execute(_DECIDED_LAST_FIRST, (last, *keys)):
        yield row_id, None if outcome == Status.UPDATED else _refusal(status, code)


def _refusal(status: int, code: str) -> Reply:
    return Reply(may_have_been_sent=True, status=status, code=code)
