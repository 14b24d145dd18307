"""Writing a run's journal to SQLite."""

from __future__ import annotations

from pathlib import Path

from bulk_update.journal import Batch
from bulk_update.ledger.connection import Opener, begin_immediate, connect
from bulk_update.ledger.entries import PUT_OUTCOME
from bulk_update.ledger.sqlite_errors import ledger_errors

_INTENT = "INSERT INTO attempt (id, row_id, departed_at_us) VALUES (?, ?, ?)"
_LAST_ATTEMPT = """
SELECT max(coalesce((SELECT max(id) FROM attempt), 0),
           coalesce((SELECT max(up_to) FROM record_position), 0))
"""
"""Includes attempts that were deleted with their run, so that numbers are never reused."""

_REPLY = """
UPDATE attempt SET departed_at_us = ?, answered = 1, went_out = ?, http_status = ?, code = ?,
    reasons = ?, request_id = ?, body_kind = ?, elapsed_ms = ? WHERE id = ?
"""
_WITHDRAWAL = "DELETE FROM attempt WHERE id = ?"


class JournalWriter:
    """Commits a journal's entries on a connection of its own.

    A commit waits up to `patience_seconds` for other writers.
    """

    def __init__(self, path: Path, *, patience_seconds: float, opener: Opener) -> None:
        self._path = path
        self._patience = patience_seconds
        self._connection = connect(path, opener=opener)
        (last,) = self._connection.execute(_LAST_ATTEMPT).fetchone()
        self._next_attempt_id = int(last) + 1

    def write(self, batch: Batch) -> dict[int, int]:
        """Commit the entries; return the ids of the new attempts by the keys of their rows.

        Raises LedgerError if the commit fails.
        """
        attempts = {
            intent.row_id: number
            for number, intent in enumerate(batch.intents, start=self._next_attempt_id)
        }
        intents = [
            (attempts[row_id], row_id, departed_at_us)
            for row_id, departed_at_us, _ in batch.intents
        ]
        with ledger_errors(self._path):
            begin_immediate(self._connection, patience_seconds=self._patience)
            for statement, entries in (
                (_INTENT, intents),
                (_REPLY, batch.replies),
                (_WITHDRAWAL, batch.withdrawals),
                (PUT_OUTCOME, batch.outcomes),
            ):
                if entries:
                    self._connection.executemany(statement, entries)
            self._connection.execute("COMMIT")
        self._next_attempt_id += len(batch.intents)
        return attempts

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
