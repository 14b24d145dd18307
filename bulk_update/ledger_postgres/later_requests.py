"""Rows of an undo whose records a later run has sent to, field by field.

A request concerns a row of an undo only if it set one of the row's fields, and the API did not
refuse it for good. It no longer counts once it has been undone itself, so that runs can be undone
one after the other, the last one first. What deleted runs sent is not known: if there are any since
the undone run, every later request to a record counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from bulk_update.bookkeeping import Run
from bulk_update.bookkeeping.later_requests import LaterRequest, rows_in_effect
from bulk_update.bookkeeping.row_keys import ROW_BITS, bounds_of, row_ids_of
from bulk_update.ledger_postgres.connection import Connection
from bulk_update.ledger_postgres.database import streamed
from bulk_update.records import Status

_WAITING = """
CREATE TEMP TABLE waiting AS
SELECT row.id, row.campaign_id, row.identifier, reversal.sent, reversal.old
FROM reversal JOIN to_send AS row ON row.id = reversal.row_id
WHERE reversal.row_id BETWEEN %(first)s AND %(last)s
"""

_IS_COMPLETE = """
SELECT first_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM deleted_attempts WHERE last_id >= first_id)
FROM (SELECT min(id) AS first_id FROM attempt WHERE row_id BETWEEN %(first)s AND %(last)s) AS undone
"""
"""Whether the attempts since the undone run are all there."""

_LATER = f"""
SELECT waiting.id, waiting.sent, waiting.old, run.id, run.undoes, outcome.outcome, newer.body
FROM row AS newer JOIN waiting USING (campaign_id, identifier)
JOIN run ON run.id = newer.id >> {ROW_BITS}
JOIN LATERAL (
    SELECT max(attempt.id) AS attempt_id FROM attempt
    WHERE attempt.row_id = newer.id AND went_out IS NOT FALSE) AS last ON attempt_id IS NOT NULL
LEFT JOIN outcome ON outcome.row_id = newer.id
WHERE newer.id > %(origin_last)s AND run.base_url = %(base_url)s
    AND (run.id > %(run)s OR run.origin <> %(origin)s)
    AND outcome.outcome IS DISTINCT FROM '{Status.REJECTED}'
ORDER BY waiting.id, attempt_id
"""


def find_sent_later(connection: Connection, run: Run) -> bool:
    """Put the rows of an undo that are superseded into the table `sent_later`.

    Returns False if that is not known, because runs have been deleted since the undone run. The
    caller must know that no other process sends.
    """
    connection.execute("DROP TABLE IF EXISTS pg_temp.sent_later")
    connection.execute("CREATE TEMP TABLE sent_later (id BIGINT PRIMARY KEY)")
    is_complete = connection.execute(_IS_COMPLETE, bounds_of(run.undoes or 0)).fetchone()
    if is_complete is None or not is_complete[0]:
        return False
    connection.execute("DROP TABLE IF EXISTS pg_temp.waiting")
    connection.execute(_WAITING, bounds_of(run.id))
    connection.execute("CREATE INDEX ON waiting (campaign_id, identifier)")
    connection.execute("ANALYZE waiting")
    found = rows_in_effect(_later_requests(connection, run))
    connection.execute("INSERT INTO sent_later SELECT unnest(%s::bigint[])", [list(found)])
    connection.execute("DROP TABLE waiting")
    return True


def _later_requests(connection: Connection, run: Run) -> Iterator[LaterRequest]:
    values = {"base_url": run.base_url, "run": run.id, "origin": run.origin}
    values["origin_last"] = row_ids_of(run.origin)[1]
    for row_id, sent, old, *request in streamed(connection, _LATER, values):
        fields = json.loads(sent).keys() | json.loads(old).keys()
        yield LaterRequest(row_id, fields, *request)
