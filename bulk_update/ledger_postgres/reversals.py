"""What a run that undoes another restores, and what the ledger knows about the records before it.

A record's known values are those of the last request (`record`). What they were before an earlier
run is derived again from the requests that came before it. Requests of deleted runs are missing, so
nothing is taken from before the last of them: a value that has been overwritten since would look
like the last one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bulk_update.bookkeeping.known_values import merged, unknown
from bulk_update.bookkeeping.reversal_entries import (
    reversal_entry,
    stored_reversal,
    verdict_body,
    verdict_outcome,
)
from bulk_update.bookkeeping.reversed_rows import Judged, ReversedRow, UndoneRow, WaitingReversal
from bulk_update.bookkeeping.row_keys import (
    NUMBER_MASK,
    ROW_BITS,
    bounds_of,
    number_of,
    row_id_of,
)
from bulk_update.ledger_postgres.connection import Connection
from bulk_update.ledger_postgres.database import Database
from bulk_update.ledger_postgres.readings import MAY_HAVE_ARRIVED
from bulk_update.ledger_postgres.sent_values import bring_up_to_date
from bulk_update.records import Status
from bulk_update.reference import RecordState
from bulk_update.reversal import SentBefore

_ROWS_A_PART = 1000

_UNDONE = f"""
CREATE TEMP TABLE undone AS
SELECT row.campaign_id, row.identifier, row.id AS row_id, attempts.first_attempt
FROM row JOIN outcome ON outcome.row_id = row.id
CROSS JOIN LATERAL (
    SELECT min(attempt.id) AS first_attempt FROM attempt
    WHERE attempt.row_id = row.id AND went_out IS NOT FALSE) AS attempts
WHERE row.id BETWEEN %(first)s AND %(last)s AND row.outcome IS NULL
    AND (outcome.outcome IN ('{Status.UPDATED}', '{Status.IN_DOUBT}')
         OR (outcome.outcome = '{Status.FAILED}' AND first_attempt IS NOT NULL))
"""
"""A service that answered with an error, such as a gateway's 504, may have made the change."""

_UNDONE_KEYS = """
CREATE INDEX ON pg_temp.undone (campaign_id, identifier);
ANALYZE pg_temp.undone
"""

_EARLIER = f"""
SELECT undone.row_id, outcome.outcome, convert_from(row.body, 'UTF8')
FROM undone
JOIN row ON row.campaign_id = undone.campaign_id AND row.identifier = undone.identifier
JOIN run ON run.id = row.id >> {ROW_BITS}
JOIN LATERAL (
    SELECT max(attempt.id) AS attempt_id FROM attempt
    WHERE attempt.row_id = row.id AND went_out IS NOT FALSE
        AND attempt.id < undone.first_attempt
        AND attempt.id > (
            SELECT coalesce(max(last_id), 0) FROM deleted_attempts
            WHERE first_id <= (SELECT max(first_attempt) FROM undone))
    ) AS attempts ON attempt_id IS NOT NULL
LEFT JOIN outcome ON outcome.row_id = row.id
WHERE run.base_url = %(base_url)s AND run.id <> %(run)s
ORDER BY undone.row_id, attempt_id
"""
"""What earlier requests sent to the undone records, in their order."""

_ROWS = """
SELECT row.id, row.campaign_id, row.identifier, row.cells, row.body, outcome.sent_at_us,
    coalesce(record.confirmed, '{}'),
    snapshot.row_id IS NOT NULL, snapshot.status_id, snapshot.agent_login,
    snapshot.next_call_date, snapshot.call_date
FROM undone JOIN row ON row.id = undone.row_id
JOIN outcome ON outcome.row_id = row.id
LEFT JOIN snapshot ON snapshot.row_id = row.id
LEFT JOIN record ON record.base_url = %(base_url)s AND record.campaign_id = row.campaign_id
    AND record.identifier = row.identifier
ORDER BY undone.row_id
"""

_STAGE = "INSERT INTO row VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
_STAGE_REVERSAL = "INSERT INTO reversal VALUES (%s, %s, %s, %s, %s)"
_STAGE_EXPORT_TIME = "INSERT INTO export_time VALUES (%s, %s)"

_SETTLE = f"""
UPDATE row SET body = coalesce(%(body)s::bytea, body), fields = coalesce(%(fields)s::bytea, fields),
    outcome = %(outcome)s, code = %(code)s, reasons = %(reasons)s
WHERE id IN (SELECT id FROM to_send WHERE id = %(row_id)s)
    AND NOT {MAY_HAVE_ARRIVED.format(row_id="%(row_id)s")}
"""

_INHERIT = f"""
INSERT INTO reversal
SELECT row.id, sent, old, lost, before
FROM reversal JOIN row ON row.id = (reversal.row_id & {NUMBER_MASK}) | %(base)s::bigint
WHERE reversal.row_id BETWEEN %(first)s AND %(last)s
"""


class Reversals:
    """The rows of runs that undo others."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def undone_rows(self, run: int, *, with_known: bool) -> Iterator[UndoneRow]:
        """Yield the rows of a run that changed their records or may have, in input order.

        `with_known` also finds out what the ledger knows about their records.
        """
        bring_up_to_date(self._database)
        with self._database.reading() as connection:
            found = connection.execute("SELECT base_url FROM run WHERE id = %s", (run,)).fetchone()
            values = {"run": run, "base_url": found[0] if found else None}
            connection.execute("DROP TABLE IF EXISTS pg_temp.undone")
            connection.execute(_UNDONE, bounds_of(run))
            connection.execute(_UNDONE_KEYS)
        requests = iter(self._database.stream(_EARLIER, values) if with_known else ())
        earlier = _Earlier(requests)
        for entry in self._database.stream(_ROWS, values):
            then = earlier.known_before(entry[0]) if with_known else None
            yield _undone_row(entry, then=then)

    def stage(self, run: int, rows: Sequence[ReversedRow]) -> None:
        """Stage rows that undo others, with the numbers of these."""
        staged, reversals, export_times = [], [], []
        for undone, reversal, verdict, fields in rows:
            row_id = row_id_of(run, undone.number)
            record = (undone.campaign_id, undone.identifier)
            staged.append(
                (
                    row_id,
                    *record,
                    undone.cells,
                    verdict_body(verdict),
                    fields,
                    *verdict_outcome(verdict),
                )
            )
            reversals.append((row_id, *reversal_entry(reversal)))
            if undone.sent_at_us is not None:
                export_times.append((row_id, undone.sent_at_us))
        with self._database.writing() as connection, connection.cursor() as cursor:
            cursor.executemany(_STAGE, staged)
            cursor.executemany(_STAGE_REVERSAL, reversals)
            cursor.executemany(_STAGE_EXPORT_TIME, export_times)

    def of(self, row_ids: Sequence[int]) -> dict[int, WaitingReversal]:
        """Return what is known about undoing these rows, by key."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT row_id, identifier, sent, old, lost, before"
                " FROM reversal JOIN row ON row.id = reversal.row_id"
                " WHERE row_id = ANY(%s::bigint[])",
                (list(row_ids),),
            )
            return {
                row_id: WaitingReversal(number_of(row_id), stored_reversal(*entry))
                for row_id, *entry in found
            }

    def unseen(self, *, after: int = 0) -> list[int]:
        """Return the next rows after a key whose expected records no page had, in order."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT row_id FROM expected WHERE NOT is_seen AND row_id > %s"
                " ORDER BY row_id LIMIT %s",
                (after, _ROWS_A_PART),
            )
            return [row_id for (row_id,) in found]

    def settle(self, judged: Iterable[Judged]) -> None:
        """Record what these rows send, or why they send nothing.

        A row of which an attempt may have arrived is not changed.
        """
        with self._database.writing() as connection, connection.cursor() as cursor:
            cursor.executemany(_SETTLE, [_settled(each) for each in judged])


def inherit_reversals(connection: Connection, run: int, *, parent: int) -> None:
    """Let the rows of a retry undo what the rows of its parent undo."""
    connection.execute(_INHERIT, {**bounds_of(parent), "base": row_id_of(run, 0)})


class _Earlier:
    """What earlier requests sent to records; the requests and the questions are in row order."""

    def __init__(self, requests: Iterator[tuple[Any, ...]]) -> None:
        self._requests = requests
        self._next = next(requests, None)

    def known_before(self, row_id: int) -> str:
        """Return what was known about the record of a row before it, as JSON."""
        known = "{}"
        while self._next is not None and self._next[0] <= row_id:
            _, outcome, body = self._next
            known = merged(known, body if outcome == Status.UPDATED else unknown(body))
            self._next = next(self._requests, None)
        return known


def _undone_row(entry: tuple[Any, ...], *, then: str | None) -> UndoneRow:
    row_id, campaign_id, identifier, cells, body, sent_at_us, now, has_before, *state = entry
    return UndoneRow(
        number_of(row_id),
        campaign_id,
        identifier,
        cells,
        body,
        sent_at_us,
        before=RecordState(identifier, *state) if has_before else None,
        known=None if then is None else SentBefore(json.loads(then), json.loads(now)),
    )


def _settled(judged: Judged) -> dict[str, object]:
    row_id, verdict, fields = judged
    outcome, code, reasons = verdict_outcome(verdict)
    return {
        "row_id": row_id,
        "body": verdict_body(verdict),
        "fields": fields,
        "outcome": outcome,
        "code": code,
        "reasons": reasons,
    }
