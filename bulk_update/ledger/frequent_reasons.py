"""The most frequent reasons of each outcome that needs attention.

A reason consists of a code, the columns that it is about and, for an invalid value, the cell's
text. SQLite groups them, on disk if there are many, so that a million different cells
are never held in memory.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from heapq import nlargest
from itertools import count, groupby
from typing import Any, NamedTuple

from bulk_update.bookkeeping.frequent_reason import FrequentReason
from bulk_update.reasons import restored
from bulk_update.records import Issue

_FOUND = """
SELECT final, number,
    iif(failed.code LIKE 'halted-%', failed.code, coalesce(value ->> '$.code', failed.code))
        AS code,
    value -> '$.columns' AS columns, value ->> '$.params.text' AS cell, value
FROM ({failed}) AS failed
    LEFT JOIN json_each(coalesce(nullif(reasons, ''), '[]')) AS reason
WHERE iif(failed.final = 'in_doubt' AND failed.code = 'superseded',
    reason.key = json_array_length(reasons) - 1,
    reason.key IS NULL OR reason.key = 0 OR NOT (
    failed.code LIKE 'halted-%' OR value ->> '$.code' = 'unconfirmed' OR EXISTS (
        SELECT 1 FROM json_each(reasons) AS earlier
        WHERE earlier.key < reason.key
            AND earlier.value ->> '$.code' = reason.value ->> '$.code'
            AND earlier.value -> '$.columns' IS reason.value -> '$.columns'
            AND earlier.value ->> '$.params.text' IS reason.value ->> '$.params.text')))
"""
"""Each row with each of its reasons, once.

What halted a row, or superseded it, takes precedence over its responses, and a note alone is never
a reason.
"""

_COUNTED = """
SELECT final, code, columns, cell, count(*), min(number) FROM ({found})
GROUP BY final, code, columns, cell ORDER BY final
"""

_EXAMPLE = """
SELECT value FROM ({found}) WHERE code IS :code AND columns IS :columns AND cell IS :cell
"""


class _Counted(NamedTuple):
    outcome: str
    code: str
    columns: str | None
    cell: str | None
    rows: int
    example: int


class ReasonCounter:
    """Counts reasons; `failed` selects `number, final, code, reasons` of rows from first to last.

    `values` are what it binds; `first` and `last` among them are keys of rows.
    """

    def __init__(self, failed: str) -> None:
        found = _FOUND.format(failed=failed)
        self._counted = _COUNTED.format(found=found)
        self._example = _EXAMPLE.format(found=found)

    def most_frequent(
        self, connection: sqlite3.Connection, values: Mapping[str, Any], *, most: int
    ) -> Iterator[FrequentReason]:
        """Yield the most frequent reasons of each outcome, the first of equals first."""
        counted = map(_Counted._make, connection.execute(self._counted, values))
        for _, alike in groupby(counted, key=lambda each: each.outcome):
            kinds = count()
            top = nlargest(
                most,
                (each for each, _ in zip(alike, kinds, strict=False)),
                key=lambda each: (each.rows, -each.example),
            )
            number_of_kinds = next(kinds)
            for place, each in enumerate(top, start=1):
                reason = self._reason(connection, values, each)
                yield FrequentReason(
                    each.outcome, place, each.code, each.rows, each.example, reason, number_of_kinds
                )

    def _reason(
        self, connection: sqlite3.Connection, values: Mapping[str, Any], counted: _Counted
    ) -> Issue:
        """Return the reason as its example has it."""
        key = values["first"] | counted.example
        its = {"first": key, "last": key, "code": counted.code}
        its |= {"columns": counted.columns, "cell": counted.cell}
        (value,) = connection.execute(self._example, {**values, **its}).fetchone()
        return restored(f"[{value}]")[0] if value else Issue(counted.code)
