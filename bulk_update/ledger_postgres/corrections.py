"""Rows that correct rows of earlier runs, and what was sent to their records in between."""

from __future__ import annotations

from collections.abc import Mapping

from bulk_update.bookkeeping import Run, RunState
from bulk_update.bookkeeping.corrections import RunFamily, differ
from bulk_update.bookkeeping.row_keys import NUMBER_MASK, ROW_BITS, bounds_of, row_id_of
from bulk_update.ledger_postgres.connection import Connection
from bulk_update.ledger_postgres.database import streamed
from bulk_update.reasons import stored
from bulk_update.records import Issue

_RECORD = """
INSERT INTO correction SELECT * FROM unnest(%s::bigint[], %s::bigint[])
ON CONFLICT (row_id) DO UPDATE SET run = excluded.run
"""

_INHERIT = f"""
INSERT INTO correction
SELECT row.id, correction.run
FROM correction JOIN row ON row.id = (correction.row_id & {NUMBER_MASK}) | %(base)s::bigint
WHERE correction.row_id BETWEEN %(first)s AND %(last)s
"""

_TOUCHED = """
CREATE TEMP TABLE touched ON COMMIT DROP AS
SELECT row.id, row.campaign_id, row.identifier, row.body, correction.run
FROM correction JOIN to_send AS row ON row.id = correction.row_id
JOIN record ON record.base_url = %(base_url)s AND record.campaign_id = row.campaign_id
    AND record.identifier = row.identifier AND record.run > correction.run
WHERE correction.row_id BETWEEN %(first)s AND %(last)s
    AND NOT EXISTS (SELECT 1 FROM outcome WHERE outcome.row_id = row.id)
"""
"""Corrections whose records had a request after the run that they correct: usually few."""

_LATER = f"""
SELECT touched.id, touched.run, run.id, touched.body, newer.body
FROM row AS newer JOIN touched USING (campaign_id, identifier)
JOIN run ON run.id = newer.id >> {ROW_BITS}
WHERE newer.id BETWEEN (SELECT (min(run) + 1) << {ROW_BITS} FROM touched) AND %(first)s - 1
    AND run.id > touched.run AND run.base_url = %(base_url)s
    AND EXISTS (
        SELECT 1 FROM attempt WHERE attempt.row_id = newer.id AND went_out IS NOT FALSE)
"""
"""What runs that began later sent to these records."""

_DELETED_LATER = f"""
SELECT touched.id, touched.body, record.confirmed
FROM touched JOIN record USING (campaign_id, identifier)
WHERE record.base_url = %(base_url)s AND record.run < %(run)s
    AND record.run NOT IN (SELECT id FROM run WHERE state <> '{RunState.DELETED}')
"""
"""What is known of records whose last request was from a run that has been deleted since."""

_PARENTS = f"""
SELECT DISTINCT row_id >> {ROW_BITS}, run FROM correction
UNION SELECT id, origin FROM run WHERE origin <> id AND undoes IS NULL
"""
"""Runs with those that they correct, or whose retry they are; an undo sends other values."""

_SUPERSEDE = """
UPDATE row SET outcome = 'superseded', code = 'superseded', reasons = %(reasons)s
WHERE id = ANY(%(row_ids)s::bigint[])
"""


def record_corrections(connection: Connection, run: int, corrected: Mapping[int, int]) -> None:
    """Record the run whose row each of these rows, by number, corrects."""
    row_ids = [row_id_of(run, number) for number in corrected]
    connection.execute(_RECORD, [row_ids, list(corrected.values())])


def inherit_corrections(connection: Connection, run: int, *, parent: int) -> None:
    """Let the rows of a retry correct what the rows of its parent correct."""
    connection.execute(_INHERIT, {**bounds_of(parent), "base": row_id_of(run, 0)})


def judge_corrections(connection: Connection, run: Run) -> None:
    """Leave out corrections whose fields another run has set to other values since.

    Retries and corrections of the same run do not count, as far as the ledger still has them. The
    remembered values of each record are up to date.
    """
    values = {**bounds_of(run.id), "base_url": run.base_url, "run": run.id}
    connection.execute(_TOUCHED, values)
    if not connection.execute("SELECT 1 FROM touched LIMIT 1").fetchone():
        return
    connection.execute("CREATE INDEX ON touched (campaign_id, identifier)")
    connection.execute("ANALYZE touched")
    family = RunFamily(connection.execute(_PARENTS))
    superseded = {
        row_id
        for row_id, corrected, later, body, newer in streamed(connection, _LATER, values)
        if not family.descends(later, corrected) and differ(body, newer)
    }
    superseded |= {
        row_id
        for row_id, body, confirmed in connection.execute(_DELETED_LATER, values)
        if differ(body, confirmed)
    }
    reasons = stored([Issue("superseded", variant="correction")])
    connection.execute(_SUPERSEDE, {"reasons": reasons, "row_ids": list(superseded)})
