"""The parts of the port `store` about the rows of runs, and about what records held."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from bulk_update.ledger import (
    ChangeEvidence,
    FrequentReason,
    Judged,
    KnownBefore,
    LookAlikes,
    LostZeros,
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
    UndoneRow,
    Unseen,
    WaitingReversal,
    WaitingRow,
)
from bulk_update.plan import ChangeCounts
from bulk_update.records import (
    FailedRow,
    Issue,
    MappedChunk,
    RowText,
)
from bulk_update.reference import RecordState


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

    def change_evidence(self, run: int) -> ChangeEvidence:
        """Count the rows to be sent by whether they change their record, as far as is known."""

    def page(
        self, run: int, view: PageView, *, search: str = "", skip: int = 0, most: int
    ) -> list[PageRow]:
        """Return at most `most` of these rows in input order, behind those to `skip`.

        Capitals count in cells, but not in identifiers. The values that earlier requests gave are
        as `Housekeeping.remember_what_was_sent` left them.
        """


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
