"""The ledger's interface for the use cases: its parts over one connection."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

from bulk_update.bookkeeping.holder import Holder
from bulk_update.ledger.connection import (
    BUSY_SECONDS,
    Opener,
    connect,
    connect_reader,
    open_database,
)
from bulk_update.ledger.database import Database
from bulk_update.ledger.folder import FILE_NAME, is_read_only, open_ledger_folder
from bulk_update.ledger.housekeeping import Housekeeping
from bulk_update.ledger.known_records import KnownRecords
from bulk_update.ledger.lock import sending_lock
from bulk_update.ledger.planning import Planning
from bulk_update.ledger.projection import Projection
from bulk_update.ledger.readings import Readings
from bulk_update.ledger.reversals import Reversals
from bulk_update.ledger.row_pages import RowPages
from bulk_update.ledger.runs import Runs
from bulk_update.ledger.sending import Sending
from bulk_update.ledger.tellings import Tellings
from bulk_update.network_share import network_share
from bulk_update.reasons import NO_REASONS
from bulk_update.records import Status


class Ledger:
    """Runs, their rows and the outcomes of these, in one folder; a context manager.

    Every method raises LedgerError if the database cannot be read or written. `opener` opens the
    database, so that a caller can replace Python's SQLite. With `to_look_at`, the ledger may
    belong to another user or be on a network share; it is then opened read-only.

    `patience_seconds` is how long to wait for another program that is writing.
    """

    def __init__(
        self,
        folder: Path,
        *,
        group_readable: bool = False,
        to_look_at: bool = False,
        patience_seconds: float = BUSY_SECONDS,
        opener: Opener = open_database,
    ) -> None:
        if to_look_at and (is_read_only(folder) or network_share(folder)):
            path = folder / FILE_NAME
            connection = connect_reader(path)
        else:
            path = open_ledger_folder(folder, group_readable=group_readable)
            connection = connect(path, opener=opener, patience_seconds=patience_seconds)
        self._database = Database(
            path, connection, opener=opener, patience_seconds=patience_seconds
        )
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
    def path(self) -> Path:
        """The database's file."""
        return self._database.path

    @property
    def patience_seconds(self) -> float:
        """How long to wait for another program that is writing."""
        return self._database.patience_seconds

    @patience_seconds.setter
    def patience_seconds(self, seconds: float) -> None:
        self._database.patience_seconds = seconds

    def sending_lock(
        self, holder: Holder, *, wait_seconds: float = 0.0
    ) -> AbstractContextManager[None]:
        """Hold the lock that allows one sender per folder; see `lock.sending_lock`."""
        return sending_lock(self.path.parent, holder, wait_seconds=wait_seconds)

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
