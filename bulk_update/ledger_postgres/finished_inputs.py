"""The files that a job has finished with, so that none of them is taken for a new one.

Those of deleted runs are kept: otherwise an old file would be new again after the retention.
"""

from __future__ import annotations

from bulk_update.bookkeeping import FinishedInput, RunState
from bulk_update.exits import ExitCode
from bulk_update.ledger_postgres.connection import Connection

_MOST_KEPT = 100
"""For each job and system."""

_ENDED = f"""
state = '{RunState.FINISHED}' AND exit_code IN ({ExitCode.SUCCESS.value}, {ExitCode.ROWS.value})
AND undoes IS NULL AND origin = id
"""
"""Runs that have read a file of which nothing is left to send."""

_COLUMNS = "run_id, input_path, input_sha256, exported_at_us, finished_at_us, input_folder"
_COLUMNS_OF_RUN = _COLUMNS.replace(
    "exported_at_us", "CASE WHEN is_failed_csv THEN NULL ELSE exported_at_us END AS exported_at_us"
)
"""When a file was corrected does not make an export older or newer."""

_INPUTS = f"""
SELECT {_COLUMNS} FROM (
    SELECT id, job, base_url, {_COLUMNS_OF_RUN} FROM run WHERE {_ENDED}
    UNION ALL SELECT run, job, base_url, {_COLUMNS} FROM finished_input) AS inputs
WHERE job = %(job)s AND (%(base_url)s::text IS NULL OR base_url = %(base_url)s) ORDER BY id DESC
"""

_KEEP = f"""
INSERT INTO finished_input SELECT id, job, base_url, {_COLUMNS_OF_RUN} FROM run
WHERE id = %(run)s AND {_ENDED}
"""

_DROP_OLDEST = """
DELETE FROM finished_input WHERE run IN (
    SELECT kept.run FROM finished_input AS kept
    JOIN run ON run.id = %(run)s AND kept.job = run.job
        AND kept.base_url IS NOT DISTINCT FROM run.base_url
    ORDER BY kept.run DESC OFFSET %(most)s)
"""


def finished_inputs_of(
    connection: Connection, *, job: str, base_url: str | None
) -> list[FinishedInput]:
    """Return the files of the job's runs that finished with exit code 0 or 1, latest first.

    If `base_url` is None, those for any system.
    """
    values = {"job": job, "base_url": base_url}
    return [FinishedInput(*found) for found in connection.execute(_INPUTS, values)]


def keep_finished_input(connection: Connection, run: int) -> None:
    """Keep the file of a run that is about to be deleted, in place of the oldest one."""
    connection.execute(_KEEP, {"run": run})
    connection.execute(_DROP_OLDEST, {"run": run, "most": _MOST_KEPT})
