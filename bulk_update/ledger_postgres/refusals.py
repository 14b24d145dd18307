"""What earlier invocations of a run learned, derived from attempts and outcomes."""

from __future__ import annotations

from collections.abc import Iterator

from bulk_update.bookkeeping.row_keys import bounds_of, row_ids_of
from bulk_update.ledger_postgres.connection import Connection
from bulk_update.ledger_postgres.history import attempts_of
from bulk_update.policy import open_streaks
from bulk_update.records import RefusedRow, Reply, RunHistory, Status

_HAS_RESPONSE = """
SELECT EXISTS (
    SELECT 1 FROM attempt WHERE row_id BETWEEN %s AND %s AND http_status IS NOT NULL)
"""

_LAST_ATTEMPT = "SELECT max(id) FROM attempt WHERE row_id BETWEEN %s AND %s"

_DECIDED_LAST_FIRST = f"""
SELECT attempt.id, outcome.row_id, outcome.outcome, outcome.http_status, outcome.code
FROM attempt JOIN outcome ON outcome.row_id = attempt.row_id
WHERE attempt.id <= %(before)s AND attempt.row_id BETWEEN %(first)s AND %(last)s
  AND outcome.outcome IN ('{Status.UPDATED}', '{Status.REJECTED}')
ORDER BY attempt.id DESC LIMIT %(most)s
"""
"""Goes through the attempts backwards, because the last success is usually recent."""

_ATTEMPTS_A_PART = 200


def run_history(connection: Connection, run: int) -> RunHistory:
    """Return the responses a run got so far, and the refused rows that may still halt it.

    A row that was already halted by a streak of refusals does not belong to another streak.
    """
    keys = row_ids_of(run)
    ((has_response,),) = connection.execute(_HAS_RESPONSE, keys).fetchall()
    ((last,),) = connection.execute(_LAST_ATTEMPT, keys).fetchall()
    refusals: dict[int, Reply] = {}
    has_success = False
    if last is not None:
        for row_id, reply in _decided(connection, last, run):
            has_success = reply is None
            if reply is None:
                break
            refusals.setdefault(row_id, reply)
    row_ids = open_streaks(reversed(refusals.items()), has_success=has_success)
    attempts = attempts_of(connection, row_ids)
    refused = (RefusedRow(row_id, attempts[row_id]) for row_id in row_ids)
    return RunHistory(bool(has_response), has_success, tuple(refused))


def _decided(connection: Connection, last: int, run: int) -> Iterator[tuple[int, Reply | None]]:
    """Yield rows with the reply that refused them, or None for a row that was accepted."""
    values = {**bounds_of(run), "before": last, "most": _ATTEMPTS_A_PART}
    while found := connection.execute(_DECIDED_LAST_FIRST, values).fetchall():
        for _, row_id, outcome, status, code in found:
            yield row_id, None if outcome == Status.UPDATED else _refusal(status, code)
        values["before"] = found[-1][0] - 1


def _refusal(status: int, code: str) -> Reply:
    return Reply(may_have_been_sent=True, status=status, code=code)
