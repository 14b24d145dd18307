"""The plan, made set by set: which of the staged rows are sent.

All of it is SQL over the run's rows, so that a million rows need no more memory than ten.
"""

from __future__ import annotations

import sqlite3

from bulk_update.ledger.schema import ROW_BITS, row_id_of, row_ids_of
from bulk_update.records import MappedChunk

_STAGE_JUDGED = "INSERT INTO row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_STAGE_WAITING = """
INSERT INTO row (id, campaign_id, identifier, cells, body, fields) VALUES (?, ?, ?, ?, ?, ?)
"""

_SAME_RECORD = """
CREATE TEMP TABLE shared_record AS
SELECT campaign_id, identifier FROM row
WHERE id BETWEEN :first AND :last AND identifier IS NOT NULL AND campaign_id IS NOT NULL
  AND (outcome IS NULL OR outcome = 'invalid')
GROUP BY campaign_id, identifier HAVING count(*) > 1
"""

_MEMBERS = """
CREATE TEMP TABLE member AS
SELECT row.id, campaign_id, identifier, body, outcome IS NULL AS valid
FROM row JOIN shared_record USING (campaign_id, identifier)
WHERE row.id BETWEEN :first AND :last AND (outcome IS NULL OR outcome = 'invalid')
"""

_WINNING_BODY = {
    "error": "CASE WHEN min(valid) OVER record AND min(body) OVER record = max(body) OVER record"
    " THEN body END",
    "first": "first_value(body) OVER (record ORDER BY valid DESC, id)",
    "last": "first_value(CASE WHEN valid THEN body END) OVER (record ORDER BY id DESC)",
}
"""The one change that is sent for a record, or NULL where none is."""

_JUDGED = """
CREATE TEMP TABLE judged AS
SELECT id, valid, body, {winning_body} AS winner,
       min(id) OVER (PARTITION BY campaign_id, identifier, valid, body) AS first_alike,
       min(id) OVER record AS first_member, max(id) OVER record AS last_member,
       count(*) OVER record AS members
FROM member WINDOW record AS (PARTITION BY campaign_id, identifier)
"""

_MARK = """
UPDATE row SET outcome = 'duplicate', code = judged.new_code, message = judged.new_message
FROM (
    SELECT id,
        CASE WHEN body = winner THEN 'identical' WHEN winner IS NULL THEN 'conflict'
             ELSE 'not-chosen' END AS new_code,
        CASE WHEN body = winner
             THEN printf('the same change as row %d, which stands for both', first_alike & :mask)
             WHEN winner IS NULL
             THEN printf('%d rows (the first is row %d, the last row %d) ask for the same record'
                  || ' and do not agree; none of them is sent',
                  members, first_member & :mask, last_member & :mask)
             ELSE printf('of %d rows for the same record (rows %d to %d) another was chosen',
                  members, first_member & :mask, last_member & :mask) END AS new_message
    FROM judged
    WHERE valid AND NOT (body IS winner AND id = first_alike)
) AS judged
WHERE row.id = judged.id
"""


def stage(connection: sqlite3.Connection, run: int, chunk: MappedChunk) -> None:
    """Write the rows of a chunk; those that wait to be sent have no outcome to write."""
    base = row_id_of(run, 0)
    keys = [base | number for number in chunk.numbers]
    waiting = (chunk.campaign_ids, chunk.identifiers, chunk.cells, chunk.bodies, chunk.fields)
    if any(chunk.outcomes):
        judged = (*waiting, chunk.outcomes, chunk.codes, chunk.messages)
        connection.executemany(_STAGE_JUDGED, zip(keys, *judged, strict=True))
    else:
        connection.executemany(_STAGE_WAITING, zip(keys, *waiting, strict=True))


def mark_duplicates(connection: sqlite3.Connection, run: int, *, policy: str) -> None:
    """Settle rows of one file that are for the same record, by the mapping's `duplicates`.

    Rows with the same body are one change: the first of them stands for all. An invalid row with
    a readable identifier takes part: under `error`, and under `last` where it is the last, none
    of the others is sent.
    """
    first, last = row_ids_of(run)
    bounds = {"first": first, "last": last}
    connection.execute(_SAME_RECORD, bounds)
    connection.execute("CREATE INDEX temp.by_record ON shared_record (campaign_id, identifier)")
    if connection.execute("SELECT 1 FROM shared_record LIMIT 1").fetchone():
        connection.execute(_MEMBERS, bounds)
        connection.execute(_JUDGED.format(winning_body=_WINNING_BODY[policy]))
        connection.execute(_MARK, {"mask": (1 << ROW_BITS) - 1})
        connection.execute("DROP TABLE judged")
        connection.execute("DROP TABLE member")
    connection.execute("DROP TABLE shared_record")


def mark_unchanged(connection: sqlite3.Connection, run: int, *, base_url: str, up_to: int) -> None:
    """Leave out the rows whose body is what the record got last, and took.

    `last_sent` knows the attempts up to `up_to`. A record that a running sender has touched since
    is not known.
    """
    first, last = row_ids_of(run)
    connection.execute(
        """
        UPDATE row SET outcome = 'unchanged', code = 'same-as-last',
            message = 'the record already got exactly this'
        WHERE id BETWEEN :first AND :last AND outcome IS NULL AND EXISTS (
            SELECT 1 FROM last_sent
            WHERE last_sent.base_url = :base_url AND last_sent.campaign_id = row.campaign_id
              AND last_sent.identifier = row.identifier
              AND last_sent.updated AND last_sent.body = row.body)
        AND (campaign_id, identifier) NOT IN (
            SELECT sent.campaign_id, sent.identifier
            FROM attempt JOIN row AS sent ON sent.id = attempt.row_id
            JOIN run ON run.id = attempt.row_id >> :bits
            WHERE attempt.id > :up_to AND run.base_url = :base_url)
        """,
        {"first": first, "last": last, "base_url": base_url, "up_to": up_to, "bits": ROW_BITS},
    )


def mark_already_sent(connection: sqlite3.Connection, run: int, *, earlier_run_id: str) -> None:
    """Leave out every row: an earlier run of the same identity has settled them all well."""
    first, last = row_ids_of(run)
    connection.execute(
        """
        UPDATE row SET outcome = 'unchanged', code = 'already-sent',
            message = 'run ' || ? || ' has sent this file; --again sends it once more'
        WHERE id BETWEEN ? AND ? AND outcome IS NULL
        """,
        (earlier_run_id, first, last),
    )


def stage_again(connection: sqlite3.Connection, run: int, *, parent: int) -> int:
    """Stage the rejected, failed and doubtful rows of a run once more; return how many."""
    first, last = row_ids_of(parent)
    staged = connection.execute(
        """
        INSERT INTO row (id, campaign_id, identifier, cells, body, fields)
        SELECT (row.id & ?) | ?, campaign_id, identifier, cells, body, fields
        FROM row JOIN outcome ON outcome.row_id = row.id
        WHERE row.id BETWEEN ? AND ? AND row.outcome IS NULL
          AND outcome.outcome IN ('rejected', 'failed', 'in_doubt')
        """,
        ((1 << ROW_BITS) - 1, row_ids_of(run)[0], first, last),
    )
    return staged.rowcount
