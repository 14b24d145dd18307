"""Writing a run's journal to PostgreSQL, while the process holds the sending lock."""

from __future__ import annotations

from collections.abc import Callable

from bulk_update.journal import Batch
from bulk_update.ledger_postgres.connection import Connection
from bulk_update.ledger_postgres.entries import PUT_OUTCOME
from bulk_update.ledger_postgres.postgres_errors import ledger_errors
from bulk_update.ledger_postgres.sending_lock import Lease

_INTENTS = """
INSERT INTO attempt (row_id, departed_at_us)
SELECT * FROM unnest(%s::bigint[], %s::bigint[]) RETURNING row_id, id
"""
_REPLY = """
UPDATE attempt SET departed_at_us = %s, answered = true, went_out = %s, http_status = %s, code = %s,
    reasons = %s, request_id = %s, body_kind = %s, elapsed_ms = %s WHERE id = %s
"""
_WITHDRAWAL = "DELETE FROM attempt WHERE id = %s"


class JournalWriter:
    """Commits a journal's entries on a connection of its own, as long as the lease lasts."""

    def __init__(self, name: str, *, opener: Callable[[], Connection], lease: Lease | None) -> None:
        self._name = name
        self._lease = lease
        self._connection = opener()

    def write(self, batch: Batch) -> dict[int, int]:
        """Commit the entries; return the ids of the new attempts by the keys of their rows.

        Raises LedgerError if the lease has ended or the commit fails.
        """
        attempts: dict[int, int] = {}
        with (
            ledger_errors(self._name),
            self._connection.transaction(),
            self._connection.cursor() as cursor,
        ):
            if self._lease is not None:
                self._lease.require(self._connection)
            if batch.intents:
                columns = [
                    [intent.row_id for intent in batch.intents],
                    [intent.departed_at_us for intent in batch.intents],
                ]
                attempts = dict(cursor.execute(_INTENTS, columns).fetchall())
            for statement, entries in (
                (_REPLY, batch.replies),
                (_WITHDRAWAL, batch.withdrawals),
                (PUT_OUTCOME, batch.outcomes),
            ):
                if entries:
                    cursor.executemany(statement, entries)
        return attempts

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
