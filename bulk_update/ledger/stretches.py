"""Consecutive rows that were never sent and ended alike, told as one text.

A plan has a million of them. SQLite joins their numbers and identifiers in a tenth of the time
that handing them over one by one takes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping

from bulk_update.ledger.schema import WAITS_TO_BE_SENT
from bulk_update.records import Stretch

ROWS = 1000
"""How many rows are taken together. Where one of them differs, parts of them are tried."""

FEWEST_ROWS = 25
"""The smallest part that is worth a question."""

AlikeRows = Callable[[sqlite3.Connection, Mapping[str, object]], Stretch | None]
"""Returns the rows between two keys as one text, if they allow it."""

_IS_PLAIN = """iif(identifier NOT GLOB '*[^0-9]*', identifier <> '',
    identifier >= '0' AND identifier NOT GLOB '*[^-0-9A-Za-z_.~]*')"""
"""Whether an identifier is the same in a URL (RFC 3986, 2.3) and in a cell of CSV.

The first character is no hyphen and no point: both come before the digits. Digits alone are
looked for first, since that takes a third of the time; `OR` would look at everything.
"""

_SEPARATORS = {
    "before_identifier": Stretch.BEFORE_IDENTIFIER.decode(),
    "before_body": Stretch.BEFORE_BODY.decode(),
    "between_rows": Stretch.BETWEEN_ROWS.decode(),
}

_ENDED_ALIKE = f"""
SELECT count, first, last, campaign_id, coalesce(outcome, :waiting),
       iif(settled, code, :waiting_code), iif(settled, message, :waiting_message), text
FROM (
    SELECT count(*) AS count, min(id) & :mask AS first, max(id) & :mask AS last,
           sum({_IS_PLAIN}) AS plain, count(outcome) AS settled,
           max(campaign_id) AS campaign_id, max(outcome) AS outcome, max(code) AS code,
           max(message) AS message,
           min(campaign_id) = max(campaign_id) AS same_campaign,
           min(outcome) = max(outcome) AND min(code) = max(code)
               AND min(message) = max(message) AS same_end,
           CAST(group_concat((id & :mask) || :before_identifier || identifier, :between_rows)
               AS BLOB) AS text
    FROM row WHERE id BETWEEN :first AND :last
)
WHERE plain = count AND same_campaign AND (settled = 0 OR (settled = count AND same_end))
   AND NOT EXISTS (SELECT 1 FROM attempt WHERE row_id BETWEEN :first AND :last)
"""

_TO_SEND = f"""
SELECT count, first, last, campaign_id, '', '', '', text
FROM (
    SELECT count(*) AS count, min(row.id) & :mask AS first, max(row.id) & :mask AS last,
           sum({_IS_PLAIN}) AS plain, max(campaign_id) AS campaign_id,
           min(campaign_id) = max(campaign_id) AS same_campaign,
           CAST(group_concat((row.id & :mask) || :before_identifier || identifier || :before_body
               || CAST(body AS TEXT), :between_rows) AS BLOB) AS text
    FROM row LEFT JOIN outcome ON outcome.row_id = row.id
    WHERE row.id BETWEEN :first AND :last AND {WAITS_TO_BE_SENT}
)
WHERE plain = count AND same_campaign
"""
"""Both are aggregates without GROUP BY, which would sort the rows first."""


_SENT = """
SELECT (SELECT count(*) FROM attempt WHERE row_id BETWEEN :first AND :last),
       (SELECT count(*) FROM row WHERE id BETWEEN :first AND :last)
"""


def ended_alike(connection: sqlite3.Connection, values: Mapping[str, object]) -> Stretch | None:
    """Return the rows between two keys as one text of numbers and identifiers, if they allow it.

    They do where all of them were never sent, ended alike, and have plain identifiers.
    """
    return _stretch(connection.execute(_ENDED_ALIKE, {**values, **_SEPARATORS}))


def to_send_alike(connection: sqlite3.Connection, values: Mapping[str, object]) -> Stretch | None:
    """Return the rows to be sent between two keys, with their bodies, as `ended_alike` does."""
    return _stretch(connection.execute(_TO_SEND, {**values, **_SEPARATORS}))


def are_mostly_sent(connection: sqlite3.Connection, values: Mapping[str, object]) -> bool:
    """Tell whether, of the rows between two keys, looking for any that are alike is vain."""
    attempts, rows = connection.execute(_SENT, values).fetchone()
    return bool(attempts > rows / 2)


def spans(
    connection: sqlite3.Connection, first: int, last: int, *, size: int
) -> Iterator[tuple[int, int]]:
    """Yield the keys, from one to another, between which there are `size` rows, or the last."""
    statement = """
        SELECT max(id) FROM (SELECT id FROM row WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?)
    """
    while end := connection.execute(statement, (first, last, size)).fetchone()[0]:
        yield first, end
        first = end + 1


def _stretch(cursor: sqlite3.Cursor) -> Stretch | None:
    found = cursor.fetchone()
    return Stretch(*found) if found else None
