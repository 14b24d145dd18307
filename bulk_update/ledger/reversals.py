"""What a run that undoes another restores, and what the ledger knows about the records before it.

A record's known values are those of the last request (`record`). What they were before an earlier
run is derived again from the requests that came before it. Requests of deleted runs are missing, so
nothing is taken from before the last of them: a value that has been overwritten since would look
like the last one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bulk_update.bookkeeping.reversal_entries import (
    reversal_entry,
    stored_reversal,
    verdict_body,
    verdict_outcome,
)
from bulk_update.bookkeeping.reversed_rows import Judged, ReversedRow, UndoneRow, WaitingReversal
from bulk_update.bookkeeping.row_keys import NUMBER_MASK, ROW_BITS, number_of, row_id_of, row_ids_of
from bulk_update.ledger.database import Database
from bulk_update.ledger.readings import MAY_HAVE_ARRIVED
from bulk_update.ledger.sent_values import add_functions, bring_up_to_date
from bulk_update.records import Status
from bulk_update.reference import RecordState
from bulk_update.reversal import SentBefore

_ROWS_A_PART = 1000


_UNDONE = f"""
CREATE TEMP TABLE undone AS
SELECT row.campaign_id, row.identifier, row.id AS row_id,
    (SELECT min(attempt.id) FROM attempt WHERE attempt.row_id = row.id
        AND went_out IS NOT 0) AS first_attempt, '{{}}' AS known
FROM row JOIN outcome ON outcome.row_id = row.id
WHERE row.id BETWEEN :first AND :last AND row.outcome IS NULL
    AND (outcome.outcome IN ('{Status.UPDATED}', '{Status.IN_DOUBT}')
         OR (outcome.outcome = '{Status.FAILED}' AND first_attempt IS NOT NULL))
"""
"""A service that answered with an error, such as a gateway's 504, may have made the change."""

_COMPLETE_FROM = """
SELECT coalesce(max(id), 0) FROM attempt
WHERE id <= (SELECT max(first_attempt) FROM undone)
    AND NOT EXISTS (SELECT 1 FROM attempt AS previous WHERE previous.id = attempt.id - 1)
"""
"""The first attempt after which none was deleted: their ids have no gaps."""

_EARLIER = """
CREATE TEMP TABLE earlier AS
SELECT undone.rowid AS undone, row.id AS row_id, max(attempt.id) AS attempt_id
FROM run
CROSS JOIN row ON row.id BETWEEN run.id << :bits AND ((run.id + 1) << :bits) - 1
CROSS JOIN undone ON undone.campaign_id = row.campaign_id AND undone.identifier = row.identifier
CROSS JOIN attempt ON attempt.row_id = row.id AND went_out IS NOT 0
    AND attempt.id < undone.first_attempt AND attempt.id >= :complete_from
WHERE run.base_url = :base_url AND run.id <> :run
GROUP BY row.id
"""

_MERGE = """
UPDATE undone SET known = json_patch(known, (
    SELECT iif(outcome.outcome = 'updated', json(CAST(row.body AS TEXT)),
               unknown(CAST(row.body AS TEXT)))
    FROM row LEFT JOIN outcome ON outcome.row_id = row.id WHERE row.id = ?))
WHERE rowid = ?
"""

_ROWS = """
SELECT row.id, row.campaign_id, row.identifier, row.cells, row.body, outcome.sent_at_us,
    undone.known, coalesce(record.confirmed, '{}'),
    snapshot.row_id IS NOT NULL, snapshot.status_id, snapshot.agent_login,
    snapshot.next_call_date, snapshot.call_date
FROM undone CROSS JOIN row ON row.id = undone.row_id
JOIN outcome ON outcome.row_id = row.id
LEFT JOIN snapshot ON snapshot.row_id = row.id
LEFT JOIN record ON record.base_url = :base_url AND record.campaign_id = row.campaign_id
    AND record.identifier = row.identifier
WHERE undone.row_id > :after ORDER BY undone.row_id LIMIT :rows
"""

_SETTLE = f"""
UPDATE row SET body = coalesce(:body, body), fields = coalesce(:fields, fields),
    outcome = :outcome, code = :code, reasons = :reasons
WHERE id IN (SELECT id FROM to_send WHERE id = :row_id)
    AND NOT {MAY_HAVE_ARRIVED.format(row_id=":row_id")}
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
            (base_url,) = connection.execute(
                "SELECT base_url FROM run WHERE id = ?", (run,)
            ).fetchone()
            _find_undone(connection, run)
            if with_known:
                _find_known(connection, run, base_url=base_url)
        after = 0
        while True:
            values = {"base_url": base_url, "after": after, "rows": _ROWS_A_PART}
            with self._database.reading() as connection:
                found = connection.execute(_ROWS, values).fetchall()
            for entry in found:
                yield _undone_row(entry, with_known=with_known)
            if len(found) < _ROWS_A_PART:
                return
            after = found[-1][0]

    def stage(self, run: int, rows: Sequence[ReversedRow]) -> None:
        """Stage rows that undo others, with the numbers of these."""
        with self._database.writing() as connection:
            for undone, reversal, verdict, fields in rows:
                row_id = row_id_of(run, undone.number)
                connection.execute(
                    "INSERT INTO row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        *(row_id, undone.campaign_id, undone.identifier, undone.cells),
                        *(verdict_body(verdict), fields, *verdict_outcome(verdict)),
                    ),
                )
                connection.execute(
                    "INSERT INTO reversal VALUES (?, ?, ?, ?, ?)",
                    (row_id, *reversal_entry(reversal)),
                )
                if undone.sent_at_us is not None:
                    connection.execute(
                        "INSERT INTO export_time VALUES (?, ?)", (row_id, undone.sent_at_us)
                    )

    def of(self, row_ids: Sequence[int]) -> dict[int, WaitingReversal]:
        """Return what is known about undoing these rows, by key."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT row_id, identifier, sent, old, lost, before"
                " FROM json_each(?) AS wanted JOIN reversal ON reversal.row_id = wanted.value"
                " JOIN row ON row.id = reversal.row_id",
                (json.dumps(list(row_ids)),),
            )
            return {
                row_id: WaitingReversal(number_of(row_id), stored_reversal(*entry))
                for row_id, *entry in found
            }

    def unseen(self, *, after: int = 0) -> list[int]:
        """Return the next rows after a key whose expected records no page had, in order."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT row_id FROM expected WHERE NOT is_seen AND row_id > ?"
                " ORDER BY row_id LIMIT ?",
                (after, _ROWS_A_PART),
            )
            return [row_id for (row_id,) in found]

    def settle(self, judged: Iterable[Judged]) -> None:
        """Record what these rows send, or why they send nothing.

        A row of which an attempt may have arrived is not changed.
        """
        with self._database.writing() as connection:
            for row_id, verdict, fields in judged:
                outcome, code, reasons = verdict_outcome(verdict)
                values: dict[str, object] = {"row_id": row_id, "body": verdict_body(verdict)}
                values |= {"fields": fields, "outcome": outcome, "code": code, "reasons": reasons}
                connection.execute(_SETTLE, values)


def inherit_reversals(connection: sqlite3.Connection, run: int, *, parent: int) -> None:
    """Let the rows of a retry undo what the rows of its parent undo."""
    first, last = row_ids_of(parent)
    connection.execute(
        """
        INSERT INTO reversal
        SELECT row.id, sent, old, lost, before FROM reversal
        JOIN row ON row.id = (reversal.row_id & :mask) | :base
        WHERE reversal.row_id BETWEEN :first AND :last
        """,
        {
            "mask": NUMBER_MASK,
            "base": row_ids_of(run)[0],
            "first": first,
            "last": last,
        },
    )


def _find_undone(connection: sqlite3.Connection, run: int) -> None:
    first, last = row_ids_of(run)
    connection.execute("DROP TABLE IF EXISTS temp.undone")
    connection.execute(_UNDONE, {"first": first, "last": last})
    connection.execute("CREATE INDEX temp.undone_record ON undone (campaign_id, identifier)")
    connection.execute("CREATE INDEX temp.undone_row ON undone (row_id)")


def _find_known(connection: sqlite3.Connection, run: int, *, base_url: str) -> None:
    """Merge what earlier requests sent to the undone records, in their order."""
    add_functions(connection)
    (complete_from,) = connection.execute(_COMPLETE_FROM).fetchone()
    connection.execute("DROP TABLE IF EXISTS temp.earlier")
    values = {"bits": ROW_BITS, "base_url": base_url, "run": run, "complete_from": complete_from}
    connection.execute(_EARLIER, values)
    merges = connection.execute("SELECT row_id, undone FROM earlier ORDER BY attempt_id")
    while part := merges.fetchmany(_ROWS_A_PART):
        connection.executemany(_MERGE, part)
    connection.execute("DROP TABLE temp.earlier")


def _undone_row(entry: Any, *, with_known: bool) -> UndoneRow:
    row_id, campaign_id, identifier, cells, body, sent_at_us, then, now, has_before, *state = entry
    return UndoneRow(
        number_of(row_id),
        campaign_id,
        identifier,
        cells,
        body,
        sent_at_us,
        before=RecordState(identifier, *state) if has_before else None,
        known=SentBefore(json.loads(then), json.loads(now)) if with_known else None,
    )
