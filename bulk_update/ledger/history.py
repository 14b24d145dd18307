"""The attempts that a row already had, and the outcome that follows from them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Container, Iterator
from itertools import groupby

from bulk_update.bookkeeping.attempts import inherited_attempt, stored_attempt
from bulk_update.bookkeeping.entries import outcome_entry, reasons_entry
from bulk_update.bookkeeping.row_keys import number_of, row_id_of, row_ids_of
from bulk_update.ledger.entries import PUT_OUTCOME
from bulk_update.policy import doubtful_attempt, outcome_of
from bulk_update.readback import Verified
from bulk_update.records import Attempt, RecordUpdate, RowTest

_NEXT = """
SELECT id, campaign_id, identifier, body FROM to_send
WHERE id BETWEEN ? AND ? AND {only} ORDER BY id LIMIT ?
"""

_EVERY_ROW = "true"
_SENT_FIRST = "id IN (SELECT id FROM temp.sent_first)"
_SENT_AFTER = f"NOT {_SENT_FIRST}"
"""The groups of rows, which are sent one after the other."""

_NEVER_ARRIVED = f"""
(SELECT verified FROM outcome WHERE row_id = to_send.id) = '{Verified.NEVER_ARRIVED}'
"""

_FIND_SENT_FIRST = """
INSERT INTO temp.sent_first
SELECT row.id FROM to_send JOIN row ON row.id = to_send.id
WHERE to_send.id BETWEEN ? AND ? AND is_sent_first(row.cells)
"""

_REFUSED = "SELECT row_id FROM outcome WHERE code = 'halted-404' AND row_id BETWEEN ? AND ?"

_EARLIER = """
SELECT row_id, id, departed_at_us, answered, went_out, http_status, code, reasons, request_id,
       body_kind, elapsed_ms
FROM attempt WHERE row_id BETWEEN ? AND ? ORDER BY row_id, id
"""

_INHERITED = """
SELECT row_id, attempt_id, departed_at_us, http_status, code, reasons, body_kind
FROM inherited_doubt WHERE row_id BETWEEN ? AND ?
"""

_IN_DOUBT = "SELECT row_id FROM outcome WHERE outcome = 'in_doubt' AND row_id BETWEEN ? AND ?"


def updates_of(
    connection: sqlite3.Connection,
    run: int,
    *,
    size: int,
    first: RowTest | None = None,
    never_arrived: bool = False,
) -> Iterator[RecordUpdate]:
    """Yield each row of a run that is to be sent, with the attempts it already had.

    With `never_arrived`, only the rows whose requests never reached their record. The rows for
    whose cells `first` holds come before the others; apart from that, rows are in input order.
    Rows halted by a streak of 404s in an earlier invocation come last, in the same order, so that
    bad rows at the start of a file do not block the rest. Rows are fetched lazily, `size` at a
    time.
    """
    refused = {row_id for (row_id,) in connection.execute(_REFUSED, row_ids_of(run))}
    groups: tuple[str, ...] = (_EVERY_ROW,)
    wanted = _NEVER_ARRIVED if never_arrived else _EVERY_ROW
    if first is not None:
        _find_sent_first(connection, run, first)
        groups = (_SENT_FIRST, _SENT_AFTER)
    statements = [_NEXT.format(only=f"{wanted} AND {group}") for group in groups]
    for statement in statements:
        yield from _group(connection, run, statement, size=size, without=refused)
    for statement in statements if refused else ():
        for row_id in sorted(refused):
            found = connection.execute(statement, (row_id, row_id, 1)).fetchall()
            yield from _updates(connection, found)


def _find_sent_first(connection: sqlite3.Connection, run: int, first: RowTest) -> None:
    connection.create_function("is_sent_first", 1, lambda cells: first(json.loads(cells)))
    connection.execute("DROP TABLE IF EXISTS temp.sent_first")
    connection.execute("CREATE TEMP TABLE sent_first (id INTEGER PRIMARY KEY)")
    connection.execute(_FIND_SENT_FIRST, row_ids_of(run))


def _group(
    connection: sqlite3.Connection, run: int, statement: str, *, size: int, without: Container[int]
) -> Iterator[RecordUpdate]:
    """Yield the rows of a group in input order, `without` some."""
    first, last = row_ids_of(run)
    while True:
        found = connection.execute(statement, (first, last, size)).fetchall()
        yield from _updates(connection, [row for row in found if row[0] not in without])
        if len(found) < size:
            return
        first = found[-1][0] + 1


def _updates(
    connection: sqlite3.Connection, found: list[tuple[int, str, str, bytes]]
) -> Iterator[RecordUpdate]:
    if not found:
        return
    earlier = attempts_between(
        connection, found[0][0], found[-1][0], wanted={row_id for row_id, *_ in found}
    )
    for row_id, campaign_id, identifier, body in found:
        attempts = earlier.get(row_id, ())
        yield RecordUpdate(row_id, number_of(row_id), campaign_id, identifier, body, attempts)


def attempts_between(
    connection: sqlite3.Connection, first: int, last: int, *, wanted: Container[int] | None = None
) -> dict[int, tuple[Attempt, ...]]:
    """Return the attempts of the rows with keys from `first` to `last`, by row, oldest first.

    An attempt that a row inherits comes first. `wanted` selects some rows of a span that may
    contain a million others; None selects all.
    """
    made = connection.execute(_EARLIER, (first, last))
    attempts = {
        row_id: tuple(stored_attempt(entry[1:]) for entry in entries)
        for row_id, entries in groupby(made, key=lambda entry: entry[0])
        if wanted is None or row_id in wanted
    }
    for row_id, *entry in connection.execute(_INHERITED, (first, last)):
        if wanted is None or row_id in wanted:
            attempts[row_id] = (inherited_attempt(*entry), *attempts.get(row_id, ()))
    return attempts


def inherit_doubt(connection: sqlite3.Connection, run: int, *, parent: int) -> None:
    """Record for each row of a retry that is in doubt in the parent run which attempt caused it.

    Only a final response ends the doubt: a row that gets none in the retry stays in doubt.
    """
    for (row_id,) in connection.execute(_IN_DOUBT, row_ids_of(parent)).fetchall():
        found = doubtful_attempt(attempts_between(connection, row_id, row_id)[row_id])
        if found:
            attempt, reply = found
            key = row_id_of(run, number_of(row_id))
            connection.execute(
                "INSERT INTO inherited_doubt VALUES (?, ?, ?, ?, ?, ?, ?)",
                (key, *attempt[:2], reply.status, reply.code, reasons_entry(reply), reply.body),
            )


_CUT_OFF = """
SELECT attempt.row_id FROM attempt LEFT JOIN outcome ON outcome.row_id = attempt.row_id
WHERE attempt.row_id BETWEEN ? AND ?
GROUP BY attempt.row_id HAVING count(*) > coalesce(max(outcome.attempts), 0)
"""


def settle_interrupted(connection: sqlite3.Connection, run: int, *, now_us: int) -> None:
    """Settle every row with attempts that are not yet part of its outcome, due to a crash.

    A row with an intent but no reply is in doubt. A row whose attempts all got a reply, and which
    would have been retried, is halted.
    """
    for (row_id,) in connection.execute(_CUT_OFF, row_ids_of(run)).fetchall():
        attempts = attempts_between(connection, row_id, row_id)[row_id]
        outcome = outcome_of(row_id, attempts, halted="halted-interrupted", finished_at_us=now_us)
        connection.execute(PUT_OUTCOME, outcome_entry(outcome))
