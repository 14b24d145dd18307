"""Counts what the rows of a run change.

Everything is done in SQL, so that a million rows need no more memory than ten.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping

from bulk_update.ledger.tables import WAITS_TO_BE_SENT
from bulk_update.plan import MOST_STATUSES, ChangeCounts
from bulk_update.records import RowText

TO_SEND = f"({WAITS_TO_BE_SENT})"
"""The rows that are to be sent."""

LEFT_OUT = "row.outcome IS NOT NULL"
"""The rows that the plan decided not to send."""

_COUNTED = """
SELECT CAST(row.body AS TEXT) ->> '$.status_id' AS status, {text} AS text, count(*)
FROM row LEFT JOIN outcome ON outcome.row_id = row.id
WHERE row.id BETWEEN :first AND :last AND {among} AND row.body IS NOT NULL
GROUP BY 1, 2
"""

_SEEN = """
SELECT DISTINCT priority_text(cells) AS text FROM row
WHERE id BETWEEN :first AND :last AND text IS NOT NULL
"""


def changes_of(
    connection: sqlite3.Connection,
    keys: Mapping[str, object],
    *,
    among: str,
    text_of: RowText | None,
) -> ChangeCounts:
    """Count the rows with a body among those that meet a condition.

    `text_of` returns the text of `priority` that a row shows.
    """
    if text_of is not None:
        _define(connection, text_of)
    text = "NULL" if text_of is None else "priority_text(row.cells)"
    total, first = 0, Counter[str]()
    statuses: Counter[str] | None = Counter()
    for status, shown, rows in connection.execute(_COUNTED.format(text=text, among=among), keys):
        total += rows
        if shown is not None:
            first[shown] += rows
        if status is not None and statuses is not None:
            statuses[str(status)] += rows
            if len(statuses) > MOST_STATUSES:
                statuses = None
    return ChangeCounts(total, None if statuses is None else dict(statuses), dict(first))


def texts_seen(
    connection: sqlite3.Connection, keys: Mapping[str, object], text_of: RowText
) -> frozenset[str]:
    """Return the texts that any row shows, whatever became of it."""
    _define(connection, text_of)
    return frozenset(text for (text,) in connection.execute(_SEEN, keys))


def _define(connection: sqlite3.Connection, text_of: RowText) -> None:
    connection.create_function("priority_text", 1, lambda cells: text_of(json.loads(cells)))
