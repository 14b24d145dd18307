"""Planning: staging the rows of a file and deciding which to send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bulk_update.bookkeeping import KnownBefore
from bulk_update.bookkeeping.known_before import NOTHING_KNOWN
from bulk_update.ledger_postgres.database import Database
from bulk_update.ledger_postgres.sent_values import bring_up_to_date, find_touched_since
from bulk_update.ledger_postgres.staging import Stager
from bulk_update.records import MappedChunk


class Planning:
    """Stages rows and decides which of them are sent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def staging(
        self, run: int, known: KnownBefore = NOTHING_KNOWN
    ) -> Iterator[Callable[[MappedChunk], None]]:
        """Yield a function that stages a chunk; all rows are durable after the context.

        If `known` asks for it, rows whose records already hold their values become unchanged.
        """
        self._compare(known)
        stager = Stager(self._database.connection, run, known)

        def stage(chunk: MappedChunk) -> None:
            with self._database.writing():
                stager.add(chunk)

        yield stage

    def _compare(self, known: KnownBefore) -> None:
        """Prepare the comparison of rows with the values of their records."""
        if known.compared_at is None:
            return
        bring_up_to_date(self._database)
        with self._database.reading() as connection:
            find_touched_since(connection, base_url=known.compared_at)
