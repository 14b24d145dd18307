"""Identifiers that a person can confuse with others.

The API treats identifiers as different records if they differ only in full-width digits,
zero-width characters, case, or composed and decomposed accents. They are sent unchanged, and the
plan warns about them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping

from bulk_update.bookkeeping.confusable import LookAlikes, LostZeros
from bulk_update.bookkeeping.row_keys import NUMBER_MASK, row_ids_of

_OF_INTEREST = """
FROM row WHERE id BETWEEN :first AND :last AND identifier GLOB '*[^0-9]*'
  AND (outcome IS NULL OR outcome IN ('duplicate', 'unchanged'))
"""
"""Identifiers of plain digits never look alike."""

_ALIKE = """CASE WHEN identifier GLOB '*[^ -~]*' THEN look_alike_key(identifier)
    ELSE lower(identifier) END"""

_GROUPS = f"""
SELECT campaign_id, alike, count(*) OVER () FROM (
    SELECT campaign_id, {_ALIKE} AS alike, min(id) AS first
    {_OF_INTEREST} GROUP BY campaign_id, identifier
) GROUP BY campaign_id, alike HAVING count(*) > 1 ORDER BY min(first) LIMIT 1
"""

_PAIR = f"""
SELECT identifier, min(id) & :mask {_OF_INTEREST}
  AND campaign_id = :campaign_id AND {_ALIKE} = :alike
GROUP BY identifier ORDER BY 2 LIMIT 2
"""

_DISGUISED = f"""
SELECT identifier, min(id) & :mask, count(*) {_OF_INTEREST}
  AND identifier GLOB '*[^ -~]*' AND has_look_alikes(identifier)
"""


_TO_BE_SENT = """
FROM row WHERE id BETWEEN :first AND :last AND identifier IS NOT NULL
  AND (outcome IS NULL OR outcome IN ('duplicate', 'unchanged'))
"""

_WITHOUT_ZEROS = f"""
SELECT campaign_id, ltrim(identifier, '0') AS bare, count(*) OVER () {_TO_BE_SENT}
GROUP BY campaign_id, bare HAVING min(identifier) <> max(identifier)
ORDER BY min(id) LIMIT 1
"""

_ZERO_PAIR = f"""
SELECT identifier, min(id) & :mask {_TO_BE_SENT}
  AND campaign_id = :campaign_id AND ltrim(identifier, '0') = :bare
GROUP BY identifier ORDER BY 2 LIMIT 2
"""


def lost_zeros(connection: sqlite3.Connection, run: int) -> LostZeros | None:
    """Find identifiers that differ only in leading zeros, among the rows to be sent."""
    first, last = row_ids_of(run)
    values = {"first": first, "last": last, "mask": NUMBER_MASK}
    group = connection.execute(_WITHOUT_ZEROS, values).fetchone()
    if group is None:
        return None
    named = {**values, "campaign_id": group[0], "bare": group[1]}
    (one, row), (other, other_row) = connection.execute(_ZERO_PAIR, named).fetchall()
    return LostZeros(group[2], (one, row, other, other_row))


def look_alikes(
    connection: sqlite3.Connection,
    run: int,
    *,
    key: Callable[[str], str],
    disguised: Callable[[str], bool],
) -> LookAlikes:
    """Find look-alikes among the rows to be sent: identifiers with equal keys look alike."""
    connection.create_function("look_alike_key", 1, key, deterministic=True)
    connection.create_function("has_look_alikes", 1, disguised, deterministic=True)
    first, last = row_ids_of(run)
    values = {"first": first, "last": last, "mask": NUMBER_MASK}
    group = connection.execute(_GROUPS, values).fetchone()
    identifier, number, count = connection.execute(_DISGUISED, values).fetchone()
    return LookAlikes(
        groups=group[2] if group else 0,
        pair=_pair(connection, values, group) if group else None,
        disguised=count,
        example=(identifier, number) if count else None,
    )


def _pair(
    connection: sqlite3.Connection, values: Mapping[str, object], group: tuple[str, str, int]
) -> tuple[str, int, str, int]:
    """Return two identifiers of a group, each with its first row."""
    named = {**values, "campaign_id": group[0], "alike": group[1]}
    (one, first), (other, second) = connection.execute(_PAIR, named).fetchall()
    return one, first, other, second
