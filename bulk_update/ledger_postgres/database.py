"""A process's connection to a ledger: writes in transactions, errors as LedgerError."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from bulk_update.ledger_postgres.connection import Connection
from bulk_update.ledger_postgres.postgres_errors import ledger_errors
from bulk_update.ledger_postgres.sending_lock import Lease

_ROWS_A_FETCH = 2000
_CURSORS = count(1)

Parameters = Mapping[str, object] | Sequence[object]


class Database:
    """A ledger's name and the connection to it; `opener` opens another.

    `patience_seconds` is how long a write waits for another program that is writing. While the
    process holds the sending lock, `lease` is required for each of its transactions.
    """

    def __init__(
        self,
        path: str,
        *,
        opener: Callable[[], Connection],
        patience_seconds: float,
    ) -> None:
        self.path = path
        self.connection = opener()
        self.opener = opener
        self.patience_seconds = patience_seconds
        self.lease: Lease | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield the connection in autocommit mode; each statement sees what is committed."""
        with ledger_errors(self.path):
            yield self.connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield the connection in a transaction that no other `writing` of the ledger overlaps.

        What it reads therefore stays true until it commits, as far as only `writing` changes it.
        An exception rolls it back.
        """
        with ledger_errors(self.path), self.connection.transaction():
            milliseconds = max(1, round(self.patience_seconds * 1000))
            self.connection.execute(
                f"SET LOCAL lock_timeout = {milliseconds}; SELECT 1 FROM ledger FOR UPDATE"
            )
            if self.lease is not None:
                self.lease.require(self.connection)
            yield self.connection

    @contextmanager
    def appending(self) -> Iterator[Connection]:
        """Yield the connection in a transaction that other writers may overlap.

        For the journal, whose rows nobody else writes.
        """
        with ledger_errors(self.path), self.connection.transaction():
            yield self.connection

    def stream(self, statement: str, values: Parameters) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query as `streamed` does, with errors as LedgerErrors."""
        with ledger_errors(self.path):
            yield from streamed(self.connection, statement, values)


def streamed(
    connection: Connection, statement: str, values: Parameters
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a query, of which the server keeps those that are not yet fetched.

    All are from the moment of the first; other statements can be executed meanwhile, whether or
    not there is a transaction.
    """
    name = f"streamed_{next(_CURSORS)}"
    with connection.cursor(name, withhold=True) as cursor:
        cursor.itersize = _ROWS_A_FETCH
        cursor.execute(statement, values)
        yield from cursor


def copy_rows(
    connection: Connection,
    table: str,
    columns: Mapping[str, str],
    rows: Iterable[Sequence[object]],
) -> None:
    """Insert rows by one COPY, the fastest way; `columns` are names with PostgreSQL's types."""
    copying = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    with connection.cursor() as cursor, cursor.copy(copying) as copy:
        copy.set_types(list(columns.values()))
        for row in rows:
            copy.write_row(row)
