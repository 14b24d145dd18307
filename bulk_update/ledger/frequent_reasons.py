"""The most frequent reasons of each outcome that needs attention.

A reason consists of a code, the columns that it is about and, for an invalid value, the cell's
text. SQLite groups and ranks them, on disk if there are many, so that a million different cells
are never held in memory.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from bulk_update.reasons import restored
from bulk_update.records import Issue

COUNTED_REASONS = """
WITH found AS (
    SELECT final, number,
        iif(failed.code LIKE 'halted-%', failed.code, coalesce(value ->> '$.code', failed.code))
            AS code,
        value -> '$.columns' AS columns, value ->> '$.params.text' AS cell, value
    FROM ({failed}) AS failed
        LEFT JOIN json_each(coalesce(nullif(reasons, ''), '[]')) AS reason
    WHERE reason.key IS NULL OR reason.key = 0 OR NOT (
        failed.code LIKE 'halted-%' OR value ->> '$.code' = 'unconfirmed')
), counted AS (
    SELECT final, code, count(DISTINCT number) AS rows, min(number) AS example, value
    FROM found GROUP BY final, code, columns, cell
)
SELECT final, place, code, rows, example, value, kinds FROM (
    SELECT *, row_number() OVER (PARTITION BY final ORDER BY rows DESC, example) AS place,
        count(*) OVER (PARTITION BY final) AS kinds
    FROM counted)
WHERE place <= :most ORDER BY final, place
"""
"""What halted a row takes precedence over its responses, and a note alone is never a reason.

`value` is taken from the row `example`: SQLite reads a bare column from the row of the minimum.
"""


class FrequentReason(NamedTuple):
    """A reason, the number of rows of an outcome that have it, and the first of these rows.

    The outcome has `kinds` different reasons, and `place` 1 is the most frequent one. `reason` is
    taken from the row `example`; `code` is a different one if something halted that row.
    """

    outcome: str
    place: int
    code: str
    rows: int
    example: int
    reason: Issue
    kinds: int


def frequent_reason(entry: tuple[Any, ...]) -> FrequentReason:
    """Return the reason in a result row of `COUNTED_REASONS`."""
    outcome, place, code, rows, example, value, kinds = entry
    reason = restored(f"[{value}]")[0] if value else Issue(code)
    return FrequentReason(outcome, place, code, rows, example, reason, kinds)
