"""The known values of each record, field by field, for `unchanged` and `superseded`.

The table `record` is derived from attempts and outcomes. It is updated before it is read rather
than while sending, so that a crash can leave it behind, but never wrong.

A run's attempts are merged once it no longer sends. Only one run at a time sends to a system, so
that the attempts for a record are merged in their order. Their ids alone would not do: a greater
one can be committed first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bulk_update.bookkeeping.known_values import compacted, merged, unknown
from bulk_update.ledger_postgres.connection import Connection
from bulk_update.ledger_postgres.database import Database, copy_rows
from bulk_update.records import Status

_ATTEMPTS_A_PART = 20_000
"""How many attempts one transaction merges, so that other writers do not wait long."""

HOLDS_VALUES = """
    record.base_url = %(compared_at)s AND record.campaign_id = {row}.campaign_id
    AND record.identifier = {row}.identifier
    AND (record.confirmed = convert_from({row}.body, 'UTF8')
         OR record.confirmed::jsonb @> convert_from({row}.body, 'UTF8')::jsonb)
    AND NOT EXISTS (
        SELECT 1 FROM touched_since
        WHERE touched_since.campaign_id = record.campaign_id
          AND touched_since.identifier = record.identifier)
"""
"""Whether a record already holds every value of a row's body; the values of bodies are texts.

Most bodies repeat the last one, which the comparison of texts finds fast.
"""

_BEHIND = """
SELECT array_agg(id), min(first_id) FROM (
    SELECT run.id, (
        SELECT min(attempt.id) FROM attempt
        WHERE row_id BETWEEN run.id << 32 AND ((run.id + 1) << 32) - 1
          AND attempt.id > merged_up_to) AS first_id
    FROM run WHERE state <> 'sending' AND last_attempt_id > merged_up_to) AS behind
"""
"""The runs of which some attempts are not in `record`, and the first of these attempts."""

_PART_END = """
SELECT max(id) FROM (
    SELECT id FROM attempt WHERE id > %(after)s AND row_id >> 32 = ANY(%(runs)s::bigint[])
    ORDER BY id LIMIT %(attempts)s) AS part
"""

_PART = """
SELECT run.base_url, row.campaign_id, row.identifier, newest.attempt_id, run.id, run.origin,
    outcome.outcome, convert_from(row.body, 'UTF8'), record.confirmed
FROM (SELECT attempt.row_id, max(attempt.id) AS attempt_id
      FROM attempt JOIN run ON run.id = attempt.row_id >> 32
      WHERE attempt.id > %(after)s AND attempt.id <= %(up_to)s AND run.id = ANY(%(runs)s::bigint[])
        AND attempt.id > run.merged_up_to AND attempt.id <= run.last_attempt_id
        AND went_out IS NOT FALSE
      GROUP BY attempt.row_id) AS newest
JOIN row ON row.id = newest.row_id
JOIN run ON run.id = newest.row_id >> 32
LEFT JOIN outcome ON outcome.row_id = row.id
LEFT JOIN record ON record.base_url = run.base_url AND record.campaign_id = row.campaign_id
    AND record.identifier = row.identifier
ORDER BY newest.attempt_id
"""

_ADVANCE = """
UPDATE run SET merged_up_to = greatest(merged_up_to, least(last_attempt_id, %(up_to)s::bigint))
WHERE id = ANY(%(runs)s::bigint[])
"""

_CREATE_MERGED = "CREATE TEMP TABLE IF NOT EXISTS merged (LIKE record) ON COMMIT DELETE ROWS"

_KEEP = """
INSERT INTO record SELECT * FROM merged
ON CONFLICT (base_url, campaign_id, identifier) DO UPDATE SET attempt_id = excluded.attempt_id,
    run = excluded.run, origin = excluded.origin, confirmed = excluded.confirmed
"""

_COLUMNS = {
    "base_url": "text",
    "campaign_id": "text",
    "identifier": "text",
    "attempt_id": "int8",
    "run": "int8",
    "origin": "int8",
    "confirmed": "text",
}
"""The columns of `record` with their types, in the order of an `_Entry`."""

_TOUCHED_SINCE = """
INSERT INTO touched_since
SELECT DISTINCT row.campaign_id, row.identifier
FROM run
JOIN attempt ON attempt.row_id BETWEEN run.id << 32 AND ((run.id + 1) << 32) - 1
    AND attempt.id > run.merged_up_to
JOIN row ON row.id = attempt.row_id
WHERE run.base_url = %(base_url)s
    AND (run.state = 'sending' OR run.last_attempt_id IS NULL
         OR run.last_attempt_id > run.merged_up_to)
"""
"""Records that a running sender has sent to, so that their values are not known."""


class _Entry(NamedTuple):
    """A row of the table `record`."""

    base_url: str
    campaign_id: str
    identifier: str
    attempt_id: int
    run: int
    origin: int
    confirmed: str


def bring_up_to_date(database: Database) -> None:
    """Merge everything into `record` that was sent by runs that no longer send."""
    with database.reading() as connection:
        runs, first = connection.execute(_BEHIND).fetchone() or (None, None)
    after = None if first is None else int(first) - 1
    while after is not None:
        with database.writing() as connection:
            after = _take_in(connection, runs, after=after)


def _take_in(connection: Connection, runs: list[int], *, after: int) -> int | None:
    """Merge some more attempts of these runs; return the last, or None if there was none."""
    values: dict[str, object] = {"runs": runs, "after": after, "attempts": _ATTEMPTS_A_PART}
    (up_to,) = connection.execute(_PART_END, values).fetchone() or (None,)
    if up_to is None:
        return None
    values["up_to"] = up_to
    if entries := _merged_entries(connection.execute(_PART, values)):
        connection.execute(_CREATE_MERGED)
        copy_rows(connection, "merged", _COLUMNS, entries)
        connection.execute(_KEEP)
    connection.execute(_ADVANCE, values)
    return int(up_to)


def find_touched_since(connection: Connection, *, base_url: str) -> None:
    """Prepare to compare rows with `record`, which is up to date."""
    connection.execute("DROP TABLE IF EXISTS pg_temp.touched_since")
    connection.execute(
        'CREATE TEMP TABLE touched_since (campaign_id TEXT COLLATE "C", identifier TEXT'
        ' COLLATE "C", PRIMARY KEY (campaign_id, identifier))'
    )
    connection.execute(_TOUCHED_SINCE, {"base_url": base_url})


def _merged_entries(part: Iterable[tuple[object, ...]]) -> list[_Entry]:
    """Return the new entries of `record`, of which each merges all rows for its record."""
    entries: dict[tuple[object, ...], _Entry] = {}
    for *key, attempt_id, run, origin, outcome, body, confirmed in part:
        patch = compacted(str(body)) if outcome == Status.UPDATED else unknown(str(body))
        earlier = entries.get(tuple(key))
        known = earlier.confirmed if earlier else confirmed
        values = patch if known is None else merged(str(known), patch)
        entries[tuple(key)] = _Entry._make((*key, attempt_id, run, origin, values))
    return list(entries.values())
