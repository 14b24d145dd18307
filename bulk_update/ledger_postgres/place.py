"""A database as the place of a ledger, whose tables need not exist yet."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bulk_update.bookkeeping.ledger_state import LedgerState
from bulk_update.ledger_postgres.connection import Connection, PasswordOf, address_of, connect
from bulk_update.ledger_postgres.postgres_errors import ledger_errors
from bulk_update.ledger_postgres.sending_lock import holder_of
from bulk_update.ledger_postgres.store import PATIENCE_SECONDS, PostgresLedger
from bulk_update.ledger_postgres.tables import VERSION, has_tables, require_known
from bulk_update.records import Issue

_SIZE = "SELECT pg_database_size(current_database())"

_STATE = """
SELECT version, (SELECT count(*) FROM run), pg_database_size(current_database()),
    current_setting('server_version'), extract(epoch FROM clock_timestamp())
FROM ledger
"""


@dataclass(frozen=True, slots=True)
class LedgerDatabase:
    """A database that has a ledger, or can get one; `url` contains no password."""

    url: str
    password_of: PasswordOf = lambda _name: None

    @property
    def name(self) -> str:
        """The URL without its options; raises UsageError if it is wrong."""
        return address_of(self.url).name

    def exists(self) -> bool:
        """Return whether the database has the tables of a ledger."""
        with self._connected() as connection:
            return has_tables(connection)

    def size(self) -> int:
        """Return how many bytes the database takes."""
        with self._connected() as connection:
            ((size,),) = connection.execute(_SIZE).fetchall()
            return int(size)

    def state(self) -> LedgerState | None:
        """Return the state of the ledger, which is not changed; None if there is none.

        Raises LedgerError if the server cannot be used.
        """
        before = time.time()
        with self._connected() as connection:
            if not has_tables(connection):
                return None
            ((version, runs, size, server, server_time),) = connection.execute(_STATE).fetchall()
        require_known(version, name=self.name)
        now = (before + time.time()) / 2
        return LedgerState(version, VERSION, runs, size, server, now - float(server_time))

    def opened(
        self,
        *,
        group_readable: bool = False,  # noqa: ARG002 - the server's rights decide
        to_look_at: bool = False,  # noqa: ARG002 - as above
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> PostgresLedger:
        """Open the ledger, which is created if it does not exist; see `PostgresLedger`."""
        return PostgresLedger(
            self.url, password_of=self.password_of, patience_seconds=patience_seconds
        )

    def current_holder(self) -> Issue | None:
        """Describe the process that is sending; None if there is none."""
        with self._connected() as connection:
            return holder_of(connection) if has_tables(connection) else None

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        address = address_of(self.url)
        with (
            ledger_errors(address.name),
            connect(address, password_of=self.password_of) as connection,
        ):
            yield connection
