"""The records that a page of a campaign is compared with, in a temporary table.

A campaign may have many more records than a run has rows, and a run more than fit into memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bulk_update.bookkeeping.read_rows import Unseen
from bulk_update.bookkeeping.row_keys import number_of
from bulk_update.ledger_postgres.connection import Connection
from bulk_update.reference import RecordState

_EXPECTED = """
CREATE TEMP TABLE expected (
    campaign_id TEXT COLLATE "C" NOT NULL, identifier TEXT COLLATE "C" NOT NULL,
    row_id BIGINT NOT NULL, is_seen BOOLEAN NOT NULL DEFAULT false
)
"""

_KEYS = """
ALTER TABLE pg_temp.expected ADD PRIMARY KEY (campaign_id, identifier);
CREATE INDEX ON pg_temp.expected (campaign_id) WHERE NOT is_seen;
CREATE INDEX ON pg_temp.expected (row_id) WHERE NOT is_seen;
ANALYZE pg_temp.expected
"""
"""Autovacuum never analyzes temporary tables."""

_CAMPAIGNS = "SELECT campaign_id, count(*) FROM expected GROUP BY 1 ORDER BY 1"

FOUND = """
FROM unnest(%(identifiers)s::text[]) WITH ORDINALITY AS wanted (identifier, number)
JOIN expected ON expected.campaign_id = %(campaign_id)s
    AND expected.identifier = wanted.identifier
"""
"""The expected records among those of a page, by their number in it."""

_MARK_SEEN = """
UPDATE expected SET is_seen = true
WHERE campaign_id = %(campaign_id)s AND NOT is_seen
    AND identifier = ANY(%(identifiers)s::text[])
"""

_UNSEEN = """
SELECT (SELECT count(*) FROM expected WHERE NOT is_seen), campaign_id, identifier, row_id
FROM expected WHERE NOT is_seen ORDER BY row_id LIMIT 1
"""


def expect(connection: Connection, statement: str, **values: object) -> list[tuple[str, int]]:
    """Expect the records that a query selects; return their campaigns, each with their number.

    It selects campaign, identifier and row. The last row counts for a record that has several.
    """
    connection.execute("DROP TABLE IF EXISTS pg_temp.expected")
    connection.execute(_EXPECTED)
    connection.execute(
        "INSERT INTO expected (campaign_id, identifier, row_id)"
        " SELECT DISTINCT ON (campaign_id, identifier) campaign_id, identifier, row_id"
        f" FROM ({statement}) AS selected ORDER BY campaign_id, identifier, row_id DESC",
        values,
    )
    connection.execute(_KEYS)
    return [(str(campaign), int(count)) for campaign, count in connection.execute(_CAMPAIGNS)]


def matched(
    connection: Connection,
    statement: str,
    campaign_id: str,
    records: Sequence[RecordState],
    **values: object,
) -> list[tuple[Any, ...]]:
    """Return the rows of the expected records among these, and mark the records as seen."""
    values |= {
        "campaign_id": campaign_id,
        "identifiers": [_comparable(record.identifier) for record in records],
    }
    found = connection.execute(statement, values).fetchall()
    connection.execute(_MARK_SEEN, values)
    return found


def has_unseen(connection: Connection, campaign_id: str) -> bool:
    """Return whether some expected records of a campaign were not seen yet."""
    found = connection.execute(
        "SELECT 1 FROM expected WHERE campaign_id = %s AND NOT is_seen LIMIT 1", (campaign_id,)
    )
    return found.fetchone() is not None


def unseen(connection: Connection) -> Unseen | None:
    """Return the expected records that were not seen, or None if all were."""
    found = connection.execute(_UNSEEN).fetchone()
    if found is None:
        return None
    count, campaign_id, identifier, row_id = found
    return Unseen(count, campaign_id, identifier, number_of(row_id))


def _comparable(identifier: str) -> str | None:
    """Return an identifier as PostgreSQL can compare it: no row has one with a NUL."""
    return None if "\0" in identifier else identifier
