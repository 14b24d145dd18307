"""The records that a page of a campaign is compared with, in a temporary table.

A campaign may have many more records than a run has rows, and a run more than fit into memory.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from bulk_update.bookkeeping.read_rows import Unseen
from bulk_update.bookkeeping.row_keys import number_of
from bulk_update.reference import RecordState

_EXPECTED = """
CREATE TEMP TABLE expected (
    campaign_id TEXT NOT NULL, identifier TEXT NOT NULL, row_id INTEGER NOT NULL,
    is_seen INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (campaign_id, identifier)
) WITHOUT ROWID
"""

_CAMPAIGNS = "SELECT campaign_id, count(*) FROM expected GROUP BY 1 ORDER BY 1"

FOUND = """
FROM json_each(:identifiers) AS wanted
CROSS JOIN expected ON expected.campaign_id = :campaign_id AND expected.identifier = wanted.value
"""
"""The expected records among those of a page, by their index in it."""

_MARK_SEEN = """
UPDATE expected SET is_seen = 1
WHERE campaign_id = :campaign_id AND NOT is_seen
    AND identifier IN (SELECT value FROM json_each(:identifiers))
"""


def expect_none(connection: sqlite3.Connection) -> None:
    """Begin with an empty table."""
    connection.execute("DROP TABLE IF EXISTS temp.expected")
    connection.execute(_EXPECTED)
    connection.execute("CREATE INDEX temp.unseen ON expected (campaign_id) WHERE NOT is_seen")


def matched(
    connection: sqlite3.Connection,
    statement: str,
    campaign_id: str,
    records: Sequence[RecordState],
    **values: object,
) -> list[Any]:
    """Return the rows of the expected records among these, and mark the records as seen."""
    values |= {
        "campaign_id": campaign_id,
        "identifiers": json.dumps([record.identifier for record in records]),
    }
    found = connection.execute(statement, values).fetchall()
    connection.execute(_MARK_SEEN, values)
    return found


def campaigns(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    """Return the campaigns of the expected records, each with their number."""
    return connection.execute(_CAMPAIGNS).fetchall()


def has_unseen(connection: sqlite3.Connection, campaign_id: str) -> bool:
    """Return whether some expected records of a campaign were not seen yet."""
    (is_left,) = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM expected WHERE campaign_id = ? AND NOT is_seen)",
        (campaign_id,),
    ).fetchone()
    return bool(is_left)


def unseen(connection: sqlite3.Connection) -> Unseen | None:
    """Return the expected records that were not seen, or None if all were."""
    count, row_id = connection.execute(
        "SELECT count(*), min(row_id) FROM expected WHERE NOT is_seen"
    ).fetchone()
    if not count:
        return None
    campaign_id, identifier = connection.execute(
        "SELECT campaign_id, identifier FROM row WHERE id = ?", (row_id,)
    ).fetchone()
    return Unseen(count, campaign_id, identifier, number_of(row_id))
