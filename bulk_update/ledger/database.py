"""A process's connection to a ledger: writes in transactions, errors as LedgerError."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bulk_update.ledger.connection import Opener, begin_immediate
from bulk_update.ledger.sqlite_errors import ledger_errors


class Database:
    """A ledger's file and the connection to it.

    `patience_seconds` is how long a write waits for another program that is writing.
    """

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        *,
        opener: Opener,
        patience_seconds: float,
    ) -> None:
        self.path = path
        self.connection = connection
        self.opener = opener
        self.patience_seconds = patience_seconds

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection; errors of SQLite become a LedgerError."""
        with ledger_errors(self.path):
            yield self.connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection in a transaction; an exception rolls it back."""
        with ledger_errors(self.path):
            begin_immediate(self.connection, patience_seconds=self.patience_seconds)
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise
