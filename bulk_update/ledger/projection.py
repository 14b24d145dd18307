"""What became of every row, as one row each: the source of all files of a run.

A row's outcome is the plan's where the plan settled it, else the one that sending brought. A row
with attempts and no outcome was cut off by a crash: it is in doubt. All others wait: `planned`
where nobody has asked to send them yet, `not_sent` where the run stopped before their turn.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from bulk_update.ledger.connection import ledger_errors
from bulk_update.ledger.schema import ROW_BITS, WAITS_TO_BE_SENT, row_ids_of
from bulk_update.ledger.stretches import (
    FEWEST_ROWS,
    ROWS,
    AlikeRows,
    are_mostly_sent,
    ended_alike,
    spans,
    to_send_alike,
)
from bulk_update.ledger.tally import Tally
from bulk_update.records import Status, Stretch

INTERRUPTED = "halted-interrupted"
"""The code of a row whose run was killed between its intent and its outcome."""


class ResultRow(NamedTuple):
    """One row's end, in the order and with the meaning of the columns of `results.csv`."""

    number: int
    campaign_id: str | None
    identifier: str | None
    outcome: str
    code: str
    message: str
    http_status: int | None
    attempts: int
    request_id: str | None
    sent_at_us: int | None
    finished_at_us: int | None
    elapsed_ms: int | None


_OUTCOME = """
    CASE WHEN row.outcome IS NOT NULL THEN row.outcome
         WHEN outcome.outcome IS NOT NULL THEN outcome.outcome
         WHEN cut_off.row_id IS NOT NULL THEN 'in_doubt'
         ELSE :waiting END
"""

_SOURCE = """
FROM row
LEFT JOIN outcome ON outcome.row_id = row.id
LEFT JOIN (
    SELECT row_id, count(*) AS attempts, min(departed_at_us) AS sent_at_us,
           max(http_status) AS http_status, max(request_id) AS request_id
    FROM attempt
    WHERE row_id BETWEEN :first AND :last
      AND NOT EXISTS (SELECT 1 FROM outcome WHERE outcome.row_id = attempt.row_id)
    GROUP BY row_id
) AS cut_off ON cut_off.row_id = row.id
WHERE row.id BETWEEN :first AND :last
"""

_RESULTS = f"""
SELECT row.id & :mask, campaign_id, identifier, {_OUTCOME} AS final,
    CASE WHEN row.outcome IS NOT NULL THEN row.code
         WHEN outcome.outcome IS NOT NULL THEN outcome.code
         WHEN cut_off.row_id IS NOT NULL THEN :interrupted
         ELSE :waiting_code END,
    CASE WHEN row.outcome IS NOT NULL THEN row.message
         WHEN outcome.outcome IS NOT NULL THEN outcome.message
         WHEN cut_off.row_id IS NOT NULL
         THEN 'the run was cut off while this row was on its way; it is sent again'
         ELSE :waiting_message END,
    coalesce(outcome.http_status, cut_off.http_status),
    coalesce(outcome.attempts, cut_off.attempts, 0),
    coalesce(outcome.request_id, cut_off.request_id),
    coalesce(outcome.sent_at_us, cut_off.sent_at_us),
    outcome.finished_at_us, outcome.elapsed_ms
{_SOURCE} ORDER BY row.id
"""

_TALLY = f"""
SELECT {_OUTCOME} AS final,
    CASE WHEN row.outcome IS NOT NULL THEN coalesce(row.code, '')
         ELSE coalesce(outcome.code, '') END AS code,
    campaign_id,
    CASE WHEN {WAITS_TO_BE_SENT} THEN fields END,
    count(*)
{_SOURCE} GROUP BY 1, 2, 3, 4
"""

_TALLY_UNSENT = """
SELECT coalesce(outcome, :waiting), coalesce(code, ''), campaign_id,
       CASE WHEN outcome IS NULL THEN fields END, count(*)
FROM row WHERE id BETWEEN :first AND :last GROUP BY outcome, 2, 3, 4
"""

_FAILED = f"""
SELECT cells, {_OUTCOME} AS final, coalesce(row.code, outcome.code, :interrupted),
    coalesce(row.message, outcome.message, 'the run was cut off while this row was on its way')
{_SOURCE} AND final IN ('invalid', 'duplicate', 'rejected', 'failed', 'in_doubt', 'superseded')
    AND NOT (final = 'duplicate' AND coalesce(row.code, '') = 'identical')
ORDER BY row.id
"""


_REQUESTS = """
SELECT id & :mask, campaign_id, identifier, body FROM to_send
WHERE id BETWEEN :first AND :last ORDER BY id
"""


class Projection:
    """Reads the rows of one run as they stand.

    Every method raises LedgerError where the database cannot be read.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        run: int,
        *,
        path: Path,
        waiting: Status,
        waiting_code: str = "",
        waiting_message: str = "",
    ) -> None:
        self._connection = connection
        self._path = path
        self._first, self._last = row_ids_of(run)
        self._values = {
            "first": self._first,
            "last": self._last,
            "mask": (1 << ROW_BITS) - 1,
            "interrupted": INTERRUPTED,
            "waiting": waiting,
            "waiting_code": waiting_code,
            "waiting_message": waiting_message,
        }

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Yield every data row's end in input order, as the fields of a `ResultRow`."""
        return self._found(_RESULTS)

    def stretches(self, *, size: int = ROWS) -> Iterator[Stretch | list[tuple[object, ...]]]:
        """Yield what `rows` does, `size` rows at once; those that are alike as a Stretch."""
        return self._alike(ended_alike, _RESULTS, self._first, self._last, size=size)

    def row(self, number: int) -> ResultRow | None:
        """Return one row's end, or None where there is no such row."""
        key = self._first | number
        values = {**self._values, "first": key, "last": key}
        with ledger_errors(self._path):
            found = self._connection.execute(_RESULTS, values).fetchone()
        return ResultRow(*found) if found else None

    def failed_rows(self) -> Iterator[tuple[bytes, str, str, str]]:
        """Yield the original cells (JSON), outcome, code and message of rows that need a person."""
        return self._found(_FAILED)

    def requests(
        self, *, size: int = ROWS
    ) -> Iterator[Stretch | list[tuple[int, str, str, bytes]]]:
        """Yield number, campaign, identifier and body of the rows that are to be sent.

        They are looked for among `size` rows at once; those that are alike come as a Stretch.
        """
        return self._alike(to_send_alike, _REQUESTS, self._first, self._last, size=size)

    def tally(self) -> Tally:
        """Count the rows by how they stand now."""
        return Tally(tuple(self._found(_TALLY if self.attempts() else _TALLY_UNSENT)))

    def attempts(self) -> int:
        """Return how many attempts the run has made so far."""
        ((count,),) = self._found(
            "SELECT count(*) FROM attempt WHERE row_id BETWEEN :first AND :last"
        )
        return int(count)

    def _alike(
        self, find: AlikeRows, statement: str, first: int, last: int, *, size: int
    ) -> Iterator[Stretch | list[Any]]:
        """Yield `size` rows at once, as a Stretch or else in smaller parts, down to single rows."""
        with ledger_errors(self._path):
            for start, end in spans(self._connection, first, last, size=size):
                values = {**self._values, "first": start, "last": end}
                is_vain = are_mostly_sent(self._connection, values)
                stretch = None if is_vain else find(self._connection, values)
                if stretch:
                    yield stretch
                elif is_vain or size <= FEWEST_ROWS:
                    yield list(self._found(statement, values))
                else:
                    yield from self._alike(find, statement, start, end, size=size // 10)

    def _found(self, statement: str, values: Mapping[str, object] | None = None) -> Iterator[Any]:
        with ledger_errors(self._path):
            yield from self._connection.execute(statement, values or self._values)
