"""Housekeeping: deleting old runs, giving space back, and summing up what was sent."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from psycopg import errors

from bulk_update.bookkeeping.run import Run
from bulk_update.ledger_postgres import pruning
from bulk_update.ledger_postgres.connection import Connection
from bulk_update.ledger_postgres.database import Database
from bulk_update.ledger_postgres.run_table import select_runs
from bulk_update.ledger_postgres.sent_values import bring_up_to_date

_MUCH_UNUSED = 4
"""A table is rewritten if one part in this many is unused; new rows soon fill less than that."""

_LONGEST_WAIT_FOR_A_TABLE = "2s"

_MUCH_UNUSED_IN = f"""
SELECT relname FROM (
    SELECT pg_class.oid, relname, pg_relation_size(pg_class.oid) AS bytes, greatest(reltuples, 0)
        * (28 + (SELECT coalesce(sum(avg_width * (1 - null_frac)), 0) FROM pg_stats
                 WHERE pg_stats.schemaname = nspname AND tablename = relname)) AS used
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE pg_class.oid = ANY(%(tables)s::text[]::regclass[])) AS measured
WHERE bytes > %(least)s::bigint AND (bytes - used) * {_MUCH_UNUSED} >= bytes
ORDER BY relname
"""
"""By the statistics of ANALYZE; a row has a header of 24 bytes and a pointer of 4."""

_LEAST_BYTES = 1 << 18
"""A smaller table is not worth its lock."""

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

        The latest successful run of each job is kept. The server overwrites deleted content when
        it needs the space, or `compact` gives it back.
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

    def delete_copies(self, *, before_us: int) -> int:  # noqa: ARG002 - as the port has it
        """Return 0: a ledger on a server leaves no copies of older formats behind."""
        return 0

    def compact(self) -> int:
        """Give the unused space of tables with much of it back; return how many bytes.

        The caller must hold the sending lock, because nobody can use a table meanwhile. A table
        that somebody uses, or for whose second copy the disk has no room, stays as it is.
        """
        with self._database.reading() as connection:
            tables = [table for table, _, _ in pruning.CONTENT]
            connection.execute(f"ANALYZE {', '.join(tables)}")
            before = _bytes_of(connection, tables)
            found = connection.execute(_MUCH_UNUSED_IN, {"tables": tables, "least": _LEAST_BYTES})
            connection.execute(f"SET lock_timeout = '{_LONGEST_WAIT_FOR_A_TABLE}'")
            try:
                for (table,) in found:
                    with suppress(errors.LockNotAvailable, errors.DiskFull):
                        connection.execute(f"VACUUM (FULL, ANALYZE) {table}")
            finally:
                connection.execute("RESET lock_timeout")
            return max(0, before - _bytes_of(connection, tables))

    def remember_what_was_sent(self) -> None:
        """Update the known values of each record, so that the next plan need not."""
        bring_up_to_date(self._database)

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
                found = select_runs(connection, "id = %(key)s", key=run)
            for deleted in found:  # none if another process has finished with it
                on_deletion(deleted)
                pruning.delete_run(self._database, run)


def _bytes_of(connection: Connection, tables: list[str]) -> int:
    found = connection.execute(
        "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(%s::text[]) AS name",
        [tables],
    ).fetchone()
    return int(found[0]) if found else 0
