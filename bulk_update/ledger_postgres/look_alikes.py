"""Identifiers that a person can confuse with others.

The API treats identifiers as different records if they differ only in full-width digits,
zero-width characters, case, or composed and decomposed accents. They are sent unchanged, and the
plan warns about them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice

from bulk_update.bookkeeping import LookAlikes, LostZeros
from bulk_update.bookkeeping.row_keys import NUMBER_MASK, bounds_of
from bulk_update.ledger_postgres.connection import Connection
from bulk_update.ledger_postgres.database import streamed

_IDENTIFIERS_A_PART = 2000

_IS_OF_INTEREST = """row.id BETWEEN %(first)s AND %(last)s AND row.identifier ~ '[^0-9]'
    AND (row.outcome IS NULL OR row.outcome IN ('duplicate', 'unchanged'))"""
"""Identifiers of plain digits never look alike."""

_CREATE_KEYS = """
CREATE TEMP TABLE look_alike_key (
    identifier TEXT COLLATE "C" PRIMARY KEY, alike TEXT COLLATE "C", is_disguised BOOLEAN NOT NULL)
"""
"""The identifiers with other characters than printable ASCII."""

_UNUSUAL = f"""
SELECT DISTINCT identifier FROM row WHERE {_IS_OF_INTEREST} AND row.identifier ~ '[^ -~]'
"""

_KEEP_KEYS = """
INSERT INTO look_alike_key SELECT * FROM unnest(%s::text[], %s::text[], %s::boolean[])
"""

_OF_INTEREST = (
    f"FROM row LEFT JOIN look_alike_key AS key USING (identifier) WHERE {_IS_OF_INTEREST}"
)

_ALIKE = "coalesce(key.alike, lower(identifier))"

_GROUPS = f"""
SELECT campaign_id, alike, count(*) OVER () FROM (
    SELECT campaign_id, {_ALIKE} AS alike, min(row.id) AS first_id
    {_OF_INTEREST} GROUP BY campaign_id, identifier, key.alike) AS distinct_row
GROUP BY campaign_id, alike HAVING count(*) > 1 ORDER BY min(first_id) LIMIT 1
"""

_PAIR = f"""
SELECT identifier, min(row.id) {_OF_INTEREST}
  AND campaign_id = %(campaign_id)s AND {_ALIKE} = %(alike)s
GROUP BY identifier ORDER BY 2 LIMIT 2
"""

_DISGUISED = f"SELECT min(row.id), count(*) {_OF_INTEREST} AND key.is_disguised"

_TO_BE_SENT = """
FROM row WHERE id BETWEEN %(first)s AND %(last)s AND identifier IS NOT NULL
  AND (outcome IS NULL OR outcome IN ('duplicate', 'unchanged'))
"""

_WITHOUT_ZEROS = f"""
SELECT campaign_id, ltrim(identifier, '0') AS bare, count(*) OVER () {_TO_BE_SENT}
GROUP BY campaign_id, bare HAVING min(identifier) <> max(identifier)
ORDER BY min(id) LIMIT 1
"""

_ZERO_PAIR = f"""
SELECT identifier, min(id) {_TO_BE_SENT}
  AND campaign_id = %(campaign_id)s AND ltrim(identifier, '0') = %(bare)s
GROUP BY identifier ORDER BY 2 LIMIT 2
"""


def lost_zeros(connection: Connection, run: int) -> LostZeros | None:
    """Find identifiers that differ only in leading zeros, among the rows to be sent."""
    values = bounds_of(run)
    group = connection.execute(_WITHOUT_ZEROS, values).fetchone()
    if group is None:
        return None
    campaign_id, bare, groups = group
    pair = _pair(connection, _ZERO_PAIR, {**values, "campaign_id": campaign_id, "bare": bare})
    return LostZeros(groups, pair)


def look_alikes(
    connection: Connection,
    run: int,
    *,
    key: Callable[[str], str],
    disguised: Callable[[str], bool],
) -> LookAlikes:
    """Find look-alikes among the rows to be sent: identifiers with equal keys look alike."""
    _find_keys(connection, run, key=key, disguised=disguised)
    values = bounds_of(run)
    group = connection.execute(_GROUPS, values).fetchone()
    pair = None
    if group is not None:
        named = {**values, "campaign_id": group[0], "alike": group[1]}
        pair = _pair(connection, _PAIR, named)
    row_id, count = connection.execute(_DISGUISED, values).fetchone() or (None, 0)
    found = connection.execute("SELECT identifier FROM row WHERE id = %s", [row_id]).fetchone()
    connection.execute("DROP TABLE look_alike_key")
    return LookAlikes(
        groups=group[2] if group else 0,
        pair=pair,
        disguised=count,
        example=(found[0], row_id & NUMBER_MASK) if found else None,
    )


def _find_keys(
    connection: Connection, run: int, *, key: Callable[[str], str], disguised: Callable[[str], bool]
) -> None:
    connection.execute("DROP TABLE IF EXISTS pg_temp.look_alike_key")
    connection.execute(_CREATE_KEYS)
    found = (identifier for (identifier,) in streamed(connection, _UNUSUAL, bounds_of(run)))
    while part := list(islice(found, _IDENTIFIERS_A_PART)):
        connection.execute(_KEEP_KEYS, [part, list(map(key, part)), list(map(disguised, part))])
    connection.execute("ANALYZE look_alike_key")


def _pair(
    connection: Connection, statement: str, values: Mapping[str, object]
) -> tuple[str, int, str, int]:
    """Return two identifiers of a group, each with its first row."""
    (one, first), (other, second) = connection.execute(statement, values).fetchall()
    return one, first & NUMBER_MASK, other, second & NUMBER_MASK
