"""Deleting old runs, some rows at a time so that other writers do not wait long.

The known values of their records are saved first, for `unchanged` and `superseded`. A run that
the process with the sending lock is working on is not deleted.
"""

from __future__ import annotations

import sqlite3

from bulk_update.bookkeeping.row_keys import ROW_BITS, row_ids_of
from bulk_update.bookkeeping.run import RunState
from bulk_update.ledger.connection import let_others_write
from bulk_update.ledger.database import Database
from bulk_update.ledger.finished_inputs import keep_finished_input
from bulk_update.ledger.profiles import keep_profile
from bulk_update.ledger.run_table import update_run

_ROWS_A_PART = 20_000

_OLD = f"""
SELECT id FROM run
WHERE coalesce(finished_at_us, started_at_us, planned_at_us, created_at_us) < :before
  AND NOT claimed AND state NOT IN ('{RunState.SENDING}', '{RunState.STAGING}')
"""

PRUNABLE = f"""
{_OLD} AND id NOT IN (
    SELECT id FROM (SELECT id, max(last_attempt_id) FROM run
                    WHERE state = '{RunState.FINISHED}' AND exit_code = 0
                    GROUP BY job, base_url))
"""
"""Old runs except the latest successful one of each job, which the next run is compared with."""

RETAINED_TOO_LONG = f"""
{_OLD} AND state = '{RunState.FINISHED}' AND job = :job AND NOT EXISTS (
    SELECT 1 FROM outcome WHERE outcome.outcome = 'in_doubt'
      AND row_id BETWEEN run.id << {ROW_BITS} AND ((run.id + 1) << {ROW_BITS}) - 1)
"""
"""Old runs of a job without rows that are waiting or in doubt."""

BEGUN = f"SELECT id FROM run WHERE state = '{RunState.DELETED}'"
"""Runs whose deletion a process began, and that has not ended it, perhaps because it was killed."""

_KEEP_AGE = f"""
UPDATE run SET exported_at_us = min(run.exported_at_us, deleted.exported_at_us)
FROM run AS deleted
WHERE deleted.id = :run AND run.exported_at_us > deleted.exported_at_us
  AND run.id IN (SELECT DISTINCT row_id >> {ROW_BITS} FROM correction WHERE run = :run)
"""

_CONTENT = (
    ("attempt", "id", "row_id"),
    ("outcome", "row_id", "row_id"),
    ("inherited_doubt", "row_id", "row_id"),
    ("correction", "row_id", "row_id"),
    ("snapshot", "row_id", "row_id"),
    ("export_time", "row_id", "row_id"),
    ("reversal", "row_id", "row_id"),
    ("row", "id", "id"),
)
"""Tables, each with its key and the column that holds the row's key."""


ONE = f"{PRUNABLE} AND run_id = :run_id"
"""One of them."""


def withdraw_old(connection: sqlite3.Connection, which: str, **values: object) -> list[int]:
    """Mark the runs selected by one of the conditions above as deleted; return their keys."""
    old = [run for (run,) in connection.execute(which, values)]
    for run in old:
        withdraw(connection, run)
    return old


def withdraw(connection: sqlite3.Connection, run: int) -> None:
    """Mark a run as deleted, so that it no longer counts.

    The profile of its plan and what is known of its file are kept. Rows that correct its rows stay
    as old as its file.
    """
    keep_profile(connection, run)
    keep_finished_input(connection, run)
    connection.execute(_KEEP_AGE, {"run": run})
    update_run(connection, run, state=RunState.DELETED)


def delete_run(database: Database, run: int) -> None:
    """Delete a run that was marked as deleted, some rows at a time."""
    is_gone = False
    while not is_gone:
        with database.writing() as connection:
            is_gone = delete_some(connection, run)
        if not is_gone:
            let_others_write()


def delete_some(connection: sqlite3.Connection, run: int) -> bool:
    """Delete some rows, attempts and outcomes of a run; return whether all are deleted."""
    left = _ROWS_A_PART
    for table, own_key, row_key in _CONTENT:
        deleted = connection.execute(
            f"DELETE FROM {table} WHERE {own_key} IN (SELECT {own_key} FROM {table}"
            f" WHERE {row_key} BETWEEN ? AND ? LIMIT ?)",
            (*row_ids_of(run), left),
        )
        left -= deleted.rowcount
        if not left:
            return False
    connection.execute("DELETE FROM run WHERE id = ?", (run,))
    return True
