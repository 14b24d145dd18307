"""What became of every row, as one row each: the source of all files of a run.

A row's outcome is the plan's where the plan settled it, else the one that sending brought. A row
with attempts and no outcome was cut off by a crash: it is in doubt. All others wait: `planned`
where nobody has asked to send them yet, `not_sent` where the run stopped before their turn.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from bulk_update.ledger.database import Database
from bulk_update.ledger.history import attempts_between
from bulk_update.ledger.result_rows import OriginalRow, ResultRow, RowDetail
from bulk_update.ledger.schema import ROW_BITS, WAITS_TO_BE_SENT, row_ids_of
from bulk_update.ledger.tally import Tally
from bulk_update.reasons import NO_REASONS, stored
from bulk_update.records import BETWEEN_ROWS, FailedRow, Issue, RowGroup, Status

INTERRUPTED = "halted-interrupted"
"""The code of a row whose run was killed between its intent and its outcome."""

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
    CASE WHEN row.outcome IS NOT NULL THEN row.reasons
         WHEN outcome.outcome IS NOT NULL THEN outcome.reasons
         WHEN cut_off.row_id IS NOT NULL THEN :interrupted_reasons
         ELSE :waiting_reasons END,
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

_FAILED = f"""
SELECT row.id & :mask, cells, {_OUTCOME} AS final, coalesce(row.code, outcome.code, :interrupted),
    coalesce(row.reasons, outcome.reasons, :interrupted_reasons)
{_SOURCE} AND final IN ('invalid', 'duplicate', 'rejected', 'failed', 'in_doubt', 'superseded')
    AND NOT (final = 'duplicate' AND coalesce(row.code, '') = 'identical')
ORDER BY row.id
"""


_ORIGINALS = """
SELECT row.id & :mask, cells, identifier,
    coalesce(row.reasons, outcome.reasons, :nothing), outcome.http_status
FROM row LEFT JOIN outcome ON outcome.row_id = row.id
WHERE row.id IN (SELECT :first | value FROM json_each(:numbers))
"""

_READ = "SELECT cells, body FROM row WHERE id = ?"

_SPAN_ROWS = 1000
_SPAN_BYTES = 4_000_000
"""Of bodies: so many are joined to one text, and a single one may be longer."""

_SPAN = """
SELECT max(id), total(size) FROM (
    SELECT id, length(body) AS size FROM row
    WHERE id BETWEEN :first AND :last ORDER BY id LIMIT :rows
)
"""

_ARE_ALIKE = """
SELECT count(*) = 1 FROM (SELECT DISTINCT {kind} FROM row WHERE id BETWEEN :first AND :last)
"""

_BY_KIND = "GROUP BY 1, 2, 3, 4"
"""Sorts the rows first: only for those that are not alike."""

_END = "campaign_id, outcome, code, reasons"

_ALIKE = """
SELECT {end}, group_concat(id & :mask, :separator),
       group_concat(coalesce(identifier, ''), :separator), CAST({bodies} AS BLOB)
FROM {table} WHERE id BETWEEN :first AND :last
"""
"""Texts of many rows, which SQLite joins in half the time that handing them over takes."""

_UNSENT = _ALIKE.format(table="row", end=_END, bodies="''")
_REQUESTS = _ALIKE.format(
    table="to_send",
    end="campaign_id, NULL, NULL, NULL",
    bodies="group_concat(CAST(body AS TEXT), :separator)",
)

_PLAN = """
    coalesce(outcome, :waiting), coalesce(code, ''), campaign_id,
    CASE WHEN outcome IS NULL THEN fields END
"""

_TALLY_UNSENT = f"SELECT {_PLAN}, count(*) FROM row WHERE id BETWEEN :first AND :last"


class Projection:
    """Reads the rows of one run as they stand.

    Every method raises LedgerError where the database cannot be read.
    """

    def __init__(
        self,
        database: Database,
        run: int,
        *,
        waiting: Status,
        waiting_code: str = "",
        waiting_reasons: str = NO_REASONS,
    ) -> None:
        self._database = database
        self._first, self._last = row_ids_of(run)
        self._values = {
            "first": self._first,
            "last": self._last,
            "mask": (1 << ROW_BITS) - 1,
            "interrupted": INTERRUPTED,
            "waiting": waiting,
            "waiting_code": waiting_code,
            "waiting_reasons": waiting_reasons,
            "interrupted_reasons": stored([Issue(INTERRUPTED)]),
        }

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Yield every data row's end in input order, as the fields of a `ResultRow`."""
        return self._found(_RESULTS)

    def unsent_rows(self) -> Iterator[list[RowGroup]]:
        """Yield the same of a run that has sent nothing: some rows at a time, alike by alike."""
        return self._alike(_UNSENT)

    def row(self, number: int) -> ResultRow | None:
        """Return one row's end, or None where there is no such row."""
        key = self._first | number
        values = {**self._values, "first": key, "last": key}
        with self._database.reading() as connection:
            found = connection.execute(_RESULTS, values).fetchone()
        return ResultRow(*found) if found else None

    def detail(self, number: int) -> RowDetail | None:
        """Return everything that is known about one row, or None where there is no such row."""
        key = self._first | number
        with self._database.reading() as connection:
            found = connection.execute(_READ, (key,)).fetchone()
            attempts = attempts_between(connection, key, key).get(key, ())
        result = self.row(number)
        if found is None or result is None:
            return None
        cells, body = found
        own = tuple(attempt for attempt in attempts if not attempt.inherited)
        return RowDetail(tuple(json.loads(cells)), body, own, result)

    def failed_rows(self) -> Iterator[FailedRow]:
        """Yield the rows that need a person, in input order."""
        return map(FailedRow._make, self._found(_FAILED))

    def originals(self, numbers: Sequence[int]) -> list[OriginalRow]:
        """Return these rows as they were read, in no particular order."""
        values = {**self._values, "nothing": NO_REASONS, "numbers": json.dumps(list(numbers))}
        with self._database.reading() as connection:
            found = connection.execute(_ORIGINALS, values).fetchall()
        return [OriginalRow(row[0], tuple(json.loads(row[1])), *row[2:]) for row in found]

    def requests(self) -> Iterator[list[RowGroup]]:
        """Yield the rows that are to be sent, as `unsent_rows` does."""
        return self._alike(_REQUESTS)

    def tally(self) -> Tally:
        """Count the rows by how they stand now."""
        if self.attempts():
            return Tally.of(self._found(_TALLY))
        return Tally.of(chain.from_iterable(self._by_kind(_TALLY_UNSENT, _PLAN)))

    def attempts(self) -> int:
        """Return how many attempts the run has made so far."""
        ((count,),) = self._found(
            "SELECT count(*) FROM attempt WHERE row_id BETWEEN :first AND :last"
        )
        return int(count)

    def _alike(self, statement: str) -> Iterator[list[RowGroup]]:
        for found in self._by_kind(statement, _END):
            yield [rows for rows in map(RowGroup._make, found) if rows.numbers]

    def _by_kind(self, statement: str, kind: str) -> Iterator[list[Any]]:
        """Yield what an aggregate finds for each kind of rows, among so many at a time."""
        are_alike = _ARE_ALIKE.format(kind=kind)
        with self._database.reading() as connection:
            for values in self._spans():
                (is_one,) = connection.execute(are_alike, values).fetchone()
                grouped = statement if is_one else f"{statement} {_BY_KIND}"
                yield connection.execute(grouped, values).fetchall()

    def _spans(self) -> Iterator[dict[str, object]]:
        """Yield the values of a statement for some rows at a time, in input order."""
        values = {**self._values, "separator": BETWEEN_ROWS}
        rows = _SPAN_ROWS
        while True:
            span = self._database.connection.execute(_SPAN, {**values, "rows": rows})
            last, size = span.fetchone()
            if last is None:
                return
            if size > _SPAN_BYTES and rows > 1:
                rows //= 10
                continue
            yield {**values, "last": last}
            values["first"], rows = last + 1, _SPAN_ROWS

    def _found(self, statement: str) -> Iterator[Any]:
        with self._database.reading() as connection:
            yield from connection.execute(statement, self._values)
