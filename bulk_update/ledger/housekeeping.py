"""What keeps a ledger small and quick: old runs go, and what was sent is summed up."""

from __future__ import annotations

from bulk_update.ledger import pruning
from bulk_update.ledger.database import Database
from bulk_update.ledger.sent_values import bring_up_to_date


class Housekeeping:
    """Deletes old runs, and keeps what the next plan needs of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

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

    def remember_what_was_sent(self) -> None:
        """Bring up to date what each record holds, so that the next plan need not."""
        bring_up_to_date(self._database)

    def _delete_old(self, which: str, **values: object) -> int:
        """Delete runs; what their records hold is remembered."""
        bring_up_to_date(self._database)
        with self._database.writing() as connection:
            old = pruning.withdraw_old(connection, which, **values)
        for run in old:
            pruning.delete_run(self._database, run)
        if old:
            with self._database.reading() as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return len(old)
