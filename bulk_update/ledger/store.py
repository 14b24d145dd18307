"""The ledger as the use cases know it: one object, one connection, no SQL outside the room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from bulk_update.errors import UsageError
from bulk_update.ledger import history, inspection, planning, pruning, refusals, runs, sent_values
from bulk_update.ledger.connection import (
    BUSY_SECONDS,
    FILE_NAME,
    Opener,
    begin_immediate,
    connect,
    connect_reader,
    is_read_only,
    ledger_errors,
    let_others_write,
    open_database,
    open_ledger_folder,
)
from bulk_update.ledger.inspection import RowDetail
from bulk_update.ledger.journal import Journal
from bulk_update.ledger.look_alikes import LookAlikes, LostZeros, look_alikes, lost_zeros
from bulk_update.ledger.planning import NOTHING_KNOWN, KnownBefore
from bulk_update.ledger.projection import Projection
from bulk_update.ledger.runs import IS_ON_RECORD, NewRun, Run, RunState
from bulk_update.ledger.schema import row_ids_of
from bulk_update.ledger.staging import Stager, stage_again
from bulk_update.records import MappedChunk, RecordUpdate, RunHistory, Status

_ABANDONED_AFTER_US = 24 * 3600 * 1_000_000
"""A staging run of yesterday has lost its process: no file takes a day to read."""


class Ledger:
    """Runs, their rows and what became of them, in one folder; a context manager.

    Every method raises LedgerError where the database cannot be read or written. `opener` opens
    the database, for those who keep it on another kind of disk. A ledger that is opened
    `to_look_at` may belong to somebody else; it is only read where it cannot be written.

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
        self.patience_seconds = patience_seconds
        self._opener = opener
        if to_look_at and is_read_only(folder):
            self.path = folder / FILE_NAME
            self._connection = connect_reader(self.path)
            return
        self.path = open_ledger_folder(folder, group_readable=group_readable)
        self._connection = connect(self.path, opener=opener, patience_seconds=patience_seconds)

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
        for stale in self._runs(
            "state = ? OR (state = ? AND created_at_us < ?)",
            RunState.DELETED,
            RunState.STAGING,
            new.created_at_us - _ABANDONED_AFTER_US,
        ):
            self.abandon(stale.id)
        with self._transaction():
            return runs.insert_run(self._connection, new, origin=origin)

    def abandon(self, run: int) -> None:
        """Take a run and its rows off the record, as if it had never been staged."""
        with self._transaction():
            pruning.withdraw(self._connection, run)
        self._delete(run)

    def claim(self, run: int) -> Run:
        """Return a run that the caller, who has the sending lock, is going to work on.

        Until its next `close` it is not deleted. Raises UsageError where it was deleted meanwhile.
        """
        with self._transaction():
            runs.update_run(self._connection, run, claimed=True)
            return self._require(run)

    def run(self, run: int) -> Run:
        """Return a run by its key."""
        (found,) = self._runs("id = ?", run)
        return found

    def find(self, run_id: str) -> Run:
        """Return the run with this id; UsageError where there is none."""
        found = self._runs(f"run_id = ? AND {IS_ON_RECORD}", run_id)
        if not found:
            raise UsageError(
                f"there is no run {run_id} in the ledger {self.path}",
                hint="`bulk-update runs` lists them; --state names another ledger.",
            )
        return found[0]

    def runs(self) -> list[Run]:
        """Return all runs, the latest first."""
        return self._runs(IS_ON_RECORD)

    def unfinished(self, *, identity: str, base_url: str) -> Run | None:
        """Return the latest run of this identity that has rows to send again, if there is one."""
        found = self._runs(
            "identity = ? AND base_url = ? AND state = ?",
            identity,
            base_url,
            RunState.UNFINISHED,
        )
        return found[0] if found else None

    def latest_success(self, *, job: str, base_url: str, besides: int = 0) -> Run | None:
        """Return the run of a job that sent something last and ended with exit code 0, if any.

        The order is that of the attempts, whenever files were written. `besides` is a run that
        does not count.
        """
        its = f"job = ? AND base_url = ? AND id <> ? AND exit_code = 0 AND {IS_ON_RECORD}"
        values = (job, base_url, besides)
        found = self._runs(
            f"{its} AND last_attempt_id = (SELECT max(last_attempt_id) FROM run WHERE {its})",
            *values,
            *values,
        )
        return found[0] if found else None

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
        files_written: bool = True,
    ) -> None:
        """Put the end of an invocation on record; `out` None leaves the folder as it was.

        A run is finished when it has no row to send and its files are written: until then, `run`
        continues it.
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
                **({"out": out} if out is not None else {}),
            )
            runs.end_invocation(self._connection, run)

    def update(self, run: int, **values: object) -> None:
        """Set columns of a run."""
        with self._transaction():
            runs.update_run(self._connection, run, **values)

    def prune(self, *, before_us: int) -> int:
        """Delete the runs that ended before a moment; return how many.

        The latest run of each job that went well stays. What was deleted is overwritten, in the
        write-ahead log too.
        """
        return self._delete_old(pruning.PRUNABLE, before=before_us)

    def apply_retention(self, *, job: str, before_us: int) -> int:
        """Delete the runs of a job that finished before a moment; return how many.

        A run with a row that waits or is in doubt stays.
        """
        return self._delete_old(pruning.RETAINED_TOO_LONG, job=job, before=before_us)

    def _delete_old(self, which: str, **values: object) -> int:
        """Delete runs; what their records hold is remembered."""
        self._bring_up_to_date()
        with self._transaction():
            old = pruning.withdraw_old(self._connection, which, **values)
        for run in old:
            self._delete(run)
        if old:
            with ledger_errors(self.path):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return len(old)

    def _delete(self, run: int) -> None:
        """Delete a run that was taken off the record, some rows at a time."""
        is_gone = False
        while not is_gone:
            with self._transaction():
                is_gone = pruning.delete_some(self._connection, run)
            if not is_gone:
                let_others_write()

    # --- planning

    def remember_what_was_sent(self) -> None:
        """Bring up to date what each record holds, so that the next plan need not."""
        self._bring_up_to_date()

    def _bring_up_to_date(self) -> int:
        """Take all that was sent into what each record holds; return up to which attempt."""
        with ledger_errors(self.path):
            up_to = sent_values.settled_up_to(self._connection)
            is_done = sent_values.position(self._connection) >= up_to
        while not is_done:
            with self._transaction():
                is_done = sent_values.take_in(self._connection, up_to=up_to)
            if not is_done:
                let_others_write()
        return up_to

    def _compare(self, known: KnownBefore) -> None:
        """Prepare to tell which rows would send what their records hold."""
        if known.compared_at is None:
            return
        up_to = self._bring_up_to_date()
        with ledger_errors(self.path):
            sent_values.find_touched_since(
                self._connection, up_to=up_to, base_url=known.compared_at
            )

    @contextmanager
    def staging(
        self, run: int, known: KnownBefore = NOTHING_KNOWN
    ) -> Iterator[Callable[[MappedChunk], None]]:
        """Yield what writes the rows of a chunk; all rows are on disk when this is left.

        Rows whose records hold their values already are unchanged, if `known` says so.
        """
        self._compare(known)
        stager = Stager(self._connection, run, known)

        def stage(chunk: MappedChunk) -> None:
            with self._transaction():
                stager.add(chunk)

        yield stage
        with self._transaction():
            stager.finish()

    def stage_again(self, run: int, *, parent: int) -> int:
        """Stage the rows of another run that it sent in vain; return how many.

        Raises UsageError where that run was deleted meanwhile.
        """
        with self._transaction():
            self._require(parent)
            return stage_again(self._connection, run, parent=parent)

    def mark_duplicates(self, run: int, *, policy: str) -> None:
        """Settle the rows of one file that are for the same record."""
        with self._transaction():
            planning.mark_duplicates(self._connection, run, policy=policy)

    def judge(self, run: Run, known: KnownBefore) -> None:
        """Say as of now which rows of a run are unchanged, and which are superseded.

        Rows of which something was sent are never unchanged. Whoever asks has the sending lock:
        then it stays so until the rows are sent.
        """
        self._bring_up_to_date()
        self._compare(known)
        with self._transaction():
            planning.judge_unchanged(self._connection, run.id, known)
            planning.judge_superseded(self._connection, run)

    def settle_dead_runs(self, *, now_us: int) -> None:
        """Settle what crashes cut off; only for whoever holds the lock, so that nobody sends."""
        with self._transaction():
            for dead in runs.select_runs(self._connection, "state = ?", RunState.SENDING):
                history.settle_interrupted(self._connection, dead.id, now_us=now_us)
                runs.update_run(
                    self._connection, dead.id, state=RunState.UNFINISHED, exit_code=None
                )
                runs.end_invocation(self._connection, dead.id)
            runs.release_all(self._connection)

    def look_alikes(
        self, run: int, *, key: Callable[[str], str], disguised: Callable[[str], bool]
    ) -> LookAlikes:
        """Look for identifiers that a person mistakes, among the rows that are to be sent."""
        with ledger_errors(self.path):
            return look_alikes(self._connection, run, key=key, disguised=disguised)

    def lost_zeros(self, run: int) -> LostZeros | None:
        """Look for identifiers that differ in leading zeros alone, among the rows to be sent."""
        with ledger_errors(self.path):
            return lost_zeros(self._connection, run)

    # --- sending

    def to_send(self, run: int, *, size: int = 500) -> Iterator[RecordUpdate]:
        """Yield the rows that are to be sent, in their order, each once.

        Rows are fetched in batches, and only when they are asked for.
        """
        with ledger_errors(self.path):
            yield from history.updates_of(self._connection, run, size=size)

    def run_history(self, run: int) -> RunHistory:
        """Return what earlier invocations of a run learned."""
        with ledger_errors(self.path):
            return refusals.run_history(self._connection, run)

    def count_to_send(self, run: int) -> int:
        """Return how many rows are to be sent."""
        with ledger_errors(self.path):
            (count,) = self._connection.execute(
                "SELECT count(*) FROM to_send WHERE id BETWEEN ? AND ?", row_ids_of(run)
            ).fetchone()
        return int(count)

    def journal(self, *, now_us: Callable[[], int]) -> Journal:
        """Return the writer of attempts and outcomes."""
        return Journal(
            self.path,
            now_us=now_us,
            patience_seconds=self.patience_seconds,
            opener=self._opener,
        )

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

    def row_detail(
        self,
        run: int,
        number: int,
        *,
        waiting: Status,
        waiting_code: str = "",
        waiting_message: str = "",
    ) -> RowDetail | None:
        """Return what is known about one row, or None where the run has no such row."""
        rows = self.projection(
            run, waiting=waiting, waiting_code=waiting_code, waiting_message=waiting_message
        )
        with ledger_errors(self.path):
            return inspection.row_detail(self._connection, rows, run, number)

    def _require(self, run: int) -> Run:
        found = runs.select_runs(self._connection, f"id = ? AND {IS_ON_RECORD}", run)
        if not found:
            raise UsageError(
                f"the run was deleted from the ledger {self.path}",
                hint="`bulk-update runs` lists those that are there.",
            )
        return found[0]

    def _runs(self, where: str, *values: object) -> list[Run]:
        with ledger_errors(self.path):
            return runs.select_runs(self._connection, where, *values)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with ledger_errors(self.path):
            begin_immediate(self._connection, patience_seconds=self.patience_seconds)
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
