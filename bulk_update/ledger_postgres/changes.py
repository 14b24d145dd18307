"""Counts what the rows of a run change.

The server groups the rows unless each one's cells have to be read, so that a million rows need no
more memory than ten.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

from bulk_update.ledger_postgres.database import Database
from bulk_update.ledger_postgres.tables import WAITS_TO_BE_SENT
from bulk_update.plan import MOST_STATUSES, ChangeCounts
from bulk_update.records import RowText

TO_SEND = f"({WAITS_TO_BE_SENT})"
"""The rows that are to be sent."""

LEFT_OUT = "row.outcome IS NOT NULL"
"""The rows that the plan decided not to send."""

_ROWS = """
FROM row LEFT JOIN outcome ON outcome.row_id = row.id
WHERE row.id BETWEEN %(first)s AND %(last)s AND {among} AND row.body IS NOT NULL
"""

_STATUS = "convert_from(row.body, 'UTF8')::json ->> 'status_id'"

_COUNTED = f"SELECT {_STATUS}, NULL, count(*) {_ROWS} GROUP BY 1"

_EACH = f"SELECT {_STATUS}, cells, 1 {_ROWS}"

_CELLS = "SELECT cells FROM row WHERE id BETWEEN %(first)s AND %(last)s"


def changes_of(
    database: Database,
    keys: Mapping[str, object],
    *,
    among: str,
    text_of: RowText | None,
) -> ChangeCounts:
    """Count the rows with a body among those that meet a condition.

    `text_of` returns the text of `priority` that a row shows.
    """
    statement = (_COUNTED if text_of is None else _EACH).format(among=among)
    total, first = 0, Counter[str]()
    statuses: Counter[str] | None = Counter()
    for status, cells, rows in database.stream(statement, keys):
        total += rows
        shown = text_of(json.loads(cells)) if text_of is not None else None
        if shown is not None:
            first[shown] += rows
        if status is not None and statuses is not None:
            statuses[status] += rows
            if len(statuses) > MOST_STATUSES:
                statuses = None
    return ChangeCounts(total, None if statuses is None else dict(statuses), dict(first))


def texts_seen(database: Database, keys: Mapping[str, object], text_of: RowText) -> frozenset[str]:
    """Return the texts that any row shows, whatever became of it."""
    shown = (text_of(json.loads(cells)) for (cells,) in database.stream(_CELLS, keys))
    return frozenset(text for text in shown if text is not None)
