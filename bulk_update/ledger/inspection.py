"""Looking at one run or one row: for people, not for files."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from bulk_update.ledger.history import attempts_between
from bulk_update.ledger.projection import Projection, ResultRow
from bulk_update.ledger.schema import row_id_of
from bulk_update.records import Attempt


@dataclass(frozen=True, slots=True)
class RowDetail:
    """Everything that is known about one row."""

    cells: tuple[str, ...]
    body: bytes | None
    attempts: tuple[Attempt, ...]
    result: ResultRow


def row_detail(
    connection: sqlite3.Connection, projection: Projection, run: int, number: int
) -> RowDetail | None:
    """Return what is known about a row, or None where the run has no such row."""
    key = row_id_of(run, number)
    found = connection.execute("SELECT cells, body FROM row WHERE id = ?", (key,)).fetchone()
    result = projection.row(number)
    if found is None or result is None:
        return None
    cells, body = found
    attempts = attempts_between(connection, key, key).get(key, ())
    own = tuple(attempt for attempt in attempts if not attempt.inherited)
    return RowDetail(tuple(json.loads(cells)), body, own, result)
