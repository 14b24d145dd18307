"""The ledger as the use cases know it: one object, one connection, no SQL outside the room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from bulk_update.errors import UsageError
from bulk_update.ledger import history, inspection, planning, pruning, runs
from bulk_update.ledger.connection import (
    FILE_NAME,
    Opener,
    connect,
    ledger_errors,
    open_database,
    open_ledger_folder,
)
from bulk_update.ledger.inspection import RowDetail
from bulk_update.ledger.journal import Journal
from bulk_update.ledger.look_alikes import LookAlikes, look_alikes
from bulk_update.ledger.projection import Projection
from bulk_update.ledger.runs import NewRun, Run, RunState
from bulk_update.ledger.schema import row_ids_of
from bulk_update.ledger.staging import NOTHING_KNOWN, KnownBefore, Stager, stage_again
from bulk_update.records import MappedChunk, RecordUpdate, Status

_ABANDONED_AFTER_US = 24 * 3600 * 1_000_000
"""A staging run of yesterday has lost its process: no file takes a day to read."""


class Ledger:
    """Runs, their rows and what became of them, in one folder; a context manager.

    Every method raises LedgerError where the database cannot be read or written. `opener` opens
    the database, for those who keep it on another kind of disk.
    """

    def __init__(
        self, folder: Path, *, group_readable: bool = False, opener: Opener = open_database
    ) -> None:
        self.path = open_ledger_folder(folder, group_readable=group_readable)
        self._opener = opener
        self._connection = connect(self.path, opener=opener)

    @staticmethod
    def is_in(folder: Path) -> bool:
        """Tell whether there is a ledger in a folder."""
        return (folder / FILE_NAME).exists()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    # --- runs

    def begin(self, new: NewRun, *, origin: int | None = None) -> int:
        """Put a run on record and return its key; leftovers of crashes in staging go."""
        with self._transaction():
            for stale in runs.select_runs(
                self._connection,
                "state = ? AND created_at_us < ?",
                RunState.STAGING,
                new.created_at_us - _ABANDONED_AFTER_US,
            ):
                pruning.delete(self._connection, stale.id)
            return runs.insert_run(self._connection, new, origin=origin)

    def abandon(self, run: int) -> None:
        """Take a run and its rows off the record, as if it had never been staged."""
        with self._transaction():
            pruning.delete(self._connection, run)

    def run(self, run: int) -> Run:
        """Return a run by its key."""
        (found,) = self._runs("id = ?", run)
        return found

    def find(self, run_id: str) -> Run:
        """Return the run with this id; UsageError where there is none."""
        found = self._runs("run_id = ? AND state <> ?", run_id, RunState.STAGING)
        if not found:
            raise UsageError(
                f"there is no run {run_id} in the ledger {self.path}",
                hint="`bulk-update runs` lists them; --state names another ledger.",
            )
        return found[0]

    def runs(self) -> list[Run]:
        """Return all runs, the latest first."""
        return self._runs("state <> ?", RunState.STAGING)

    def unfinished(self, *, identity: str, base_url: str) -> Run | None:
        """Return the latest run of this identity that has rows to send again, if there is one."""
        found = self._runs(
            "identity = ? AND base_url = ? AND state = ?",
            identity,
            base_url,
            RunState.UNFINISHED,
        )
        return found[0] if found else None

    def latest_finished(self, *, job: str, base_url: str) -> Run | None:
        """Return the run of a job that finished last, if there is one."""
        found = self._runs(
            "job = ? AND base_url = ? AND state = ?", job, base_url, RunState.FINISHED
        )
        return max(found, key=lambda run: run.finished_at_us or 0, default=None)

    def settle(self, run: int, *, now_us: int) -> None:
        """Settle the rows of a run whose attempts were cut off."""
        with self._transaction():
            history.settle_interrupted(self._connection, run, now_us=now_us)

    def close(
        self,
        run: int,
        *,
        now_us: int,
        stop_code: str,
        stop_message: str,
        out: str | None,
        exit_code: int | None = None,
        settled_well: bool = False,
        files_written: bool = True,
    ) -> None:
        """Put the end of an invocation on record; `out` None leaves the folder as it was.

        A run is finished when it has no row to send and its files are written: until then, `run`
        continues it. `settled_well` says whether its rows need neither a person nor a resend.
        """
        self.settle(run, now_us=now_us)
        is_finished = files_written and not self.count_to_send(run)
        with self._transaction():
            runs.update_run(
                self._connection,
                run,
                state=RunState.FINISHED if is_finished else RunState.UNFINISHED,
                finished_at_us=now_us,
                stop_code=stop_code,
                stop_message=stop_message,
                exit_code=exit_code,
                settled_well=settled_well and is_finished,
                **({"out": out} if out is not None else {}),
            )

    def update(self, run: int, **values: object) -> None:
        """Set columns of a run."""
        with self._transaction():
            runs.update_run(self._connection, run, **values)

    def prune(self, *, before_us: int, job: str | None = None) -> int:
        """Delete the runs that ended before a moment, of one job or of all; return how many.

        What was deleted is overwritten, in the write-ahead log too.
        """
        with self._transaction():
            count = pruning.prune(self._connection, before_us=before_us, job=job)
        with ledger_errors(self.path):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return count

    # --- planning

    def remember_what_was_sent(self) -> None:
        """Bring up to date what each record got last, so that the next plan need not."""
        with self._transaction():
            history.bring_up_to_date(self._connection)

    def compare_with_last_sent(self) -> None:
        """Prepare to tell which rows would send a record what it got last."""
        with self._transaction():
            up_to = history.bring_up_to_date(self._connection)
            planning.compare_with_last_sent(self._connection, up_to=up_to)

    @contextmanager
    def staging(
        self, run: int, known: KnownBefore = NOTHING_KNOWN
    ) -> Iterator[Callable[[MappedChunk], None]]:
        """Yield what writes the rows of a chunk; all rows are on disk when this is left."""
        stager = Stager(self._connection, run, known)

        def stage(chunk: MappedChunk) -> None:
            with self._transaction():
                stager.add(chunk)

        yield stage
        with self._transaction():
            stager.finish()

    def stage_again(self, run: int, *, parent: int) -> int:
        """Stage the rows of another run that it sent in vain; return how many."""
        with self._transaction():
            return stage_again(self._connection, run, parent=parent)

    def mark_duplicates(self, run: int, *, policy: str) -> None:
        """Settle the rows of one file that are for the same record."""
        with self._transaction():
            planning.mark_duplicates(self._connection, run, policy=policy)

    def mark_unchanged(self, run: int, *, base_url: str) -> None:
        """Leave out the rows whose body is what the record got last, and took."""
        self.compare_with_last_sent()
        with self._transaction():
            planning.mark_unchanged(self._connection, run, base_url=base_url)

    def mark_already_sent(self, run: int, *, earlier_run_id: str) -> None:
        """Leave out every row: an earlier run has sent them all."""
        with self._transaction():
            planning.mark_already_sent(self._connection, run, earlier_run_id=earlier_run_id)

    def settle_dead_runs(self, *, now_us: int) -> None:
        """Settle what crashes cut off; only for whoever holds the lock, so that nobody sends."""
        with self._transaction():
            for dead in runs.select_runs(self._connection, "state = ?", RunState.SENDING):
                history.settle_interrupted(self._connection, dead.id, now_us=now_us)
                runs.update_run(self._connection, dead.id, state=RunState.UNFINISHED)

    def mark_superseded(self, run: Run) -> None:
        """Leave out the rows for whose record a later run has already sent something."""
        with self._transaction():
            history.bring_up_to_date(self._connection)
            history.mark_superseded(self._connection, run)

    def look_alikes(
        self, run: int, *, key: Callable[[str], str], disguised: Callable[[str], bool]
    ) -> LookAlikes:
        """Look for identifiers that a person mistakes, among the rows that are to be sent."""
        with ledger_errors(self.path):
            return look_alikes(self._connection, run, key=key, disguised=disguised)

    # --- sending

    def to_send(self, run: int, *, size: int = 500) -> Iterator[RecordUpdate]:
        """Yield the rows that are to be sent, in input order, each once.

        Rows are fetched in batches, and only when they are asked for.
        """
        after, last = row_ids_of(run)
        while True:
            with ledger_errors(self.path):
                batch = history.next_updates(self._connection, after, last, size=size)
            yield from batch
            if len(batch) < size:
                return
            after = batch[-1].row_id + 1

    def count_to_send(self, run: int) -> int:
        """Return how many rows are to be sent."""
        with ledger_errors(self.path):
            (count,) = self._connection.execute(
                "SELECT count(*) FROM to_send WHERE id BETWEEN ? AND ?", row_ids_of(run)
            ).fetchone()
        return int(count)

    def journal(self, *, now_us: Callable[[], int]) -> Journal:
        """Return the writer of attempts and outcomes."""
        return Journal(self.path, now_us=now_us, opener=self._opener)

    # --- reading back

    def projection(
        self, run: int, *, waiting: Status, waiting_code: str = "", waiting_message: str = ""
    ) -> Projection:
        """Return the rows of a run as they stand; those that wait are said to be `waiting`."""
        return Projection(
            self._connection,
            run,
            path=self.path,
            waiting=waiting,
            waiting_code=waiting_code,
            waiting_message=waiting_message,
        )

    def row_detail(self, projection: Projection, run: int, number: int) -> RowDetail | None:
        """Return what is known about one row, or None where the run has no such row."""
        with ledger_errors(self.path):
            return inspection.row_detail(self._connection, projection, run, number)

    def _runs(self, where: str, *values: object) -> list[Run]:
        with ledger_errors(self.path):
            return runs.select_runs(self._connection, where, *values)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with ledger_errors(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
