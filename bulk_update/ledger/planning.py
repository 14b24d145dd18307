"""The plan, made set by set: which of the staged rows are sent.

All of it is SQL over the run's rows, so that a million rows need no more memory than ten.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from bulk_update.ledger.schema import ROW_BITS, row_id_of, row_ids_of
from bulk_update.records import MappedChunk

_COLUMNS = (
    "id", "campaign_id", "identifier", "cells", "body", "fields", "outcome", "code", "message",
)  # fmt: skip
_WAITING = _COLUMNS[:6]
"""The columns of a row that the mapping has settled nothing about."""

_MOST_VALUES = 32_000
"""How many values go into one statement: SQLite takes at most 32,766."""

_GOT_THIS = """
    last_sent.base_url = ? AND last_sent.campaign_id = {row}.campaign_id
    AND last_sent.identifier = {row}.identifier AND last_sent.body = {row}.body
    AND last_sent.updated AND NOT EXISTS (
        SELECT 1 FROM touched_since
        WHERE touched_since.base_url = last_sent.base_url
          AND touched_since.campaign_id = last_sent.campaign_id
          AND touched_since.identifier = last_sent.identifier)
"""
"""Whether a record got exactly a row's body last, and took it."""

_UNCHANGED = ("unchanged", "same-as-last", "the record already got exactly this")

_ALREADY_SENT = "run {run_id} has sent this file; --again sends it once more"

_STAGE_CHANGED = f"""
WITH new ({", ".join(_COLUMNS)}) AS ({{values}})
INSERT INTO row ({", ".join(_COLUMNS)})
SELECT new.id, new.campaign_id, new.identifier, new.cells, new.body, new.fields,
       coalesce(new.outcome, iif(last_sent.updated, ?, NULL)),
       coalesce(new.code, iif(last_sent.updated, ?, NULL)),
       coalesce(new.message, iif(last_sent.updated, ?, NULL))
FROM new LEFT JOIN last_sent ON {_GOT_THIS.format(row="new")}
"""

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


@dataclass(frozen=True, slots=True)
class KnownBefore:
    """What is known of a file's rows before they are staged.

    `already_sent_by` is the run of the same identity that has settled them all well. `compared_at`
    is the base URL for which `compare_with_last_sent` was called: there, rows whose record got
    just this last are unchanged.
    """

    already_sent_by: str | None = None
    compared_at: str | None = None


NOTHING_KNOWN = KnownBefore()


def stage(connection: sqlite3.Connection, run: int, chunk: MappedChunk, known: KnownBefore) -> None:
    """Write the rows of a chunk; the changes in it that need not be sent are `unchanged`."""
    if known.already_sent_by:
        chunk = _already_sent(chunk, known.already_sent_by)
    if known.compared_at and not known.already_sent_by:
        for block in _blocks(run, chunk, _COLUMNS):
            statement = _STAGE_CHANGED.format(values=block.values)
            parameters = [*block.parameters, *_UNCHANGED, known.compared_at]
            connection.execute(statement, parameters)
        return
    for block in _blocks(run, chunk, _COLUMNS if any(chunk.outcomes) else _WAITING):
        connection.execute(f"INSERT INTO row ({block.columns}) {block.values}", block.parameters)


def _already_sent(chunk: MappedChunk, run_id: str) -> MappedChunk:
    outcome, code, message = "unchanged", "already-sent", _ALREADY_SENT.format(run_id=run_id)
    return replace(
        chunk,
        outcomes=[settled or outcome for settled in chunk.outcomes],
        codes=[settled or code for settled in chunk.codes],
        messages=[settled or message for settled in chunk.messages],
    )


@dataclass(frozen=True, slots=True)
class _Block:
    """Rows as one VALUES clause: where each was a statement, threads would wait at each."""

    columns: str
    values: str
    parameters: list[object]


def _blocks(run: int, chunk: MappedChunk, columns: Sequence[str]) -> Iterator[_Block]:
    base = row_id_of(run, 0)
    keys = [base | number for number in chunk.numbers]
    parts = (
        keys,
        chunk.campaign_ids,
        chunk.identifiers,
        chunk.cells,
        chunk.bodies,
        chunk.fields,
        chunk.outcomes,
        chunk.codes,
        chunk.messages,
    )
    row = f"({', '.join('?' * len(columns))})"
    rows = zip(*parts[: len(columns)], strict=True)
    while block := list(islice(rows, _MOST_VALUES // len(columns))):
        values = f"VALUES {', '.join([row] * len(block))}"
        yield _Block(", ".join(columns), values, list(chain.from_iterable(block)))


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
    """Leave out the rows whose record got just this last, as `stage_changed` does."""
    connection.execute(
        f"""
        UPDATE row SET outcome = ?, code = ?, message = ?
        WHERE id BETWEEN ? AND ? AND outcome IS NULL
          AND EXISTS (SELECT 1 FROM last_sent WHERE {_GOT_THIS.format(row="row")})
        """,
        (*_UNCHANGED, *row_ids_of(run), base_url),
    )


def mark_already_sent(connection: sqlite3.Connection, run: int, *, earlier_run_id: str) -> None:
    """Leave out every row: an earlier run of the same identity has settled them all well."""
    connection.execute(
        """
        UPDATE row SET outcome = 'unchanged', code = 'already-sent', message = ?
        WHERE id BETWEEN ? AND ? AND outcome IS NULL
        """,
        (_ALREADY_SENT.format(run_id=earlier_run_id), *row_ids_of(run)),
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
