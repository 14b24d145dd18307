"""Rows of one file that are for the same record: at most one of them is sent.

Everything is done in SQL, so that a million rows need no more memory than ten.
"""

from __future__ import annotations

import sqlite3

from bulk_update.bookkeeping.row_keys import NUMBER_MASK, row_ids_of

_SAME_RECORD = """
CREATE TEMP TABLE shared_record AS
SELECT campaign_id, identifier FROM row
WHERE id BETWEEN :first AND :last AND identifier IS NOT NULL AND campaign_id IS NOT NULL
  AND (outcome IS NULL OR outcome IN ('invalid', 'unchanged'))
GROUP BY identifier, campaign_id HAVING count(*) > 1
"""

_MEMBERS = """
CREATE TEMP TABLE member AS
SELECT row.id, campaign_id, identifier, body, outcome IS NOT 'invalid' AS valid
FROM row JOIN shared_record USING (campaign_id, identifier)
WHERE row.id BETWEEN :first AND :last
  AND (outcome IS NULL OR outcome IN ('invalid', 'unchanged'))
"""

_WINNING_BODY = {
    "error": "CASE WHEN min(valid) OVER record AND min(body) OVER record = max(body) OVER record"
    " THEN body END",
    "first": "first_value(body) OVER (record ORDER BY valid DESC, id)",
    "last": "first_value(CASE WHEN valid THEN body END) OVER (record ORDER BY id DESC)",
}
"""The one body that is sent for a record, or NULL if none is."""

_JUDGED = """
CREATE TEMP TABLE judged AS
SELECT id, valid, body, {winning_body} AS winner,
       min(id) OVER (PARTITION BY campaign_id, identifier, valid, body) AS first_alike,
       min(id) OVER record AS first_member, max(id) OVER record AS last_member,
       count(*) OVER record AS members
FROM member WINDOW record AS (PARTITION BY campaign_id, identifier)
"""

_MARK = """
UPDATE row SET outcome = 'duplicate', code = judged.new_code,
    reasons = json_array(json_object('code', judged.new_code, 'params', json(judged.params)))
FROM (
    SELECT id,
        CASE WHEN body = winner THEN 'identical' WHEN winner IS NULL THEN 'conflict'
             ELSE 'not-chosen' END AS new_code,
        CASE WHEN body = winner THEN json_object('row', first_alike & :mask)
             ELSE json_object('rows', members, 'first', first_member & :mask,
                              'last', last_member & :mask) END AS params
    FROM judged
    WHERE valid AND NOT (body IS winner AND id = first_alike)
) AS judged
WHERE row.id = judged.id
"""


def mark_duplicates(connection: sqlite3.Connection, run: int, *, policy: str) -> None:
    """Settle rows of one file that are for the same record, by the mapping's `duplicates`.

    Rows with the same body count as one change, and the first of them is sent for all. Invalid
    rows with a readable identifier count too: under `error`, and under `last` if the invalid row
    is the last, none of the others is sent.
    """
    first, last = row_ids_of(run)
    bounds = {"first": first, "last": last}
    connection.execute(_SAME_RECORD, bounds)
    connection.execute("CREATE INDEX temp.by_record ON shared_record (campaign_id, identifier)")
    if connection.execute("SELECT 1 FROM shared_record LIMIT 1").fetchone():
        connection.execute(_MEMBERS, bounds)
        connection.execute(_JUDGED.format(winning_body=_WINNING_BODY[policy]))
        connection.execute(_MARK, {"mask": NUMBER_MASK})
        connection.execute("DROP TABLE judged")
        connection.execute("DROP TABLE member")
    connection.execute("DROP TABLE shared_record")
