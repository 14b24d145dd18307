"""The most frequent reasons of each outcome that needs attention.

A reason consists of a code, the columns that it is about and, for an invalid value, the cell's
text. PostgreSQL groups them, on disk if there are many, so that a million different cells
are never held in memory. Reasons are parsed here, because a text of theirs may contain a NUL, which
PostgreSQL's JSON functions refuse.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from bulk_update.bookkeeping import FrequentReason
from bulk_update.bookkeeping.row_keys import row_id_of
from bulk_update.ledger_postgres.connection import Connection
from bulk_update.ledger_postgres.database import streamed
from bulk_update.reasons import restored
from bulk_update.records import Issue, Status

_ALIKE = """
SELECT final, code, reasons, count(*), min(number) FROM ({failed}) AS failed
GROUP BY final, code, reasons
"""

_GROUPS_A_PART = 2000

_CREATE = """
CREATE TEMP TABLE found_reason (
    outcome TEXT COLLATE "C", code TEXT COLLATE "C", columns TEXT COLLATE "C",
    cell TEXT COLLATE "C", rows BIGINT, example BIGINT)
"""

_ADD = """
INSERT INTO found_reason SELECT * FROM unnest(
    %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[])
"""

_MOST_FREQUENT = """
SELECT outcome, code, columns, cell, rows, example, place, kinds
FROM (
    SELECT *, count(*) OVER (PARTITION BY outcome) AS kinds, row_number() OVER (
        PARTITION BY outcome
        ORDER BY rows DESC, example, code, columns NULLS FIRST, cell NULLS FIRST) AS place
    FROM (
        SELECT outcome, code, columns, cell, sum(rows)::bigint AS rows, min(example) AS example
        FROM found_reason GROUP BY outcome, code, columns, cell
    ) AS counted
) AS placed
WHERE place <= %(most)s ORDER BY outcome, place
"""


class _Reason(NamedTuple):
    """What makes reasons alike: a code, and its columns and cell as JSON."""

    code: str
    columns: str | None
    cell: str | None


def most_frequent(
    connection: Connection, failed: str, values: Mapping[str, Any], *, run: int, most: int
) -> list[FrequentReason]:
    """Return the most frequent reasons of each outcome, the first of equals first.

    `failed` selects `number, final, code, reasons` of the run's rows from `first` to `last`.
    """
    connection.execute("DROP TABLE IF EXISTS pg_temp.found_reason")
    connection.execute(_CREATE)
    found = _found(connection, failed, values)
    while part := list(islice(found, _GROUPS_A_PART)):
        connection.execute(_ADD, [list(column) for column in zip(*part, strict=True)])
    placed = connection.execute(_MOST_FREQUENT, {"most": most}).fetchall()
    connection.execute("DROP TABLE pg_temp.found_reason")
    reasons = []
    for outcome, code, columns, cell, rows, example, place, kinds in placed:
        key = row_id_of(run, example)
        alike = {**values, "first": key, "last": key}
        reason = _example(connection, failed, alike, _Reason(code, columns, cell))
        reasons.append(FrequentReason(outcome, place, code, rows, example, reason, kinds))
    return reasons


def _found(
    connection: Connection, failed: str, values: Mapping[str, Any]
) -> Iterator[tuple[object, ...]]:
    """Yield the reasons of all rows, as the values of `found_reason`."""
    groups = streamed(connection, _ALIKE.format(failed=failed), values)
    for outcome, code, reasons, rows, example in groups:
        for reason in _reasons(outcome, code, reasons):
            yield outcome, *reason, rows, example


def _reasons(outcome: str, code: str, reasons: str) -> dict[_Reason, Any]:
    """Return each of a row's reasons once, with its stored form; None if the code says it all.

    What halted a row, or superseded it, takes precedence over its responses, and a note alone is
    never a reason.
    """
    stored: list[Any] = json.loads(reasons or "[]")
    if code.startswith("halted-"):
        return {_reason(each, code)._replace(code=code): each for each in stored[:1] or [None]}
    if outcome == Status.IN_DOUBT and code == "superseded":
        stored = stored[-1:]
    found: dict[_Reason, Any] = {}
    for place, each in enumerate(stored or [None]):
        reason = _reason(each, code)
        if place == 0 or reason.code != "unconfirmed":
            found.setdefault(reason, each)
    return found


def _reason(stored: Any, code: str) -> _Reason:
    """Return what makes a stored reason like others; `code` is that of its row."""
    if stored is None:
        return _Reason(code, None, None)
    columns, cell = stored.get("columns"), stored.get("params", {}).get("text")
    return _Reason(
        stored["code"],
        None if columns is None else json.dumps(columns),
        None if cell is None else json.dumps(cell),
    )


def _example(
    connection: Connection, failed: str, values: Mapping[str, Any], wanted: _Reason
) -> Issue:
    """Return a reason as the row has it that `values` select."""
    statement = f"SELECT final, code, reasons FROM ({failed}) AS failed"
    for outcome, code, reasons in connection.execute(statement, values):
        stored = _reasons(outcome, code, reasons).get(wanted)
        if stored is not None:
            return restored(json.dumps([stored]))[0]
    return Issue(wanted.code)
