"""Planning: staging the rows of a file and deciding which to send."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from bulk_update.bookkeeping.confusable import LookAlikes, LostZeros
from bulk_update.bookkeeping.known_before import NOTHING_KNOWN, KnownBefore
from bulk_update.bookkeeping.row_keys import row_ids_of
from bulk_update.bookkeeping.run import Run
from bulk_update.ledger.corrections import judge_corrections, record_corrections
from bulk_update.ledger.database import Database
from bulk_update.ledger.duplicates import mark_duplicates
from bulk_update.ledger.judgement import judge_superseded, judge_unchanged
from bulk_update.ledger.look_alikes import look_alikes, lost_zeros
from bulk_update.ledger.runs import require_run
from bulk_update.ledger.sent_values import bring_up_to_date, find_touched_since
from bulk_update.ledger.staging import Stager, stage_again
from bulk_update.reasons import stored
from bulk_update.records import Issue, MappedChunk, Status

_REFUSE = """
UPDATE row SET outcome = ?, code = ?, reasons = ?
WHERE id = ? AND id BETWEEN ? AND ? AND outcome IS NULL
  AND NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.row_id = row.id)
"""


class Planning:
    """Stages rows and decides which of them are sent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def staging(
        self, run: int, known: KnownBefore = NOTHING_KNOWN
    ) -> Iterator[Callable[[MappedChunk], None]]:
        """Yield a function that stages a chunk; all rows are on disk after the context.

        If `known` asks for it, rows whose records already hold their values become unchanged.
        """
        self._compare(known)
        stager = Stager(self._database.connection, run, known)

        def stage(chunk: MappedChunk) -> None:
            with self._database.writing():
                stager.add(chunk)

        yield stage
        with self._database.writing():
            stager.finish()

    def stage_again(self, run: int, *, parent: int) -> int:
        """Stage the unsuccessful rows of another run again; return how many.

        Raises UsageError if that run has been deleted.
        """
        with self._database.writing() as connection:
            require_run(self._database, parent)
            return stage_again(connection, run, parent=parent)

    def mark_duplicates(self, run: int, *, policy: str) -> None:
        """Settle the rows of one file that are for the same record."""
        with self._database.writing() as connection:
            mark_duplicates(connection, run, policy=policy)

    def judge(self, run: Run, known: KnownBefore) -> None:
        """Decide which rows of a run are now unchanged or superseded.

        Rows that were sent before are never unchanged. The caller must hold the sending lock, so
        that the decisions stay valid until the rows are sent.
        """
        bring_up_to_date(self._database)
        self._compare(known)
        with self._database.writing() as connection:
            judge_unchanged(connection, run.id, known)
            judge_superseded(connection, run)
            judge_corrections(connection, run)

    def refuse(self, run: int, refused: Mapping[int, Sequence[Issue]]) -> None:
        """Make rows invalid, by their keys, for these reasons; none of them was ever sent."""
        entries = [
            (Status.INVALID.value, str(issues[0].code), stored(issues), row_id, *row_ids_of(run))
            for row_id, issues in refused.items()
        ]
        with self._database.writing() as connection:
            connection.executemany(_REFUSE, entries)

    def record_corrections(self, run: int, corrected: Mapping[int, int]) -> None:
        """Record the run whose row each of these rows, by number, corrects."""
        with self._database.writing() as connection:
            record_corrections(connection, run, corrected)

    def judge_corrections(self, run: Run) -> None:
        """Say which corrections came too late: another run has set their fields since."""
        if run.base_url is None:
            return
        bring_up_to_date(self._database)
        with self._database.writing() as connection:
            judge_corrections(connection, run)

    def look_alikes(
        self, run: int, *, key: Callable[[str], str], disguised: Callable[[str], bool]
    ) -> LookAlikes:
        """Find identifiers that a person can confuse, among the rows to be sent."""
        with self._database.reading() as connection:
            return look_alikes(connection, run, key=key, disguised=disguised)

    def lost_zeros(self, run: int) -> LostZeros | None:
        """Find identifiers that differ only in leading zeros, among the rows to be sent."""
        with self._database.reading() as connection:
            return lost_zeros(connection, run)

    def _compare(self, known: KnownBefore) -> None:
        """Prepare the comparison of rows with the values of their records."""
        if known.compared_at is None:
            return
        up_to = bring_up_to_date(self._database)
        with self._database.reading() as connection:
            find_touched_since(connection, up_to=up_to, base_url=known.compared_at)
