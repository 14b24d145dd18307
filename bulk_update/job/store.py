"""The port for storing runs, rows, attempts and outcomes, as the use cases need it.

`ledger.Ledger` implements it. Runs are identified by the key that `Runs.begin` returns. Every
method raises LedgerError if the store cannot be read or written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from bulk_update.ledger import (
    FinishedInput,
    FrequentReason,
    InvocationEnd,
    Judged,
    KnownBefore,
    LookAlikes,
    LostZeros,
    NewRun,
    OriginalRow,
    PageRow,
    PageView,
    ReadBack,
    ResultRow,
    ReversedRow,
    RowDetail,
    Run,
    SendingTimes,
    SentRow,
    StatusMove,
    Tally,
    Told,
    UndoneRow,
    Unseen,
    WaitingReversal,
    WaitingRow,
)
from bulk_update.plan import ChangeCounts
from bulk_update.reasons import NO_REASONS
from bulk_update.records import (
    FailedRow,
    Issue,
    MappedChunk,
    RecordUpdate,
    RowTest,
    RowText,
    RunHistory,
    Status,
)
from bulk_update.reference import RecordState

if TYPE_CHECKING:  # `check` loads nothing that can send
    from bulk_update.runner import Journal


class Runs(Protocol):
    """The recorded runs."""

    def begin(self, new: NewRun, *, origin: int | None = None) -> int:
        """Record a run whose rows are about to be staged; return its key.

        Later runs have greater keys. A retry passes the `origin` of the run that it retries.
        """

    def abandon(self, run: int) -> None:
        """Delete a run and its rows, as if it had never been staged."""

    def claim(self, run: int) -> Run:
        """Protect a run from deletion until `Sending.close`, and return it.

        The caller must hold the sending lock. Raises UsageError if the run has been deleted.
        """

    def release(self, run: int) -> None:
        """End the protection of a run that `claim` began, if `Sending.close` does not."""

    def record_plan(
        self,
        run: int,
        *,
        data_rows: int,
        planned_at_us: int,
        notices: str = "[]",
        profile: str | None = None,
        is_visible: bool = True,
    ) -> None:
        """Record that the rows of a run are staged and judged.

        From now on, the run is visible; without `is_visible`, only after `publish`.
        """

    def publish(self, run: int) -> None:
        """Make a run visible that was planned without being so."""

    def record_profile(self, run: int, profile: str) -> None:
        """Replace the profile of a run's plan."""

    def record_status_names(self, run: int, names: str) -> None:
        """Record what statuses were called when a run was planned, by campaign and id, as JSON."""

    def record_base_url(self, run: int, base_url: str) -> None:
        """Record the system of a run that was planned without one."""

    def replace_mapping(
        self, run: int, mapping: bytes, *, path: str, job: str, overrides: str, again: bool
    ) -> None:
        """Record the mapping that a run is continued with."""

    def record_output_folder(self, run: int, folder: str) -> None:
        """Record where the files of a run are written, unless a later command overrides it."""

    def record_own_folder(self, run: int, folder: str) -> None:
        """Record a folder that the run chose itself for its files, besides those known already."""

    def record_exit_code(
        self, run: int, exit_code: int, *, stop_code: str = "", stop_reasons: str = NO_REASONS
    ) -> None:
        """Record the exit code of a command that only planned, and why it refused the plan."""

    def record_given(self, run: int, given: str) -> None:
        """Record the guards and the pace that a command was given, as JSON."""

    def get(self, run: int) -> Run:
        """Return a run by its key; raises UsageError if it has been deleted."""

    def find(self, run_id: str) -> Run:
        """Return a planned or sent run by its id; raises UsageError if there is none."""

    def all(self) -> list[Run]:
        """Return all planned and sent runs, the latest first."""

    def unfinished(self, *, identity: str, base_url: str) -> Run | None:
        """Return the latest run of this identity that `run` would continue.

        A run that has been undone since is over.
        """

    def undone_by(self, run: int) -> Run | None:
        """Return the latest run that has begun to undo this one, if there is one."""

    def latest_success(self, *, job: str, base_url: str, besides: int = 0) -> Run | None:
        """Return the job's run with exit code 0, except `besides`, that was the last to send."""

    def finished_inputs(self, *, job: str, base_url: str | None) -> list[FinishedInput]:
        """Return the files of a job's runs that finished with exit code 0 or 1, the latest first.

        They outlive their runs; only the latest of the deleted ones are kept. Corrected files are
        not included. If `base_url` is None, the files for any system are returned.
        """

    def profiles(self, *, job: str, base_url: str, besides: int) -> list[str]:
        """Return the profiles of a job's finished runs with exit code 0 or 1, the latest first.

        They outlive their runs; only the latest of the deleted ones are kept. That of the run
        `besides` is not included.
        """


class Planning(Protocol):
    """Staging rows and deciding which of them to send."""

    def staging(
        self, run: int, known: KnownBefore
    ) -> AbstractContextManager[Callable[[MappedChunk], None]]:
        """Yield a function that stages a chunk; all rows are durable when the block ends."""

    def stage_again(self, run: int, *, parent: int) -> int:
        """Stage the unsuccessful rows of another run again; return how many.

        Raises UsageError if that run has been deleted.
        """

    def mark_duplicates(self, run: int, *, policy: str) -> None:
        """Settle the rows that are for the same record."""

    def judge(self, run: Run, known: KnownBefore) -> None:
        """Decide again which rows of a run are unchanged or superseded.

        The caller must hold the sending lock.
        """

    def refuse(self, run: int, refused: Mapping[int, Sequence[Issue]]) -> None:
        """Make rows invalid, by their keys, for these reasons; none of them was ever sent."""

    def record_corrections(self, run: int, corrected: Mapping[int, int]) -> None:
        """Record the run whose row each of these rows, by number, corrects."""

    def judge_corrections(self, run: Run) -> None:
        """Settle the corrections that another run made obsolete; `judge` does so, too."""

    def look_alikes(
        self, run: int, *, key: Callable[[str], str], disguised: Callable[[str], bool]
    ) -> LookAlikes:
        """Find identifiers that a person can confuse, among the rows to be sent."""

    def lost_zeros(self, run: int) -> LostZeros | None:
        """Find identifiers that differ only in leading zeros, among the rows to be sent."""


class Sending(Protocol):
    """Sending the rows of a run; the caller must hold the sending lock."""

    def begin(self, run: int, *, now_us: int) -> None:
        """Record that a run is about to send."""

    def to_send(
        self, run: int, *, first: RowTest | None = None, never_arrived: bool = False
    ) -> Iterator[RecordUpdate]:
        """Yield each row to be sent once, in sending order.

        The rows for whose cells `first` holds come before the others, both in input order.
        Whether it holds is asked again for each call, so that another order applies at once.
        With `never_arrived`, only the rows in doubt whose requests never reached their record,
        according to what was read back.
        """

    def count_to_send(self, run: int) -> int:
        """Return how many rows are still to be sent."""

    def run_history(self, run: int) -> RunHistory:
        """Return what earlier invocations of a run learned."""

    def journal(self, *, now_us: Callable[[], int]) -> AbstractAsyncContextManager[Journal]:
        """Return the writer of attempts and outcomes."""

    def settle(self, run: int, *, now_us: int) -> None:
        """Settle the rows of a run whose attempts were interrupted."""

    def close(self, run: int, end: InvocationEnd) -> None:
        """Record how an invocation ended; the run is finished if nothing is left to do."""

    def settle_dead_runs(self, *, now_us: int) -> None:
        """Settle the runs of crashed processes."""


class Readings(Protocol):
    """What was read of the records of a run, before and after they were sent.

    `expect_before` or `expect_after` comes first; the other methods compare with what it prepared.
    Memory does not grow with the campaign or the run.
    """

    def forget_unsent(self, run: int) -> None:
        """Forget the snapshots of all rows of a run of which no attempt may have arrived."""

    def expect_before(self, run: int) -> list[tuple[str, int]]:
        """Expect the records of the rows to be sent; return the campaigns and their numbers.

        Forgets the snapshots of rows of which no attempt may have arrived.
        """

    def keep_snapshot(
        self, run: int, campaign_id: str, records: Sequence[RecordState], *, read_at_us: int
    ) -> list[WaitingRow]:
        """Keep the states of the expected records among these, and return their rows.

        A row of which an attempt may have arrived keeps its earlier snapshot, or none.
        """

    def status_moves(self, run: int, *, most: int) -> list[StatusMove]:
        """Count the rows to be sent by the status of their records in the snapshot and by theirs.

        Returns the `most` most frequent in order. Rows without a snapshot or a status do not count.
        """

    def supersede(self, run: int, reasons: Mapping[int, Issue]) -> None:
        """Leave out these rows of a run, by key, because of what their records show.

        A row in doubt stays in doubt, and is not sent again.
        """

    def expect_after(self, run: int, *, again: bool = True) -> list[tuple[str, int]]:
        """Expect the records of the rows that were sent; return the campaigns and their numbers.

        These are rows that ended `updated` or in doubt, and whose body has a field that can be
        read back; without `again`, those that have not been read back yet.
        """

    def sent_rows(self, campaign_id: str, records: Sequence[RecordState]) -> list[SentRow]:
        """Return the rows that were sent to the expected records among these."""

    def record_read_back(self, run: int, rows: Iterable[ReadBack], *, now_us: int) -> None:
        """Record what reading back their records says of these rows."""

    def is_complete(self, campaign_id: str) -> bool:
        """Return whether all expected records of a campaign were seen."""

    def unseen(self) -> Unseen | None:
        """Return the expected records that no page had, or None if all were seen."""

    def finish_read_back(self, run: int, *, campaign_ids: Sequence[str], now_us: int) -> None:
        """Record that these campaigns were read; expected records not seen are not verified."""


class Reversals(Protocol):
    """The rows of runs that undo others."""

    def undone_rows(self, run: int, *, with_known: bool) -> Iterator[UndoneRow]:
        """Yield the rows of a run that were sent or may have been, in input order.

        `with_known` also finds out what earlier requests sent to their records. Other methods of
        the store can be called in between.
        """

    def stage(self, run: int, rows: Sequence[ReversedRow]) -> None:
        """Stage rows that undo others, with the numbers of these."""

    def of(self, row_ids: Sequence[int]) -> dict[int, WaitingReversal]:
        """Return what is known about undoing these rows, by key."""

    def unseen(self, *, after: int = 0) -> list[int]:
        """Return some rows, by key, whose expected records no page had: the next after a key."""

    def settle(self, judged: Iterable[Judged]) -> None:
        """Record what these rows send, or why they send nothing.

        A row of which an attempt may have arrived is not changed.
        """


class Pages(Protocol):
    """The rows of a run for people, a page at a time; memory does not grow with the run."""

    def count(self, run: int, view: PageView, *, search: str = "") -> int:
        """Return how many rows a view has whose identifier or cells contain a text."""

    def page(
        self, run: int, view: PageView, *, search: str = "", skip: int = 0, most: int
    ) -> list[PageRow]:
        """Return at most `most` of these rows in input order, behind those to `skip`.

        Capitals count in cells, but not in identifiers. The values that earlier requests gave are
        as `Housekeeping.remember_what_was_sent` left them.
        """


class Tellings(Protocol):
    """What was last told of each job: of a subject, by kind of command and by target.

    A subject is a job or, while its mapping cannot be read, the mapping's path.
    """

    def last(self, subjects: Sequence[str], *, kind: str, target: str) -> Told | None:
        """Return what the target was last told of any of these subjects; None: nothing yet."""

    def record(
        self, subjects: Sequence[str], *, kind: str, target: str, told: Told, told_at_us: int
    ) -> None:
        """Record that the target was told, under the first subject and in place of all."""


class Housekeeping(Protocol):
    """Deleting old runs, and summing up what was sent.

    `on_deletion` is called with each run once it no longer counts.
    """

    def prune(
        self, *, before_us: int, on_deletion: Callable[[Run], object] = lambda _run: None
    ) -> int:
        """Delete the runs that ended before a point in time; return how many."""

    def delete(
        self,
        run_id: str,
        *,
        now_us: int,
        on_deletion: Callable[[Run], object] = lambda _run: None,
    ) -> bool:
        """Delete a run that `prune` would delete if it were old enough; return whether it was."""

    def apply_retention(
        self, *, job: str, before_us: int, on_deletion: Callable[[Run], object] = lambda _run: None
    ) -> int:
        """Delete a job's finished runs that ended before a point in time; return how many."""

    def finish_deletions(self, *, on_deletion: Callable[[Run], object] = lambda _run: None) -> None:
        """Delete what is left of runs whose deletion was interrupted."""

    def delete_copies(self, *, before_us: int) -> int:
        """Delete the copies of an older format that were made before a point in time.

        Returns how many there were. One that cannot be deleted stays.
        """

    def compact(self) -> int:
        """Give unused space back, if there is much; return how many bytes.

        The caller must hold the sending lock.
        """

    def remember_what_was_sent(self) -> None:
        """Update the known values of each record."""


class RunRows(Protocol):
    """The current state of a run's rows."""

    def rows(self, *, with_bodies: bool = False) -> Iterator[tuple[Any, ...]]:
        """Yield the result of every data row in input order, as the fields of a `ResultRow`.

        Fields with a default may be omitted if all rows have the default.
        """

    def row(self, number: int) -> ResultRow | None:
        """Return the result of one row, or None if there is no such row."""

    def detail(self, number: int) -> RowDetail | None:
        """Return everything that is known about one row, or None if there is no such row."""

    def failed_rows(self) -> Iterator[FailedRow]:
        """Yield the rows that need attention, in input order."""

    def originals(self, numbers: Sequence[int]) -> list[OriginalRow]:
        """Return these rows as they were read, in any order; those that exist."""

    def tally(self) -> Tally:
        """Count the rows by outcome."""

    def changes(self, *, text_of: RowText | None = None) -> ChangeCounts:
        """Count what the rows to be sent change.

        `text_of` returns the text of the mapping's `priority` that a row shows, given its cells.
        """

    def changes_left_out(self, *, text_of: RowText | None = None) -> ChangeCounts:
        """Count what the rows would change that have a body, but that the plan will not send."""

    def texts_seen(self, text_of: RowText) -> frozenset[str]:
        """Return the texts that any row shows, whatever became of it."""

    def attempts(self) -> int:
        """Return how many attempts the run has made."""

    def frequent_reasons(self, *, most: int) -> list[FrequentReason]:
        """Return the `most` most frequent reasons of each outcome that needs attention, in order.

        Only these are held in memory, regardless of how many different reasons there are.
        """

    def tried_again(self) -> int:
        """Return how many rows needed more than one attempt."""

    def verified(self) -> dict[str, int]:
        """Return how many rows show their values (`yes`) and how many do not (`differs`)."""

    def status_moves(self, *, most: int) -> list[StatusMove]:
        """Count the rows that are updated or planned by their records' status, before and after.

        Returns the `most` most frequent in order. Rows without a snapshot or a status do not count.
        """

    def sending_times(self, *, most_spans: int, most_pauses: int) -> SendingTimes | None:
        """Return when the attempts were made, counted by spans of equal length; None: never."""

    def stored_bytes(self) -> int:
        """Return an estimate of the space that the run takes."""


class Store(Protocol):
    """Runs with their rows, attempts and outcomes.

    `patience_seconds` is how long to wait for another writer.
    """

    patience_seconds: float

    @property
    def runs(self) -> Runs:
        """The recorded runs."""

    @property
    def planning(self) -> Planning:
        """Staging rows and deciding which of them to send."""

    @property
    def sending(self) -> Sending:
        """Sending the rows of a run."""

    @property
    def readings(self) -> Readings:
        """What was read of the records, before and after sending."""

    @property
    def reversals(self) -> Reversals:
        """The rows of runs that undo others."""

    @property
    def pages(self) -> Pages:
        """The rows of a run, a page at a time."""

    @property
    def tellings(self) -> Tellings:
        """What was last told of each job."""

    @property
    def housekeeping(self) -> Housekeeping:
        """Deleting old runs, and summing up what was sent."""

    def projection(
        self,
        run: int,
        *,
        waiting: Status,
        waiting_code: str = "",
        waiting_reasons: str = NO_REASONS,
    ) -> RunRows:
        """Return the rows of a run; unsent ones have the outcome `waiting`."""
