"""Sending: the waiting rows, the journal of attempts, and the end of an invocation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from bulk_update.bookkeeping.row_keys import row_ids_of
from bulk_update.bookkeeping.run import InvocationEnd, RunState
from bulk_update.journal import Journal
from bulk_update.ledger import history, refusals
from bulk_update.ledger.database import Database
from bulk_update.ledger.journal import JournalWriter
from bulk_update.ledger.run_table import end_invocation, release_all, select_runs, update_run
from bulk_update.reasons import stored
from bulk_update.records import Issue, RecordUpdate, RowTest, RunHistory

KILLED = Issue("halted-interrupted", variant="run")
"""Why a run ended if its process died before it could record a reason."""


class Sending:
    """Provides the rows of a run that are to be sent, and records their outcomes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, run: int, *, now_us: int) -> None:
        """Record that a run is about to send; from now on, its attempts count.

        This clears how an earlier invocation of the run ended.
        """
        with self._database.writing() as connection:
            update_run(
                connection,
                run,
                state=RunState.SENDING,
                started_at_us=now_us,
                finished_at_us=None,
                stop_code=None,
                stop_reasons=None,
                exit_code=None,
            )

    def to_send(
        self,
        run: int,
        *,
        first: RowTest | None = None,
        never_arrived: bool = False,
        size: int = 500,
    ) -> Iterator[RecordUpdate]:
        """Yield each row to be sent once, in sending order.

        The rows for whose cells `first` holds come before the others. With `never_arrived`, only
        the rows in doubt whose requests never reached their record, according to what was read
        back. Rows are fetched lazily, in batches.
        """
        with self._database.reading() as connection:
            yield from history.updates_of(
                connection, run, first=first, never_arrived=never_arrived, size=size
            )

    def count_to_send(self, run: int) -> int:
        """Return how many rows are still to be sent."""
        with self._database.reading() as connection:
            (count,) = connection.execute(
                "SELECT count(*) FROM to_send WHERE id BETWEEN ? AND ?", row_ids_of(run)
            ).fetchone()
        return int(count)

    def run_history(self, run: int) -> RunHistory:
        """Return what earlier invocations of a run learned."""
        with self._database.reading() as connection:
            return refusals.run_history(connection, run)

    def journal(self, *, now_us: Callable[[], int]) -> Journal:
        """Return the writer of attempts and outcomes."""
        open_writer = partial(
            JournalWriter,
            self._database.path,
            patience_seconds=self._database.patience_seconds,
            opener=self._database.opener,
        )
        return Journal(open_writer, now_us=now_us)

    def settle(self, run: int, *, now_us: int) -> None:
        """Settle the rows of a run whose attempts were interrupted."""
        with self._database.writing() as connection:
            history.settle_interrupted(connection, run, now_us=now_us)

    def close(self, run: int, end: InvocationEnd) -> None:
        """Record the end of an invocation.

        A run is finished when it has no row left to send and its files are written; until then,
        `run` continues it.
        """
        self.settle(run, now_us=end.now_us)
        is_finished = end.files_written and not self.count_to_send(run)
        with self._database.writing() as connection:
            update_run(
                connection,
                run,
                state=RunState.FINISHED if is_finished else RunState.UNFINISHED,
                finished_at_us=end.now_us,
                stop_code=end.stop_code,
                stop_reasons=end.stop_reasons,
                exit_code=end.exit_code,
                **({"out": end.out} if end.out is not None else {}),
            )
            end_invocation(connection, run)

    def settle_dead_runs(self, *, now_us: int) -> None:
        """Settle the runs of crashed processes; the caller must hold the sending lock.

        Those that had planned a run and not sent anything yet leave it unfinished, too.
        """
        with self._database.writing() as connection:
            for dead in select_runs(
                connection,
                "state = ? OR (state = ? AND claimed)",
                RunState.SENDING,
                RunState.PLANNED,
            ):
                history.settle_interrupted(connection, dead.id, now_us=now_us)
                update_run(
                    connection,
                    dead.id,
                    state=RunState.UNFINISHED,
                    stop_code=KILLED.code,
                    stop_reasons=stored([KILLED]),
                )
                end_invocation(connection, dead.id)
            release_all(connection)
