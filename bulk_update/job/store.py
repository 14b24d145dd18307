"""What the use cases need of the place where runs, rows, attempts and outcomes are kept.

`ledger.Ledger` is one. Runs are named by the keys that `begin` returns. Every method raises
LedgerError if the store cannot be read or written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from bulk_update.ledger import KnownBefore, LookAlikes, LostZeros, NewRun, RowDetail, Run, Tally
from bulk_update.records import MappedChunk, RecordUpdate, RowGroup, RunHistory, Status

if TYPE_CHECKING:  # `check` loads nothing that can send
    from bulk_update.runner import Journal


class RunRows(Protocol):
    """The rows of one run as they are now."""

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Yield the outcome of every data row in input order, as the fields of a `ResultRow`."""

    def unsent_rows(self) -> Iterator[list[RowGroup]]:
        """Yield the same for a run that has sent nothing, some rows at a time, in groups."""

    def failed_rows(self) -> Iterator[tuple[bytes, str, str, str]]:
        """Yield the cells (JSON), outcome, code and message of rows that need a person."""

    def requests(self) -> Iterator[list[RowGroup]]:
        """Yield the rows to send, as `unsent_rows` does."""

    def tally(self) -> Tally:
        """Count the rows by outcome."""

    def attempts(self) -> int:
        """Return how many attempts the run has made."""


class Store(Protocol):
    """Runs with their rows, attempts and outcomes.

    Only a caller with the sending lock may `claim`, `judge`, `close` or send.
    """

    patience_seconds: float
    """How long to wait for another writer."""

    # --- runs

    def begin(self, new: NewRun, *, origin: int | None = None) -> int:
        """Record a run whose rows are about to be staged; return its key."""

    def abandon(self, run: int) -> None:
        """Delete a run and its rows, as if it had never been staged."""

    def claim(self, run: int) -> Run:
        """Return a run that the caller will work on; it is not deleted until `close`.

        Raises UsageError if it was deleted meanwhile.
        """

    def run(self, run: int) -> Run:
        """Return a run by its key."""

    def find(self, run_id: str) -> Run:
        """Return a run by its id; raises UsageError if there is none."""

    def runs(self) -> list[Run]:
        """Return all runs, the latest first."""

    def unfinished(self, *, identity: str, base_url: str) -> Run | None:
        """Return the latest run of this identity that `run` would continue."""

    def latest_success(self, *, job: str, base_url: str, besides: int = 0) -> Run | None:
        """Return the job's latest run that ended with exit code 0, other than `besides`."""

    def update(self, run: int, **values: object) -> None:
        """Change what is recorded of a run, by the names of the fields of `Run`."""

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
        """Record how an invocation ended; the run is finished once nothing is left to send."""

    def prune(self, *, before_us: int) -> int:
        """Delete the runs that ended before a moment; return how many."""

    def apply_retention(self, *, job: str, before_us: int) -> int:
        """Delete a job's finished runs that ended before a moment; return how many."""

    # --- staging and planning

    def staging(
        self, run: int, known: KnownBefore
    ) -> AbstractContextManager[Callable[[MappedChunk], None]]:
        """Yield a function that stages a chunk; all rows are durable when the block ends."""

    def stage_again(self, run: int, *, parent: int) -> int:
        """Stage the failed rows of another run; return how many."""

    def mark_duplicates(self, run: int, *, policy: str) -> None:
        """Settle the rows that are for the same record."""

    def judge(self, run: Run, known: KnownBefore) -> None:
        """Decide again which rows of a run are unchanged or superseded."""

    def look_alikes(
        self, run: int, *, key: Callable[[str], str], disguised: Callable[[str], bool]
    ) -> LookAlikes:
        """Find identifiers that a person may confuse, among the rows to send."""

    def lost_zeros(self, run: int) -> LostZeros | None:
        """Find identifiers that differ in leading zeros alone, among the rows to send."""

    def projection(
        self, run: int, *, waiting: Status, waiting_code: str = "", waiting_message: str = ""
    ) -> RunRows:
        """Return the rows of a run; those that were not sent get the outcome `waiting`."""

    def row_detail(
        self,
        run: int,
        number: int,
        *,
        waiting: Status,
        waiting_code: str = "",
        waiting_message: str = "",
    ) -> RowDetail | None:
        """Return what is known about one row of a run; None if there is no such row."""

    # --- sending

    def to_send(self, run: int) -> Iterator[RecordUpdate]:
        """Yield the rows to send, in order, each once."""

    def count_to_send(self, run: int) -> int:
        """Return how many rows are to be sent."""

    def run_history(self, run: int) -> RunHistory:
        """Return what earlier invocations of a run learned."""

    def journal(self, *, now_us: Callable[[], int]) -> AbstractAsyncContextManager[Journal]:
        """Return the writer of attempts and outcomes."""

    def settle(self, run: int, *, now_us: int) -> None:
        """Settle the rows of a run whose attempts were interrupted."""

    def settle_dead_runs(self, *, now_us: int) -> None:
        """Settle what crashed processes left; only with the sending lock."""

    def remember_what_was_sent(self) -> None:
        """Bring the remembered values of each field up to date."""
