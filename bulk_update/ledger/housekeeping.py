"""Housekeeping: deleting old runs and copies, giving space back, and summing up what was sent."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress

from bulk_update.bookkeeping.run import Run
from bulk_update.ledger import pruning
from bulk_update.ledger.database import Database
from bulk_update.ledger.folder import copies_of
from bulk_update.ledger.run_table import select_runs
from bulk_update.ledger.sent_values import bring_up_to_date

_MUCH_UNUSED = 4
"""The ledger is rewritten if one part in this many is unused; new rows soon fill less than that."""

OnDeletion = Callable[[Run], object]
"""Called with each run that is deleted, once it no longer counts."""


def _nothing(_run: Run) -> None:
    """Do nothing about a deleted run."""


class Housekeeping:
    """Deletes old runs, but keeps what the next plan needs of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def prune(self, *, before_us: int, on_deletion: OnDeletion = _nothing) -> int:
        """Delete the runs that ended before a point in time; return how many.

        The latest successful run of each job is kept. Deleted content is overwritten, in the
        write-ahead log too.
        """
        return self._delete_old(pruning.PRUNABLE, on_deletion, before=before_us)

    def delete(self, run_id: str, *, now_us: int, on_deletion: OnDeletion = _nothing) -> bool:
        """Delete a run that `prune` would delete if it were old enough; return whether it was."""
        return self._delete_old(pruning.ONE, on_deletion, before=now_us, run_id=run_id) > 0

    def apply_retention(
        self, *, job: str, before_us: int, on_deletion: OnDeletion = _nothing
    ) -> int:
        """Delete the runs of a job that finished before a point in time; return how many.

        Runs with rows that are waiting or in doubt are kept.
        """
        return self._delete_old(pruning.RETAINED_TOO_LONG, on_deletion, job=job, before=before_us)

    def finish_deletions(self, *, on_deletion: OnDeletion = _nothing) -> None:
        """Delete what is left of runs whose deletion was interrupted."""
        with self._database.reading() as connection:
            begun = [run for (run,) in connection.execute(pruning.BEGUN)]
        self._delete(begun, on_deletion)

    def delete_copies(self, *, before_us: int) -> int:
        """Delete the copies of an older format that were made before a point in time.

        Returns how many there were. One that cannot be deleted stays.
        """
        count = 0
        with suppress(OSError):
            for copy in copies_of(self._database.path):
                if copy.stat().st_mtime_ns // 1000 < before_us:
                    copy.unlink()
                    count += 1
        return count

    def compact(self) -> int:
        """Give unused space back, if there is much; return how many bytes.

        The caller must hold the sending lock, because nobody can write meanwhile. Nothing happens
        if the disk has no room for a second copy, or another program is writing.
        """
        with self._database.reading() as connection:
            before = self._file_size()
            pages, unused = (
                connection.execute(f"PRAGMA {what}").fetchone()[0]
                for what in ("page_count", "freelist_count")
            )
            if unused * _MUCH_UNUSED < pages:
                return 0
            with suppress(sqlite3.OperationalError):
                connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return max(0, before - self._file_size())

    def remember_what_was_sent(self) -> None:
        """Update the known values of each record, so that the next plan need not."""
        bring_up_to_date(self._database)

    def _file_size(self) -> int:
        return self._database.path.stat().st_size

    def _delete_old(self, which: str, on_deletion: OnDeletion, **values: object) -> int:
        """Delete runs, but remember the values of their records."""
        bring_up_to_date(self._database)
        with self._database.writing() as connection:
            old = pruning.withdraw_old(connection, which, **values)
        self._delete(old, on_deletion)
        return len(old)

    def _delete(self, withdrawn: list[int], on_deletion: OnDeletion) -> None:
        for run in withdrawn:
            with self._database.reading() as connection:
                found = select_runs(connection, "id = ?", run)
            for deleted in found:  # none if another process has finished with it
                on_deletion(deleted)
                pruning.delete_run(self._database, run)
        if withdrawn:
            with self._database.reading() as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
