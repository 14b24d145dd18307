"""The result of every row of a run, from which all output files are written.

If the plan settled a row, that is its outcome; otherwise the outcome comes from sending. A row
with attempts but no outcome was interrupted by a crash and is in doubt. All other rows are
waiting: `planned` if sending has not been requested yet, `not_sent` if the run stopped before
they were sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from bulk_update.bookkeeping.frequent_reason import FrequentReason
from bulk_update.bookkeeping.read_rows import StatusMove
from bulk_update.bookkeeping.result_rows import OriginalRow, ResultRow, RowDetail, Snapshot
from bulk_update.bookkeeping.row_keys import NUMBER_MASK, row_ids_of
from bulk_update.bookkeeping.sending_times import SendingTimes
from bulk_update.bookkeeping.tally import Tally
from bulk_update.ledger.changes import LEFT_OUT, TO_SEND, changes_of, texts_seen
from bulk_update.ledger.database import Database
from bulk_update.ledger.frequent_reasons import ReasonCounter
from bulk_update.ledger.history import attempts_between
from bulk_update.ledger.sending_times import sending_times
from bulk_update.ledger.tables import WAITS_TO_BE_SENT
from bulk_update.plan import ChangeCounts
from bulk_update.readback import Verified
from bulk_update.reasons import NO_REASONS, stored
from bulk_update.records import FailedRow, Issue, RowText, Status
from bulk_update.reference import RecordState

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
    CASE WHEN :with_bodies AND {WAITS_TO_BE_SENT} THEN body END,
    coalesce(outcome.http_status, cut_off.http_status),
    coalesce(outcome.attempts, cut_off.attempts, 0),
    coalesce(outcome.request_id, cut_off.request_id),
    coalesce(outcome.sent_at_us, cut_off.sent_at_us),
    outcome.finished_at_us, outcome.elapsed_ms,
    CASE outcome.verified WHEN '{Verified.NEVER_ARRIVED}' THEN '{Verified.DIFFERS}'
        ELSE outcome.verified END
{_SOURCE} ORDER BY row.id
"""

_UNSENT = """
SELECT id & :mask, campaign_id, identifier, coalesce(outcome, :waiting),
    CASE WHEN outcome IS NULL THEN :waiting_code ELSE code END,
    CASE WHEN outcome IS NULL THEN :waiting_reasons ELSE reasons END,
    CASE WHEN :with_bodies AND outcome IS NULL THEN body END
FROM row WHERE id BETWEEN :first AND :last ORDER BY id
"""
"""Like `_RESULTS`, for a run without attempts: twice as fast, without the last seven columns."""

_TALLY = f"""
SELECT {_OUTCOME} AS final,
    CASE WHEN row.outcome IS NOT NULL THEN coalesce(row.code, '')
         ELSE coalesce(outcome.code, '') END AS code,
    campaign_id,
    CASE WHEN {WAITS_TO_BE_SENT} THEN fields END,
    count(*), min(row.id) & :mask
{_SOURCE} GROUP BY 1, 2, 3, 4
"""

_NEEDS_ATTENTION = """
    final IN ('invalid', 'duplicate', 'rejected', 'failed', 'in_doubt', 'superseded')
    AND NOT (final = 'duplicate' AND coalesce(row.code, '') = 'identical')
"""

_FAILED = f"""
SELECT row.id & :mask, cells, {_OUTCOME} AS final, coalesce(row.code, outcome.code, :interrupted),
    coalesce(row.reasons, outcome.reasons, :interrupted_reasons), campaign_id, identifier
{_SOURCE} AND {_NEEDS_ATTENTION}
ORDER BY row.id
"""


_ORIGINALS = """
SELECT row.id & :mask, cells, identifier,
    coalesce(row.reasons, outcome.reasons, :nothing), outcome.http_status
FROM row LEFT JOIN outcome ON outcome.row_id = row.id
WHERE row.id IN (SELECT :first | value FROM json_each(:numbers))
"""

_OUTCOMES = f"SELECT row.id AS row_id, {_OUTCOME} AS final {_SOURCE}"

_REASONS = ReasonCounter(
    f"""
    SELECT row.id & :mask AS number, {_OUTCOME} AS final,
        coalesce(row.code, outcome.code, :interrupted) AS code,
        coalesce(row.reasons, outcome.reasons, :interrupted_reasons) AS reasons
    {_SOURCE} AND {_NEEDS_ATTENTION}"""
)

_TRIED_AGAIN = """
SELECT count(*) FROM (
    SELECT 1 FROM attempt WHERE row_id BETWEEN :first AND :last
    GROUP BY row_id HAVING count(*) > 1)
"""

_STATUS_MOVES = f"""
SELECT coalesce(before.status_id, ''), json_extract(CAST(body AS TEXT), '$.status_id') AS after,
    count(*)
FROM ({_OUTCOMES}) AS ended
JOIN row ON row.id = ended.row_id
JOIN snapshot AS before ON before.row_id = ended.row_id
WHERE final IN ('updated', 'planned') AND after IS NOT NULL
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT :most
"""

_STORED_BYTES = """
SELECT (
    SELECT total(length(cells) + coalesce(length(body), 0) + coalesce(length(reasons), 0)
        + coalesce(length(identifier), 0) + :row_bytes)
    FROM row WHERE id BETWEEN :first AND :last
) + :row_bytes * (
    SELECT count(*) FROM attempt WHERE row_id BETWEEN :first AND :last
) + :row_bytes * (
    SELECT count(*) FROM outcome WHERE row_id BETWEEN :first AND :last
) + :row_bytes * (
    SELECT count(*) FROM snapshot WHERE row_id BETWEEN :first AND :last)
"""

_ROW_BYTES = 60
"""Roughly what the numbers, codes and indexes of one entry take, in any table."""


_READ = "SELECT cells, body FROM row WHERE id = ?"

_BEFORE = """
SELECT identifier, status_id, agent_login, next_call_date, call_date, read_at_us
FROM snapshot JOIN row ON row.id = row_id WHERE row_id = ?
"""

_VERIFIED = """
SELECT verified, count(*) FROM outcome
WHERE row_id BETWEEN :first AND :last AND verified IS NOT NULL GROUP BY 1
"""

_SPAN_ROWS = 1000

_SPAN = """
SELECT max(id) FROM (SELECT id FROM row WHERE id BETWEEN :first AND :last ORDER BY id LIMIT :rows)
"""

_PLAN = """
    coalesce(outcome, :waiting), coalesce(code, ''), campaign_id,
    CASE WHEN outcome IS NULL THEN fields END
"""

_TALLY_UNSENT = f"""
SELECT {_PLAN}, count(*), min(id) & :mask FROM row WHERE id BETWEEN :first AND :last
"""

_ARE_ALIKE = f"""
SELECT count(*) = 1 FROM (SELECT DISTINCT {_PLAN} FROM row WHERE id BETWEEN :first AND :last)
"""

_BY_KIND = "GROUP BY 1, 2, 3, 4"
"""Sorts the rows first, so it is only used if they differ."""


class Projection:
    """The current state of a run's rows.

    Every method raises LedgerError if the database cannot be read.
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
            "mask": NUMBER_MASK,
            "interrupted": INTERRUPTED,
            "waiting": waiting,
            "waiting_code": waiting_code,
            "waiting_reasons": waiting_reasons,
            "interrupted_reasons": stored([Issue(INTERRUPTED)]),
        }

    def rows(self, *, with_bodies: bool = False) -> Iterator[tuple[Any, ...]]:
        """Yield the result of every data row in input order, as the fields of a `ResultRow`.

        The fields that have a default are omitted if the run has sent nothing.
        """
        statement = _RESULTS if self.attempts() else _UNSENT
        return self._found(statement, with_bodies=with_bodies)

    def row(self, number: int) -> ResultRow | None:
        """Return the result of one row, or None if there is no such row."""
        key = self._first | number
        values = {**self._values, "first": key, "last": key, "with_bodies": False}
        with self._database.reading() as connection:
            found = connection.execute(_RESULTS, values).fetchone()
        return ResultRow(*found) if found else None

    def detail(self, number: int) -> RowDetail | None:
        """Return everything that is known about one row, or None if there is no such row."""
        key = self._first | number
        with self._database.reading() as connection:
            found = connection.execute(_READ, (key,)).fetchone()
            attempts = attempts_between(connection, key, key).get(key, ())
            before = connection.execute(_BEFORE, (key,)).fetchone()
        result = self.row(number)
        if found is None or result is None:
            return None
        cells, body = found
        own = tuple(attempt for attempt in attempts if not attempt.inherited)
        snapshot = Snapshot(RecordState(*before[:-1]), before[-1]) if before else None
        return RowDetail(tuple(json.loads(cells)), body, own, result, snapshot)

    def failed_rows(self) -> Iterator[FailedRow]:
        """Yield the rows that need attention, in input order."""
        return map(FailedRow._make, self._found(_FAILED))

    def originals(self, numbers: Sequence[int]) -> list[OriginalRow]:
        """Return these rows as they were read, in no particular order."""
        values = {**self._values, "nothing": NO_REASONS, "numbers": json.dumps(list(numbers))}
        with self._database.reading() as connection:
            found = connection.execute(_ORIGINALS, values).fetchall()
        return [OriginalRow(row[0], tuple(json.loads(row[1])), *row[2:]) for row in found]

    def tally(self) -> Tally:
        """Count the rows by their current state."""
        if self.attempts():
            return Tally.of(self._found(_TALLY))
        return Tally.of(self._tally_unsent())

    def changes(self, *, text_of: RowText | None = None) -> ChangeCounts:
        """Count what the rows to be sent change; `text_of` returns a row's text of `priority`."""
        with self._database.reading() as connection:
            return changes_of(connection, self._values, among=TO_SEND, text_of=text_of)

    def changes_left_out(self, *, text_of: RowText | None = None) -> ChangeCounts:
        """Count what the rows would change that the plan decided not to send."""
        with self._database.reading() as connection:
            return changes_of(connection, self._values, among=LEFT_OUT, text_of=text_of)

    def texts_seen(self, text_of: RowText) -> frozenset[str]:
        """Return the texts that any row shows, whatever became of it."""
        with self._database.reading() as connection:
            return texts_seen(connection, self._values, text_of)

    def attempts(self) -> int:
        """Return how many attempts the run has made so far."""
        ((count,),) = self._found(
            "SELECT count(*) FROM attempt WHERE row_id BETWEEN :first AND :last"
        )
        return int(count)

    def frequent_reasons(self, *, most: int) -> list[FrequentReason]:
        """Return the most frequent reasons of each outcome that needs attention, by outcome."""
        with self._database.reading() as connection:
            return list(_REASONS.most_frequent(connection, self._values, most=most))

    def tried_again(self) -> int:
        """Return how many rows needed more than one attempt."""
        ((count,),) = self._found(_TRIED_AGAIN)
        return int(count)

    def verified(self) -> dict[str, int]:
        """Return how many rows show their values (`yes`) and how many do not (`differs`)."""
        counts = {str(Verified.YES): 0, str(Verified.DIFFERS): 0}
        for verified, count in self._found(_VERIFIED):
            counts[Verified.YES if verified == Verified.YES else Verified.DIFFERS] += count
        return counts

    def status_moves(self, *, most: int) -> list[StatusMove]:
        """Count the rows that are updated or planned by their records' status, before and after.

        Returns the `most` most frequent in order. Rows without a snapshot or a status do not count.
        """
        return [StatusMove(*move) for move in self._found(_STATUS_MOVES, most=most)]

    def sending_times(self, *, most_spans: int, most_pauses: int) -> SendingTimes | None:
        """Return when the attempts were made, counted by spans of equal length; None: never."""
        with self._database.reading() as connection:
            return sending_times(
                connection, self._values, most_spans=most_spans, most_pauses=most_pauses
            )

    def stored_bytes(self) -> int:
        """Return an estimate of the space that the run takes in the ledger."""
        ((count,),) = self._found(_STORED_BYTES, row_bytes=_ROW_BYTES)
        return int(count)

    def _tally_unsent(self) -> Iterator[tuple[Any, ...]]:
        """Yield the entries of `_TALLY` for a run without attempts, for some rows at a time."""
        with self._database.reading() as connection:
            for values in self._spans():
                (are_alike,) = connection.execute(_ARE_ALIKE, values).fetchone()
                statement = _TALLY_UNSENT if are_alike else f"{_TALLY_UNSENT} {_BY_KIND}"
                yield from connection.execute(statement, values)

    def _spans(self) -> Iterator[dict[str, object]]:
        """Yield a statement's parameters for some rows at a time, in input order."""
        values = {**self._values, "rows": _SPAN_ROWS}
        while True:
            (last,) = self._database.connection.execute(_SPAN, values).fetchone()
            if last is None:
                return
            yield {**values, "last": last}
            values["first"] = last + 1

    def _found(self, statement: str, **values: object) -> Iterator[Any]:
        with self._database.reading() as connection:
            yield from connection.execute(statement, {**self._values, **values})
