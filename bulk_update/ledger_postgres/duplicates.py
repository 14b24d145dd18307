"""Rows of one file that are for the same record: at most one of them is sent.

Everything is done in SQL, so that a million rows need no more memory than ten.
"""

from __future__ import annotations

from bulk_update.bookkeeping.row_keys import NUMBER_MASK, bounds_of
from bulk_update.ledger_postgres.connection import Connection

_SAME_RECORD = """
CREATE TEMP TABLE shared_record ON COMMIT DROP AS
SELECT campaign_id, identifier FROM row
WHERE id BETWEEN %(first)s AND %(last)s AND identifier IS NOT NULL AND campaign_id IS NOT NULL
  AND (outcome IS NULL OR outcome IN ('invalid', 'unchanged'))
GROUP BY identifier, campaign_id HAVING count(*) > 1
"""

_MEMBERS = """
CREATE TEMP TABLE member ON COMMIT DROP AS
SELECT row.id, campaign_id, identifier, convert_from(body, 'UTF8') COLLATE "C" AS body,
    outcome IS DISTINCT FROM 'invalid' AS valid
FROM row JOIN shared_record USING (campaign_id, identifier)
WHERE row.id BETWEEN %(first)s AND %(last)s
  AND (outcome IS NULL OR outcome IN ('invalid', 'unchanged'))
"""

_WINNING_BODY = {
    "error": "CASE WHEN bool_and(valid) OVER record"
    " AND min(body) OVER record = max(body) OVER record THEN body END",
    "first": "first_value(body) OVER (record ORDER BY valid DESC, id)",
    "last": "first_value(CASE WHEN valid THEN body END) OVER (record ORDER BY id DESC)",
}
"""The one body that is sent for a record, or NULL if none is."""

_JUDGED = """
CREATE TEMP TABLE judged ON COMMIT DROP AS
SELECT id, valid, body, {winning_body} AS winner,
       min(id) OVER (PARTITION BY campaign_id, identifier, valid, body) AS first_alike,
       min(id) OVER record AS first_member, max(id) OVER record AS last_member,
       count(*) OVER record AS members
FROM member WINDOW record AS (PARTITION BY campaign_id, identifier)
"""

_MARK = f"""
UPDATE row SET outcome = 'duplicate', code = judged.new_code,
    reasons = '[{{"code":"' || judged.new_code || '","params":{{' || judged.params || '}}}}]'
FROM (
    SELECT id,
        CASE WHEN body = winner THEN 'identical' WHEN winner IS NULL THEN 'conflict'
             ELSE 'not-chosen' END AS new_code,
        CASE WHEN body = winner THEN '"row":' || (first_alike & {NUMBER_MASK})
             ELSE '"rows":' || members || ',"first":' || (first_member & {NUMBER_MASK})
                 || ',"last":' || (last_member & {NUMBER_MASK}) END AS params
    FROM judged
    WHERE valid AND NOT (body IS NOT DISTINCT FROM winner AND id = first_alike)
) AS judged
WHERE row.id = judged.id
"""


def mark_duplicates(connection: Connection, run: int, *, policy: str) -> None:
    """Settle rows of one file that are for the same record, by the mapping's `duplicates`.

    Rows with the same body count as one change, and the first of them is sent for all. Invalid
    rows with a readable identifier count too: under `error`, and under `last` if the invalid row
    is the last, none of the others is sent.
    """
    connection.execute(_SAME_RECORD, bounds_of(run))
    if connection.execute("SELECT 1 FROM shared_record LIMIT 1").fetchone():
        connection.execute("ANALYZE shared_record")
        connection.execute(_MEMBERS, bounds_of(run))
        connection.execute(_JUDGED.format(winning_body=_WINNING_BODY[policy]))
        connection.execute("ANALYZE judged")
        connection.execute(_MARK)
