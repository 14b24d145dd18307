"""Rows that correct rows of earlier runs, and what was sent to their records in between."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from bulk_update.bookkeeping.corrections import RunFamily, differ
from bulk_update.bookkeeping.row_keys import NUMBER_MASK, ROW_BITS, row_id_of, row_ids_of
from bulk_update.bookkeeping.run import Run, RunState
from bulk_update.reasons import stored
from bulk_update.records import Issue

_INHERIT = """
INSERT INTO correction
SELECT (correction.row_id & :mask) | :base, correction.run
FROM correction JOIN row ON row.id = (correction.row_id & :mask) | :base
WHERE correction.row_id BETWEEN :first AND :last
"""

_TOUCHED = """
CREATE TEMP TABLE touched AS
SELECT row.id, row.campaign_id, row.identifier, row.body, correction.run
FROM correction JOIN to_send AS row ON row.id = correction.row_id
JOIN record ON record.base_url = :base_url AND record.campaign_id = row.campaign_id
    AND record.identifier = row.identifier AND record.run > correction.run
WHERE correction.row_id BETWEEN :first AND :last
    AND NOT EXISTS (SELECT 1 FROM outcome WHERE outcome.row_id = row.id)
"""
"""Corrections whose records had a request after the run that they correct: usually few."""

_LATER = """
SELECT touched.id, touched.run, run.id, touched.body, newer.body
FROM row AS newer JOIN touched USING (campaign_id, identifier)
JOIN run ON run.id = newer.id >> :bits
WHERE newer.id BETWEEN (SELECT (min(run) + 1) << :bits FROM touched) AND :first - 1
    AND run.id > touched.run AND run.base_url = :base_url
    AND EXISTS (
        SELECT 1 FROM attempt WHERE attempt.row_id = newer.id AND went_out IS NOT 0)
"""
"""What runs that began later sent to these records."""

_DELETED_LATER = f"""
SELECT touched.id, touched.body, record.confirmed
FROM touched JOIN record USING (campaign_id, identifier)
WHERE record.base_url = :base_url AND record.run < :run
    AND record.run NOT IN (SELECT id FROM run WHERE state <> '{RunState.DELETED}')
"""
"""What is known of records whose last request was from a run that has been deleted since."""

_PARENTS = """
SELECT DISTINCT row_id >> :bits, run FROM correction
UNION SELECT id, origin FROM run WHERE origin <> id AND undoes IS NULL
"""
"""Runs with those that they correct, or whose retry they are; an undo sends other values."""


def record_corrections(
    connection: sqlite3.Connection, run: int, corrected: Mapping[int, int]
) -> None:
    """Record the run whose row each of these rows, by number, corrects."""
    entries = [(row_id_of(run, number), other) for number, other in corrected.items()]
    connection.executemany("INSERT OR REPLACE INTO correction VALUES (?, ?)", entries)


def inherit_corrections(connection: sqlite3.Connection, run: int, *, parent: int) -> None:
    """Let the rows of a retry correct what the rows of its parent correct."""
    first, last = row_ids_of(parent)
    values = {"first": first, "last": last, "base": row_ids_of(run)[0]}
    connection.execute(_INHERIT, {**values, "mask": NUMBER_MASK})


def judge_corrections(connection: sqlite3.Connection, run: Run) -> None:
    """Leave out corrections whose fields another run has set to other values since.

    Retries and corrections of the same run do not count, as far as the ledger still has them. The
    remembered values of each record are up to date.
    """
    first, last = row_ids_of(run.id)
    values = {"first": first, "last": last, "base_url": run.base_url, "bits": ROW_BITS}
    values["run"] = run.id
    connection.execute("DROP TABLE IF EXISTS temp.touched")
    connection.execute(_TOUCHED, values)
    if connection.execute("SELECT 1 FROM touched LIMIT 1").fetchone():
        connection.execute("CREATE INDEX temp.touched_record ON touched (campaign_id, identifier)")
        family = RunFamily(connection.execute(_PARENTS, {"bits": ROW_BITS}))
        superseded = {
            row_id
            for row_id, corrected, later, body, newer in connection.execute(_LATER, values)
            if not family.descends(later, corrected) and differ(body, newer)
        }
        superseded |= {
            row_id
            for row_id, body, confirmed in connection.execute(_DELETED_LATER, values)
            if differ(body, confirmed)
        }
        reasons = stored([Issue("superseded", variant="correction")])
        connection.executemany(
            "UPDATE row SET outcome = 'superseded', code = 'superseded', reasons = ? WHERE id = ?",
            [(reasons, row_id) for row_id in superseded],
        )
    connection.execute("DROP TABLE temp.touched")
