"""The known values of each record, field by field, for `unchanged` and `superseded`.

The table `record` is derived from attempts and outcomes. It is updated before it is read rather
than while sending, so that a crash can leave it behind, but never wrong.

The body of a row that ended `updated` is merged into the known values of its record (RFC 7396,
JSON Merge Patch). A request that ended in any other way makes its fields unknown until another
request confirms them: its body is merged with null for every value. Two jobs that set different
fields of the same record therefore do not interfere.
"""

from __future__ import annotations

import sqlite3

from bulk_update.bookkeeping.known_values import unknown
from bulk_update.bookkeeping.row_keys import ROW_BITS
from bulk_update.ledger.connection import let_others_write
from bulk_update.ledger.database import Database

_ATTEMPTS_A_PART = 20_000
"""How many attempts one transaction merges, so that other writers do not wait long."""

HOLDS_VALUES = """
    record.base_url = ? AND record.campaign_id = {row}.campaign_id
    AND record.identifier = {row}.identifier
    AND (record.confirmed = CAST({row}.body AS TEXT)
         OR json_patch(record.confirmed, CAST({row}.body AS TEXT)) = record.confirmed)
    AND NOT EXISTS (
        SELECT 1 FROM touched_since
        WHERE touched_since.campaign_id = record.campaign_id
          AND touched_since.identifier = record.identifier)
"""
"""Whether a record already holds every value of a row's body, so that a merge changes nothing.

Most bodies repeat the last one, which the comparison of texts finds fast.
"""

_SETTLED = """
SELECT max(:after, coalesce(
    (SELECT min(attempt.id) - 1 FROM attempt
     JOIN run ON run.id = attempt.row_id >> :bits AND run.state = 'sending'
     WHERE attempt.id > :after),
    (SELECT max(id) FROM attempt), 0))
"""

_TAKE_IN = """
INSERT INTO record
SELECT run.base_url, row.campaign_id, row.identifier, newest.attempt_id, run.id, run.origin,
       iif(outcome.outcome = 'updated', json(CAST(row.body AS TEXT)),
           unknown(CAST(row.body AS TEXT)))
FROM (SELECT row_id, max(id) AS attempt_id FROM attempt
      WHERE id > :after AND id <= :up_to AND went_out IS NOT 0 GROUP BY row_id) AS newest
JOIN row ON row.id = newest.row_id
JOIN run ON run.id = newest.row_id >> :bits
LEFT JOIN outcome ON outcome.row_id = row.id
WHERE true
ORDER BY newest.attempt_id
ON CONFLICT DO UPDATE SET attempt_id = excluded.attempt_id, run = excluded.run,
    origin = excluded.origin,
    confirmed = iif(excluded.confirmed = record.confirmed, record.confirmed,
                    json_patch(record.confirmed, excluded.confirmed))
"""
"""Merges rows in the order of their attempts. In a new entry, null means an unknown value."""

_TOUCHED_SINCE = """
INSERT OR IGNORE INTO touched_since
SELECT row.campaign_id, row.identifier
FROM attempt JOIN row ON row.id = attempt.row_id JOIN run ON run.id = attempt.row_id >> :bits
WHERE attempt.id > :up_to AND run.base_url = :base_url
"""
"""Records that a running sender has sent to, so that their values are not known."""


def bring_up_to_date(database: Database) -> int:
    """Merge everything that was sent into `record`; return the last attempt included."""
    with database.reading() as connection:
        up_to = _settled_up_to(connection)
        is_done = _position(connection) >= up_to
    while not is_done:
        with database.writing() as connection:
            is_done = _take_in(connection, up_to=up_to)
        if not is_done:
            let_others_write()
    return up_to


def _position(connection: sqlite3.Connection) -> int:
    """Return the last attempt that `record` includes."""
    (found,) = connection.execute("SELECT coalesce(max(up_to), 0) FROM record_position").fetchone()
    return int(found)


def _settled_up_to(connection: sqlite3.Connection) -> int:
    """Return the last attempt that can be merged into `record` now.

    Attempts from the first one of a run that is still sending are merged next time, when it is
    known whether they were sent and how they ended.
    """
    values = {"after": _position(connection), "bits": ROW_BITS}
    (found,) = connection.execute(_SETTLED, values).fetchone()
    return int(found)


def _take_in(connection: sqlite3.Connection, *, up_to: int) -> bool:
    """Merge some more attempts into `record`; return whether it includes all up to `up_to`."""
    after = _position(connection)
    part_end = min(up_to, after + _ATTEMPTS_A_PART)
    if part_end > after:
        add_functions(connection)
        values = {"after": after, "up_to": part_end, "bits": ROW_BITS}
        connection.execute(_TAKE_IN, values)
        connection.execute("DELETE FROM record_position")
        connection.execute("INSERT INTO record_position VALUES (?)", (part_end,))
    return part_end >= up_to


def find_touched_since(connection: sqlite3.Connection, *, up_to: int, base_url: str) -> None:
    """Prepare to compare rows with `record`, which includes the attempts up to `up_to`."""
    connection.execute("DROP TABLE IF EXISTS temp.touched_since")
    connection.execute(
        "CREATE TEMP TABLE touched_since (campaign_id TEXT, identifier TEXT,"
        " PRIMARY KEY (campaign_id, identifier)) WITHOUT ROWID"
    )
    values = {"up_to": up_to, "bits": ROW_BITS, "base_url": base_url}
    connection.execute(_TOUCHED_SINCE, values)


def add_functions(connection: sqlite3.Connection) -> None:
    """Let SQL call `unknown`, which returns the patch that makes a body's fields unknown."""
    connection.create_function("unknown", 1, unknown, deterministic=True)
