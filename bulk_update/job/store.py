"""What the use cases need of the place where runs, rows, attempts and outcomes are kept.

`ledger.Ledger` is one. A run is named by the key that `Runs.begin` returns. Every method raises
LedgerError if the store cannot be read or written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from bulk_update.ledger import (
    FrequentReason,
    InvocationEnd,
    KnownBefore,
    LookAlikes,
    LostZeros,
    NewRun,
    OriginalRow,
    ResultRow,
    RowDetail,
    Run,
    Tally,
)
from bulk_update.reasons import NO_REASONS
from bulk_update.records import FailedRow, MappedChunk, RecordUpdate, RunHistory, Status

if TYPE_CHECKING:  # `check` loads nothing that can send
    from bulk_update.runner import Journal


class Runs(Protocol):
    """The runs on record."""

    def begin(self, new: NewRun, *, origin: int | None = None) -> int:
        """Record a run whose rows are about to be staged; return its key.

        Later runs have greater keys. `origin` is that of the run which this one retries.
        """

    def abandon(self, run: int) -> None:
        """Delete a run and its rows, as if it had never been staged."""

    def claim(self, run: int) -> Run:
        """Return a run that is not deleted until `Sending.close`.

        Only for a caller with the sending lock. Raises UsageError if it was deleted meanwhile.
        """

    def record_plan(
        self, run: int, *, data_rows: int, planned_at_us: int, notices: str = "[]"
    ) -> None:
        """Record that the rows of a run are staged and judged; others see it from now on."""

    def record_base_url(self, run: int, base_url: str) -> None:
        """Record the system of a run that was planned without one."""

    def replace_mapping(
        self, run: int, mapping: bytes, *, path: str, job: str, overrides: str, again: bool
    ) -> None:
        """Record the mapping with which a run is continued."""

    def record_output_folder(self, run: int, folder: str) -> None:
        """Record where the files of a run go unless a later command says otherwise."""

    def record_exit_code(self, run: int, exit_code: int) -> None:
        """Record how a command ended that only planned."""

    def get(self, run: int) -> Run:
        """Return a run by its key; raises UsageError if it was deleted."""

    def find(self, run_id: str) -> Run:
        """Return a planned or sent run by its id; raises UsageError if there is none."""

    def all(self) -> list[Run]:
        """Return all planned and sent runs, the latest first."""

    def unfinished(self, *, identity: str, base_url: str) -> Run | None:
        """Return the latest run of this identity that `run` would continue."""

    def latest_success(self, *, job: str, base_url: str, besides: int = 0) -> Run | None:
        """Return the job's run that sent last and ended with exit code 0, other than `besides`."""


class Planning(Protocol):
    """From rows as read to a plan."""

    def staging(
        self, run: int, known: KnownBefore
    ) -> AbstractContextManager[Callable[[MappedChunk], None]]:
        """Yield a function that stages a chunk; all rows are durable when the block ends."""

    def stage_again(self, run: int, *, parent: int) -> int:
        """Stage the failed rows of another run; return how many.

        Raises UsageError if that run was deleted meanwhile.
        """

    def mark_duplicates(self, run: int, *, policy: str) -> None:
        """Settle the rows that are for the same record."""

    def judge(self, run: Run, known: KnownBefore) -> None:
        """Decide again which rows of a run are unchanged or superseded.

        Only for a caller with the sending lock.
        """

    def record_corrections(self, run: int, corrected: Mapping[int, int]) -> None:
        """Record the run whose row each of these rows, by number, corrects."""

    def judge_corrections(self, run: Run) -> None:
        """Settle the corrections that another run made obsolete; `judge` does so, too."""

    def look_alikes(
        self, run: int, *, key: Callable[[str], str], disguised: Callable[[str], bool]
    ) -> LookAlikes:
        """Find identifiers that a person may confuse, among the rows to send."""

    def lost_zeros(self, run: int) -> LostZeros | None:
        """Find identifiers that differ in leading zeros alone, among the rows to send."""


class Sending(Protocol):
    """What one invocation sends; only for a caller with the sending lock."""

    def begin(self, run: int, *, now_us: int) -> None:
        """Record that a run is about to send."""

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

    def close(self, run: int, end: InvocationEnd) -> None:
        """Record how an invocation ended; the run is finished once nothing is left to send."""

    def settle_dead_runs(self, *, now_us: int) -> None:
        """Settle what crashed processes left."""


class Housekeeping(Protocol):
    """What keeps a store small."""

    def prune(self, *, before_us: int) -> int:
        """Delete the runs that ended before a moment; return how many."""

    def apply_retention(self, *, job: str, before_us: int) -> int:
        """Delete a job's finished runs that ended before a moment; return how many."""

    def remember_what_was_sent(self) -> None:
        """Bring the remembered values of each field up to date."""


class RunRows(Protocol):
    """The rows of one run as they are now."""

    def rows(self, *, with_bodies: bool = False) -> Iterator[tuple[Any, ...]]:
        """Yield the outcome of every data row in input order, as the fields of a `ResultRow`.

        Those with a default may be left out where they have it in all rows.
        """

    def row(self, number: int) -> ResultRow | None:
        """Return the same of one row; None if there is no such row."""

    def detail(self, number: int) -> RowDetail | None:
        """Return everything that is known about one row; None if there is no such row."""

    def failed_rows(self) -> Iterator[FailedRow]:
        """Yield the rows that need a person, in input order."""

    def originals(self, numbers: Sequence[int]) -> list[OriginalRow]:
        """Return these rows as they were read, in any order; those that exist."""

    def tally(self) -> Tally:
        """Count the rows by outcome."""

    def attempts(self) -> int:
        """Return how many attempts the run has made."""

    def frequent_reasons(self, *, most: int) -> list[FrequentReason]:
        """Return why rows need a person: of each outcome the `most` frequent reasons, in order.

        However many different ones there are, only these are held in memory.
        """

    def tried_again(self) -> int:
        """Return how many rows needed more than one attempt."""

    def stored_bytes(self) -> int:
        """Return about how much space the run takes."""


class Store(Protocol):
    """Runs with their rows, attempts and outcomes.

    `patience_seconds` is how long to wait for another writer.
    """

    patience_seconds: float

    @property
    def runs(self) -> Runs:
        """The runs on record."""

    @property
    def planning(self) -> Planning:
        """Staging and judging of rows."""

    @property
    def sending(self) -> Sending:
        """What one invocation sends."""

    @property
    def housekeeping(self) -> Housekeeping:
        """What keeps the store small."""

    def projection(
        self,
        run: int,
        *,
        waiting: Status,
        waiting_code: str = "",
        waiting_reasons: str = NO_REASONS,
    ) -> RunRows:
        """Return the rows of a run; those that were not sent get the outcome `waiting`."""
