"""Rows of an undo whose records a later run has sent to, field by field.

A request concerns a row of an undo only if it set one of the row's fields, and the API did not
refuse it for good. It no longer counts once it has been undone itself, so that runs can be undone
one after the other, the last one first. What deleted runs sent is not known: if there are any since
the undone run, every later request to a record counts.
"""

from __future__ import annotations

import json
import sqlite3

from bulk_update.bookkeeping.later_requests import LaterRequest, rows_in_effect
from bulk_update.bookkeeping.row_keys import ROW_BITS, row_ids_of
from bulk_update.bookkeeping.run import Run
from bulk_update.records import Status

_WAITING = """
CREATE TEMP TABLE waiting AS
SELECT row.id, row.campaign_id, row.identifier, json_patch(reversal.sent, reversal.old) AS fields
FROM reversal JOIN to_send AS row ON row.id = reversal.row_id
WHERE reversal.row_id BETWEEN :first AND :last
"""

_IS_COMPLETE = """
SELECT (SELECT max(max(id), (SELECT coalesce(max(up_to), 0) FROM record_position)) FROM attempt)
    = (SELECT min(id) + count(*) - 1 FROM attempt WHERE id >= (
        SELECT min(id) FROM attempt WHERE row_id BETWEEN :undone_first AND :undone_last))
"""
"""Whether the attempts since the undone run are all there: their ids have no gaps."""

_LATER = f"""
SELECT waiting.id, waiting.fields, run.id, run.undoes, outcome.outcome, newer.body
FROM row AS newer JOIN waiting USING (campaign_id, identifier)
JOIN run ON run.id = newer.id >> :bits
JOIN attempt ON attempt.row_id = newer.id AND went_out IS NOT 0
LEFT JOIN outcome ON outcome.row_id = newer.id
WHERE newer.id > :origin_last AND run.base_url = :base_url
    AND (run.id > :run OR run.origin <> :origin)
    AND outcome.outcome IS NOT '{Status.REJECTED}'
GROUP BY waiting.id, newer.id ORDER BY waiting.id, max(attempt.id)
"""


def find_sent_later(connection: sqlite3.Connection, run: Run) -> bool:
    """Put the rows of an undo that are superseded into the table `sent_later`.

    Returns False if that is not known, because runs have been deleted since the undone run. The
    caller must know that no other process sends.
    """
    connection.execute("DROP TABLE IF EXISTS temp.sent_later")
    connection.execute("CREATE TEMP TABLE sent_later (id INTEGER PRIMARY KEY)")
    undone_first, undone_last = row_ids_of(run.undoes or 0)
    undone = {"undone_first": undone_first, "undone_last": undone_last}
    (is_complete,) = connection.execute(_IS_COMPLETE, undone).fetchone()
    if not is_complete:
        return False
    first, last = row_ids_of(run.id)
    connection.execute("DROP TABLE IF EXISTS temp.waiting")
    connection.execute(_WAITING, {"first": first, "last": last})
    connection.execute("CREATE INDEX temp.waiting_record ON waiting (campaign_id, identifier)")
    values = {"bits": ROW_BITS, "base_url": run.base_url, "run": run.id}
    values |= {"origin": run.origin, "origin_last": row_ids_of(run.origin)[1]}
    later = (
        LaterRequest(row_id, json.loads(fields), *request)
        for row_id, fields, *request in connection.execute(_LATER, values)
    )
    found = rows_in_effect(later)
    connection.executemany("INSERT INTO sent_later VALUES (?)", [(row_id,) for row_id in found])
    connection.execute("DROP TABLE waiting")
    return True
