"""Housekeeping: deleting old runs, and summing up what was sent."""

from __future__ import annotations

from bulk_update.ledger import pruning
from bulk_update.ledger.database import Database
from bulk_update.ledger.sent_values import bring_up_to_date


class Housekeeping:
    """Deletes old runs, but keeps what the next plan needs of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def prune(self, *, before_us: int) -> int:
        """Delete the runs that ended before a point in time; return how many.

        The latest successful run of each job is kept. Deleted content is overwritten, in the
        write-ahead log too.
        """
        return self._delete_old(pruning.PRUNABLE, before=before_us)

    def apply_retention(self, *, job: str, before_us: int) -> int:
        """Delete the runs of a job that finished before a point in time; return how many.

        Runs with rows that are waiting or in doubt are kept.
        """
        return self._delete_old(pruning.RETAINED_TOO_LONG, job=job, before=before_us)

    def remember_what_was_sent(self) -> None:
        """Update the known values of each record, so that the next plan need not."""
        bring_up_to_date(self._database)

    def _delete_old(self, which: str, **values: object) -> int:
        """Delete runs, but remember the values of their records."""
        bring_up_to_date(self._database)
        with self._database.writing() as connection:
            old = pruning.withdraw_old(connection, which, **values)
        for run in old:
            pruning.delete_run(self._database, run)
        if old:
            with self._database.reading() as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return len(old)
