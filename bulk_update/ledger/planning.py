"""The plan, made set by set: which of the staged rows are sent.

All of it is SQL over the run's rows, so that a million rows need no more memory than ten.
"""

from __future__ import annotations

import sqlite3

from bulk_update.ledger.schema import ROW_BITS, row_ids_of

GOT_THIS = """
    last_sent.base_url = ? AND last_sent.campaign_id = {row}.campaign_id
    AND last_sent.identifier = {row}.identifier AND last_sent.body = {row}.body
    AND last_sent.updated AND NOT EXISTS (
        SELECT 1 FROM touched_since
        WHERE touched_since.base_url = last_sent.base_url
          AND touched_since.campaign_id = last_sent.campaign_id
          AND touched_since.identifier = last_sent.identifier)
"""
"""Whether a record got exactly a row's body last, and took it."""

SAME_AS_LAST = ("unchanged", "same-as-last", "the record already got exactly this")
"""Outcome, code and message of rows of which `GOT_THIS` holds."""


def already_sent(run_id: str) -> tuple[str, str, str]:
    """Return outcome, code and message of rows that a run has settled well."""
    message = f"run {run_id} has sent this file; --again sends it once more"
    return "unchanged", "already-sent", message


_TOUCHED_SINCE = (
    "DROP TABLE IF EXISTS temp.touched_since",
    """
    CREATE TEMP TABLE touched_since (
        base_url TEXT, campaign_id TEXT, identifier TEXT,
        PRIMARY KEY (base_url, campaign_id, identifier)
    ) WITHOUT ROWID
    """,
    """
    INSERT OR IGNORE INTO touched_since
    SELECT run.base_url, row.campaign_id, row.identifier
    FROM attempt JOIN row ON row.id = attempt.row_id JOIN run ON run.id = attempt.row_id >> :bits
    WHERE attempt.id > :up_to AND run.base_url IS NOT NULL
    """,
)
"""Records that a running sender has touched: nobody knows what they have now."""

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


def compare_with_last_sent(connection: sqlite3.Connection, *, up_to: int) -> None:
    """Prepare to compare rows with `last_sent`, which knows the attempts up to `up_to`."""
    for statement in _TOUCHED_SINCE:
        values = {"up_to": up_to, "bits": ROW_BITS} if ":up_to" in statement else {}
        connection.execute(statement, values)


def mark_unchanged(connection: sqlite3.Connection, run: int, *, base_url: str) -> None:
    """Leave out the rows whose record got just this last, as staging does where it can."""
    connection.execute(
        f"""
        UPDATE row SET outcome = ?, code = ?, message = ?
        WHERE id BETWEEN ? AND ? AND outcome IS NULL
          AND EXISTS (SELECT 1 FROM last_sent WHERE {GOT_THIS.format(row="row")})
        """,
        (*SAME_AS_LAST, *row_ids_of(run), base_url),
    )


def mark_already_sent(connection: sqlite3.Connection, run: int, *, earlier_run_id: str) -> None:
    """Leave out every row: an earlier run of the same identity has settled them all well."""
    connection.execute(
        """
        UPDATE row SET outcome = ?, code = ?, message = ?
        WHERE id BETWEEN ? AND ? AND outcome IS NULL
        """,
        (*already_sent(earlier_run_id), *row_ids_of(run)),
    )
