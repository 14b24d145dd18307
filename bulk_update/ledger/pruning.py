"""Deleting old runs, and keeping what `unchanged` and `superseded` need to know.

What each record got last is taken into `last_sent` first, and the latest finished run of each job
stays: the next one is compared with it.
"""

from __future__ import annotations

import sqlite3

from bulk_update.ledger.history import bring_up_to_date
from bulk_update.ledger.schema import row_ids_of

_OLD = """
SELECT id FROM run
WHERE coalesce(finished_at_us, planned_at_us, created_at_us) < :before
  AND state NOT IN ('sending', 'staging') AND (:job IS NULL OR job = :job)
  AND id NOT IN (
    SELECT id FROM (SELECT id, max(finished_at_us) FROM run WHERE state = 'finished'
                    GROUP BY job, base_url))
"""


def prune(connection: sqlite3.Connection, *, before_us: int, job: str | None) -> int:
    """Delete the runs that ended before a moment, of one job or (None) of all; return how many."""
    bring_up_to_date(connection)
    old = connection.execute(_OLD, {"before": before_us, "job": job}).fetchall()
    for (run,) in old:
        delete(connection, run)
    return len(old)


def delete(connection: sqlite3.Connection, run: int) -> None:
    """Delete a run with its rows, attempts and outcomes."""
    keys = row_ids_of(run)
    connection.execute("DELETE FROM attempt WHERE row_id BETWEEN ? AND ?", keys)
    connection.execute("DELETE FROM outcome WHERE row_id BETWEEN ? AND ?", keys)
    connection.execute("DELETE FROM row WHERE id BETWEEN ? AND ?", keys)
    connection.execute("DELETE FROM run WHERE id = ?", (run,))
