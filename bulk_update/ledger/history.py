"""What has been sent before: a row's earlier attempts, and what each record got last.

`last_sent` is derived from the attempts and outcomes. It is brought up to date before it is
asked, so that sending need not keep it: a crash cannot leave it wrong, only behind.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Container
from itertools import groupby
from typing import Any

from bulk_update.ledger.entries import PUT_OUTCOME, outcome_entry
from bulk_update.ledger.runs import Run
from bulk_update.ledger.schema import ROW_BITS, number_of, row_ids_of
from bulk_update.policy import outcome_of
from bulk_update.records import Attempt, BodyKind, RecordUpdate, Reply

_NEXT = """
SELECT id, campaign_id, identifier, body FROM to_send WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?
"""

_EARLIER = """
SELECT row_id, id, departed_at_us, answered, went_out, http_status, code, message, request_id,
       body_kind, elapsed_ms
FROM attempt WHERE row_id BETWEEN ? AND ? ORDER BY row_id, id
"""


def next_updates(
    connection: sqlite3.Connection, first: int, last: int, *, size: int
) -> list[RecordUpdate]:
    """Return up to `size` rows to send from key `first` on, with the attempts they already had."""
    found = connection.execute(_NEXT, (first, last, size)).fetchall()
    if not found:
        return []
    earlier = attempts_between(
        connection, found[0][0], found[-1][0], wanted={row_id for row_id, *_ in found}
    )
    return [
        RecordUpdate(
            row_id, number_of(row_id), campaign_id, identifier, body, earlier.get(row_id, ())
        )
        for row_id, campaign_id, identifier, body in found
    ]


def attempts_between(
    connection: sqlite3.Connection, first: int, last: int, *, wanted: Container[int] | None = None
) -> dict[int, tuple[Attempt, ...]]:
    """Return the attempts of the rows with these keys, by row, in the order of departure.

    `wanted` picks some rows of a span that may hold a million others; None: all.
    """
    found = connection.execute(_EARLIER, (first, last))
    return {
        row_id: tuple(_attempt(entry[1:]) for entry in entries)
        for row_id, entries in groupby(found, key=lambda entry: entry[0])
        if wanted is None or row_id in wanted
    }


def _attempt(entry: tuple[Any, ...]) -> Attempt:
    attempt_id, departed_at_us, answered, left, status, code, message, request_id, kind, ms = entry
    if not answered:
        return Attempt(attempt_id, departed_at_us)
    reply = Reply(
        left=bool(left),
        status=status,
        code=code,
        message=message,
        request_id=request_id,
        body=BodyKind(kind),
        elapsed_ms=ms,
    )
    return Attempt(attempt_id, departed_at_us, reply)


_UP_TO = """
SELECT max(:after, coalesce(
    (SELECT min(attempt.id) - 1 FROM attempt
     JOIN run ON run.id = attempt.row_id >> :bits AND run.state = 'sending'
     WHERE attempt.id > :after),
    (SELECT max(id) FROM attempt), 0))
"""

_BRING_UP_TO_DATE = """
INSERT INTO last_sent
SELECT run.base_url, row.campaign_id, row.identifier, newest.attempt_id, run.id, run.origin,
       row.body, coalesce(outcome.outcome = 'updated', 0)
FROM (SELECT row_id, max(id) AS attempt_id FROM attempt
      WHERE id > :after AND id <= :up_to AND went_out IS NOT 0 GROUP BY row_id) AS newest
JOIN row ON row.id = newest.row_id
JOIN run ON run.id = newest.row_id >> :bits
LEFT JOIN outcome ON outcome.row_id = row.id
WHERE true
ORDER BY newest.attempt_id
ON CONFLICT DO UPDATE SET attempt_id = excluded.attempt_id, run = excluded.run,
    origin = excluded.origin, body = excluded.body, updated = excluded.updated
WHERE excluded.attempt_id >= last_sent.attempt_id
"""


def bring_up_to_date(connection: sqlite3.Connection) -> int:
    """Take what was sent since the last time into `last_sent`; return up to which attempt.

    It stops before the first attempt of a run that is still sending: what becomes of that one, or
    whether it left at all, is looked at the next time.
    """
    (after,) = connection.execute(
        "SELECT coalesce(max(up_to), 0) FROM last_sent_position"
    ).fetchone()
    values = {"after": after, "bits": ROW_BITS}
    (up_to,) = connection.execute(_UP_TO, values).fetchone()
    connection.execute(_BRING_UP_TO_DATE, {**values, "up_to": up_to})
    connection.execute("DELETE FROM last_sent_position")
    connection.execute("INSERT INTO last_sent_position VALUES (?)", (up_to,))
    return int(up_to)


_CUT_OFF = """
SELECT attempt.row_id FROM attempt LEFT JOIN outcome ON outcome.row_id = attempt.row_id
WHERE attempt.row_id BETWEEN ? AND ?
GROUP BY attempt.row_id HAVING count(*) > coalesce(max(outcome.attempts), 0)
"""


def settle_interrupted(connection: sqlite3.Connection, run: int, *, now_us: int) -> None:
    """Settle every row with an attempt that its outcome knows nothing of: a crash cut it off.

    An intent without a reply leaves its row in doubt. A row whose attempts were all answered, and
    that would have been tried again, is halted.
    """
    for (row_id,) in connection.execute(_CUT_OFF, row_ids_of(run)).fetchall():
        attempts = attempts_between(connection, row_id, row_id)[row_id]
        outcome = outcome_of(row_id, attempts, halted="halted-interrupted", finished_at_us=now_us)
        connection.execute(PUT_OUTCOME, outcome_entry(outcome))


_LATER = "(last_sent.run > :run OR (last_sent.run > :origin AND last_sent.origin <> :origin))"
"""A retry sends what its first run read: whatever came in between is later than that."""

_SUPERSEDED = f"""
EXISTS (SELECT 1 FROM last_sent
        WHERE last_sent.base_url = :base_url AND last_sent.campaign_id = row.campaign_id
          AND last_sent.identifier = row.identifier AND {_LATER})
"""


def mark_superseded(connection: sqlite3.Connection, run: Run) -> None:
    """Leave out the rows of a run for whose record a later run has already sent something.

    A row that is in doubt stays so, and is not sent again.
    """
    first, last = row_ids_of(run.id)
    values = {
        "base_url": run.base_url,
        "run": run.id,
        "origin": run.origin,
        "first": first,
        "last": last,
    }
    later = connection.execute(
        f"SELECT 1 FROM last_sent WHERE base_url = :base_url AND {_LATER} LIMIT 1",
        values,
    ).fetchone()
    if later is None:
        return
    connection.execute(
        f"""
        UPDATE outcome SET code = 'superseded', message = message ||
            '; a later run has sent something for this record: it is not sent again'
        WHERE outcome = 'in_doubt' AND code <> 'superseded' AND row_id BETWEEN :first AND :last
          AND row_id IN (SELECT id FROM row WHERE id BETWEEN :first AND :last AND {_SUPERSEDED})
        """,
        values,
    )
    connection.execute(
        f"""
        UPDATE row SET outcome = 'superseded', code = 'superseded',
            message = 'a later run has already sent something for this record'
        WHERE id IN (SELECT id FROM to_send WHERE id BETWEEN :first AND :last) AND {_SUPERSEDED}
        """,
        values,
    )
