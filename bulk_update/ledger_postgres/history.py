"""The attempts that a row already had, and the outcome that follows from them."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Sequence
from itertools import groupby, islice

from bulk_update.bookkeeping.attempts import inherited_attempt, stored_attempt
from bulk_update.bookkeeping.entries import outcome_entry, reasons_entry
from bulk_update.bookkeeping.row_keys import number_of, row_id_of, row_ids_of
from bulk_update.ledger_postgres.connection import Connection
from bulk_update.ledger_postgres.database import streamed
from bulk_update.ledger_postgres.entries import PUT_OUTCOME
from bulk_update.ledger_postgres.tables import WAITS_TO_BE_SENT
from bulk_update.policy import doubtful_attempt, outcome_of
from bulk_update.readback import Verified
from bulk_update.records import Attempt, RecordUpdate, RowTest

_NEXT = f"""
SELECT row.id, campaign_id, identifier, body
FROM row
LEFT JOIN outcome ON outcome.row_id = row.id AND outcome.row_id BETWEEN %(first)s AND %(last)s
WHERE row.id BETWEEN %(first)s AND %(last)s AND {WAITS_TO_BE_SENT} AND {{only}}
ORDER BY row.id LIMIT %(size)s
"""
"""Bounds both tables, so that a new run is not read whole before the server has analysed it."""

_END = "SELECT max(id) FROM row WHERE id BETWEEN %s AND %s"

_SPAN = 2000
"""How many keys to search at a time for the next rows."""

_CELLS_A_PART = 2000

_EVERY_ROW = "true"
_SENT_FIRST = "EXISTS (SELECT FROM sent_first WHERE sent_first.id = row.id)"
_SENT_AFTER = f"NOT {_SENT_FIRST}"
"""The groups of rows, which are sent one after the other."""

_NEVER_ARRIVED = f"outcome.verified = '{Verified.NEVER_ARRIVED}'"

_CELLS = """
SELECT row.id, row.cells FROM to_send JOIN row ON row.id = to_send.id
WHERE to_send.id BETWEEN %s AND %s ORDER BY row.id
"""

_REFUSED = "SELECT row_id FROM outcome WHERE code = 'halted-404' AND row_id BETWEEN %s AND %s"

_EARLIER = """
SELECT row_id, id, departed_at_us, answered, went_out, http_status, code, reasons, request_id,
       body_kind, elapsed_ms
FROM attempt WHERE {rows} ORDER BY row_id, id
"""

_INHERITED = """
SELECT row_id, attempt_id, departed_at_us, http_status, code, reasons, body_kind
FROM inherited_doubt WHERE {rows}
"""

_BETWEEN = "row_id BETWEEN %s AND %s"
_AMONG = "row_id = ANY(%s::bigint[])"

_IN_DOUBT = "SELECT row_id FROM outcome WHERE outcome = 'in_doubt' AND row_id BETWEEN %s AND %s"


def updates_of(
    connection: Connection,
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
            values = {"first": row_id, "last": row_id, "size": 1}
            found = connection.execute(statement, values).fetchall()
            yield from _updates(connection, found)


def _find_sent_first(connection: Connection, run: int, first: RowTest) -> None:
    connection.execute("DROP TABLE IF EXISTS pg_temp.sent_first")
    connection.execute("CREATE TEMP TABLE sent_first (id BIGINT PRIMARY KEY)")
    cells = streamed(connection, _CELLS, row_ids_of(run))
    while part := list(islice(cells, _CELLS_A_PART)):
        found = [row_id for row_id, texts in part if first(json.loads(texts))]
        connection.execute("INSERT INTO sent_first SELECT unnest(%s::bigint[])", [found])
    connection.execute("ANALYZE sent_first")


def _group(
    connection: Connection, run: int, statement: str, *, size: int, without: Container[int]
) -> Iterator[RecordUpdate]:
    """Yield the rows of a group in input order, `without` some."""
    first, last = row_ids_of(run)
    ((end,),) = connection.execute(_END, (first, last)).fetchall()
    while end is not None and first <= end:
        values = {"first": first, "last": min(first + _SPAN - 1, end), "size": size}
        found = connection.execute(statement, values).fetchall()
        yield from _updates(connection, [row for row in found if row[0] not in without])
        first = (found[-1][0] if len(found) == size else values["last"]) + 1


def _updates(
    connection: Connection, found: list[tuple[int, str, str, bytes]]
) -> Iterator[RecordUpdate]:
    if not found:
        return
    earlier = attempts_of(connection, [row_id for row_id, *_ in found])
    for row_id, campaign_id, identifier, body in found:
        attempts = earlier.get(row_id, ())
        yield RecordUpdate(row_id, number_of(row_id), campaign_id, identifier, body, attempts)


def attempts_between(
    connection: Connection, first: int, last: int
) -> dict[int, tuple[Attempt, ...]]:
    """Return the attempts of the rows with keys from `first` to `last`, by row, oldest first.

    An attempt that a row inherits comes first.
    """
    return _attempts(connection, _BETWEEN, (first, last))


def attempts_of(connection: Connection, row_ids: Sequence[int]) -> dict[int, tuple[Attempt, ...]]:
    """Return the attempts of these rows, as `attempts_between` does."""
    return _attempts(connection, _AMONG, [list(row_ids)])


def _attempts(
    connection: Connection, rows: str, keys: Sequence[object]
) -> dict[int, tuple[Attempt, ...]]:
    """Return the attempts of some rows: the parameters of the condition `rows` are keys."""
    made = connection.execute(_EARLIER.format(rows=rows), keys)
    attempts = {
        row_id: tuple(stored_attempt(entry[1:]) for entry in entries)
        for row_id, entries in groupby(made, key=lambda entry: entry[0])
    }
    for row_id, *entry in connection.execute(_INHERITED.format(rows=rows), keys):
        attempts[row_id] = (inherited_attempt(*entry), *attempts.get(row_id, ()))
    return attempts


def inherit_doubt(connection: Connection, run: int, *, parent: int) -> None:
    """Record for each row of a retry that is in doubt in the parent run which attempt caused it.

    Only a final response ends the doubt: a row that gets none in the retry stays in doubt.
    """
    for (row_id,) in connection.execute(_IN_DOUBT, row_ids_of(parent)).fetchall():
        found = doubtful_attempt(attempts_between(connection, row_id, row_id)[row_id])
        if found:
            attempt, reply = found
            key = row_id_of(run, number_of(row_id))
            connection.execute(
                "INSERT INTO inherited_doubt VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (key, *attempt[:2], reply.status, reply.code, reasons_entry(reply), reply.body),
            )


_CUT_OFF = """
SELECT attempt.row_id FROM attempt LEFT JOIN outcome ON outcome.row_id = attempt.row_id
WHERE attempt.row_id BETWEEN %s AND %s
GROUP BY attempt.row_id HAVING count(*) > coalesce(max(outcome.attempts), 0)
"""


def settle_interrupted(connection: Connection, run: int, *, now_us: int) -> None:
    """Settle every row with attempts that are not yet part of its outcome, due to a crash.

    A row with an intent but no reply is in doubt. A row whose attempts all got a reply, and which
    would have been retried, is halted.
    """
    for (row_id,) in connection.execute(_CUT_OFF, row_ids_of(run)).fetchall():
        attempts = attempts_between(connection, row_id, row_id)[row_id]
        outcome = outcome_of(row_id, attempts, halted="halted-interrupted", finished_at_us=now_us)
        connection.execute(PUT_OUTCOME, outcome_entry(outcome))
