"""The ledger's interface for the use cases: its parts over one connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Self

from bulk_update.bookkeeping.holder import Holder
from bulk_update.ledger_postgres.connection import PasswordOf, address_of, connect
from bulk_update.ledger_postgres.database import Database
from bulk_update.ledger_postgres.housekeeping import Housekeeping
from bulk_update.ledger_postgres.known_records import KnownRecords
from bulk_update.ledger_postgres.planning import Planning
from bulk_update.ledger_postgres.postgres_errors import ledger_errors
from bulk_update.ledger_postgres.projection import Projection
from bulk_update.ledger_postgres.readings import Readings
from bulk_update.ledger_postgres.reversals import Reversals
from bulk_update.ledger_postgres.row_pages import RowPages
from bulk_update.ledger_postgres.runs import Runs
from bulk_update.ledger_postgres.sending import Sending
from bulk_update.ledger_postgres.sending_lock import sending_lease
from bulk_update.ledger_postgres.tables import prepare
from bulk_update.ledger_postgres.tellings import Tellings
from bulk_update.reasons import NO_REASONS
from bulk_update.records import Status

PATIENCE_SECONDS = 60.0
"""How long a writer waits for another one's transaction by default."""


class PostgresLedger:
    """Runs, their rows and the outcomes of these, in one database; a context manager.

    Every method raises LedgerError if the database cannot be read or written. `password_of` is
    asked for the password only if the server wants one and libpq has none. The tables are created
    in the first schema of the user's search path. Raises UsageError if the URL is wrong.

    `patience_seconds` is how long to wait for another program that is writing.
    """

    def __init__(
        self,
        url: str,
        *,
        password_of: PasswordOf = lambda _name: None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        address = address_of(url)
        self._database = Database(
            address.name,
            opener=partial(connect, address, password_of=password_of),
            patience_seconds=patience_seconds,
        )
        try:
            with self._database.reading() as connection:
                prepare(connection, name=address.name)
        except BaseException:
            self._database.connection.close()
            raise
        self.runs = Runs(self._database)
        self.planning = Planning(self._database)
        self.sending = Sending(self._database)
        self.readings = Readings(self._database)
        self.reversals = Reversals(self._database)
        self.pages = RowPages(self._database)
        self.tellings = Tellings(self._database)
        self.housekeeping = Housekeeping(self._database)
        self.known_records = KnownRecords(self._database)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._database.connection.close()

    @property
    def name(self) -> str:
        """The ledger's URL without its options."""
        return self._database.path

    @property
    def patience_seconds(self) -> float:
        """How long to wait for another program that is writing."""
        return self._database.patience_seconds

    @patience_seconds.setter
    def patience_seconds(self, seconds: float) -> None:
        self._database.patience_seconds = seconds

    @contextmanager
    def sending_lock(self, holder: Holder, *, wait_seconds: float = 0.0) -> Iterator[None]:
        """Hold the lock that allows one sender per ledger; see `sending_lock.sending_lease`."""
        database = self._database
        with ledger_errors(database.path):
            lease = sending_lease(
                database.opener, holder, name=database.path, wait_seconds=wait_seconds
            )
            with lease as held:
                database.lease = held
                try:
                    yield
                finally:
                    database.lease = None

    def projection(
        self,
        run: int,
        *,
        waiting: Status,
        waiting_code: str = "",
        waiting_reasons: str = NO_REASONS,
    ) -> Projection:
        """Return the current state of a run's rows; `waiting` is the status of unsent rows."""
        return Projection(
            self._database,
            run,
            waiting=waiting,
            waiting_code=waiting_code,
            waiting_reasons=waiting_reasons,
        )
