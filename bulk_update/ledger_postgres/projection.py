"""The result of every row of a run, from which all output files are written.

If the plan settled a row, that is its outcome; otherwise the outcome comes from sending. A row
with attempts but no outcome was interrupted by a crash and is in doubt. All other rows are
waiting: `planned` if sending has not been requested yet, `not_sent` if the run stopped before
they were sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bulk_update.bookkeeping import (
    FrequentReason,
    OriginalRow,
    ResultRow,
    RowDetail,
    SendingTimes,
    Snapshot,
    StatusMove,
    Tally,
)
from bulk_update.bookkeeping.row_keys import NUMBER_MASK, bounds_of, row_id_of
from bulk_update.ledger_postgres.changes import LEFT_OUT, TO_SEND, changes_of, texts_seen
from bulk_update.ledger_postgres.database import Database
from bulk_update.ledger_postgres.frequent_reasons import most_frequent
from bulk_update.ledger_postgres.history import attempts_between
from bulk_update.ledger_postgres.sending_times import sending_times
from bulk_update.ledger_postgres.tables import WAITS_TO_BE_SENT
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
         ELSE %(waiting)s::text END
"""

_SOURCE = """
FROM row
LEFT JOIN outcome ON outcome.row_id = row.id AND outcome.row_id BETWEEN %(first)s AND %(last)s
LEFT JOIN (
    SELECT row_id, count(*) AS attempts, min(departed_at_us) AS sent_at_us,
           max(http_status) AS http_status, max(request_id) AS request_id
    FROM attempt
    WHERE row_id BETWEEN %(first)s AND %(last)s
      AND NOT EXISTS (SELECT 1 FROM outcome WHERE outcome.row_id = attempt.row_id)
    GROUP BY row_id
) AS cut_off ON cut_off.row_id = row.id
WHERE row.id BETWEEN %(first)s AND %(last)s
"""

_RESULTS = f"""
SELECT row.id & %(mask)s, campaign_id, identifier, {_OUTCOME} AS final,
    CASE WHEN row.outcome IS NOT NULL THEN row.code
         WHEN outcome.outcome IS NOT NULL THEN outcome.code
         WHEN cut_off.row_id IS NOT NULL THEN %(interrupted)s::text
         ELSE %(waiting_code)s::text END,
    CASE WHEN row.outcome IS NOT NULL THEN row.reasons
         WHEN outcome.outcome IS NOT NULL THEN outcome.reasons
         WHEN cut_off.row_id IS NOT NULL THEN %(interrupted_reasons)s::text
         ELSE %(waiting_reasons)s::text END,
    CASE WHEN %(with_bodies)s::boolean AND {WAITS_TO_BE_SENT} THEN body END,
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
SELECT id & %(mask)s, campaign_id, identifier, coalesce(outcome, %(waiting)s::text),
    CASE WHEN outcome IS NULL THEN %(waiting_code)s::text ELSE code END,
    CASE WHEN outcome IS NULL THEN %(waiting_reasons)s::text ELSE reasons END,
    CASE WHEN %(with_bodies)s::boolean AND outcome IS NULL THEN body END
FROM row WHERE id BETWEEN %(first)s AND %(last)s ORDER BY id
"""
"""Like `_RESULTS`, for a run without attempts, and without the last seven columns."""

_TALLY = f"""
SELECT {_OUTCOME} AS final,
    CASE WHEN row.outcome IS NOT NULL THEN coalesce(row.code, '')
         ELSE coalesce(outcome.code, '') END AS code,
    campaign_id,
    CASE WHEN {WAITS_TO_BE_SENT} THEN fields END,
    count(*), min(row.id) & %(mask)s
{_SOURCE} GROUP BY 1, 2, 3, 4
"""

_NEEDS_ATTENTION = """
    final IN ('invalid', 'duplicate', 'rejected', 'failed', 'in_doubt', 'superseded')
    AND NOT (final = 'duplicate' AND coalesce(planned_code, '') = 'identical')
"""

_FAILED = f"""
SELECT number, cells, final, code, reasons, campaign_id, identifier
FROM (
    SELECT row.id & %(mask)s AS number, cells, {_OUTCOME} AS final, campaign_id, identifier,
        row.code AS planned_code,
        coalesce(row.code, outcome.code, %(interrupted)s::text) AS code,
        coalesce(row.reasons, outcome.reasons, %(interrupted_reasons)s::text) AS reasons
    {_SOURCE}
) AS ended
WHERE {_NEEDS_ATTENTION}
"""

_ORIGINALS = """
SELECT row.id & %(mask)s, cells, identifier,
    coalesce(row.reasons, outcome.reasons, %(nothing)s::text), outcome.http_status
FROM row LEFT JOIN outcome ON outcome.row_id = row.id
WHERE row.id = ANY(%(ids)s::bigint[])
"""

_ATTEMPTS = "SELECT count(*) FROM attempt WHERE row_id BETWEEN %(first)s AND %(last)s"

_TRIED_AGAIN = """
SELECT count(*) FROM (
    SELECT FROM attempt WHERE row_id BETWEEN %(first)s AND %(last)s
    GROUP BY row_id HAVING count(*) > 1) AS again
"""

_STATUS_MOVES = f"""
SELECT before, after, count(*)
FROM (
    SELECT final, coalesce(snapshot.status_id, '') AS before,
        (convert_from(body, 'UTF8')::json ->> 'status_id') COLLATE "C" AS after
    FROM (SELECT row.id, body, {_OUTCOME} AS final {_SOURCE}) AS ended
    JOIN snapshot ON snapshot.row_id = ended.id
) AS moved
WHERE final IN ('updated', 'planned') AND after IS NOT NULL
GROUP BY before, after ORDER BY 3 DESC, 1, 2 LIMIT %(most)s
"""

_STORED_BYTES = """
SELECT (
    SELECT coalesce(sum(octet_length(cells) + coalesce(octet_length(body), 0)
        + coalesce(octet_length(reasons), 0) + coalesce(octet_length(identifier), 0)
        + %(row_bytes)s), 0)
    FROM row WHERE id BETWEEN %(first)s AND %(last)s
) + %(row_bytes)s * (
    (SELECT count(*) FROM attempt WHERE row_id BETWEEN %(first)s AND %(last)s)
    + (SELECT count(*) FROM outcome WHERE row_id BETWEEN %(first)s AND %(last)s)
    + (SELECT count(*) FROM snapshot WHERE row_id BETWEEN %(first)s AND %(last)s))
"""

_ROW_BYTES = 60
"""Roughly what the numbers, codes and indexes of one entry take, in any table."""

_READ = "SELECT cells, body FROM row WHERE id = %s"

_BEFORE = """
SELECT identifier, status_id, agent_login, next_call_date, call_date, read_at_us
FROM snapshot JOIN row ON row.id = row_id WHERE row_id = %s
"""

_VERIFIED = """
SELECT verified, count(*) FROM outcome
WHERE row_id BETWEEN %(first)s AND %(last)s AND verified IS NOT NULL GROUP BY verified
"""


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
        self._run = run
        self._values = {
            **bounds_of(run),
            "mask": NUMBER_MASK,
            "interrupted": INTERRUPTED,
            "interrupted_reasons": stored([Issue(INTERRUPTED)]),
            "waiting": waiting,
            "waiting_code": waiting_code,
            "waiting_reasons": waiting_reasons,
        }

    def rows(self, *, with_bodies: bool = False) -> Iterator[tuple[Any, ...]]:
        """Yield the result of every data row in input order, as the fields of a `ResultRow`.

        The fields that have a default are omitted if the run has sent nothing.
        """
        statement = _RESULTS if self.attempts() else _UNSENT
        return self._database.stream(statement, {**self._values, "with_bodies": with_bodies})

    def row(self, number: int) -> ResultRow | None:
        """Return the result of one row, or None if there is no such row."""
        key = row_id_of(self._run, number)
        values = {**self._values, "first": key, "last": key, "with_bodies": False}
        found = self._found(_RESULTS, values)
        return ResultRow(*found[0]) if found else None

    def detail(self, number: int) -> RowDetail | None:
        """Return everything that is known about one row, or None if there is no such row."""
        key = row_id_of(self._run, number)
        with self._database.reading() as connection:
            found = connection.execute(_READ, [key]).fetchone()
            attempts = attempts_between(connection, key, key).get(key, ())
            before = connection.execute(_BEFORE, [key]).fetchone()
        result = self.row(number)
        if found is None or result is None:
            return None
        cells, body = found
        own = tuple(attempt for attempt in attempts if not attempt.inherited)
        snapshot = Snapshot(RecordState(*before[:-1]), before[-1]) if before else None
        return RowDetail(tuple(json.loads(cells)), body, own, result, snapshot)

    def failed_rows(self) -> Iterator[FailedRow]:
        """Yield the rows that need attention, in input order."""
        found = self._database.stream(f"{_FAILED} ORDER BY number", self._values)
        return map(FailedRow._make, found)

    def originals(self, numbers: Sequence[int]) -> list[OriginalRow]:
        """Return these rows as they were read, in no particular order."""
        ids = [row_id_of(self._run, number) for number in numbers]
        found = self._found(_ORIGINALS, {**self._values, "nothing": NO_REASONS, "ids": ids})
        return [OriginalRow(row[0], tuple(json.loads(row[1])), *row[2:]) for row in found]

    def tally(self) -> Tally:
        """Count the rows by their current state."""
        return Tally.of(self._found(_TALLY, self._values))

    def changes(self, *, text_of: RowText | None = None) -> ChangeCounts:
        """Count what the rows to be sent change; `text_of` returns a row's text of `priority`."""
        return changes_of(self._database, self._values, among=TO_SEND, text_of=text_of)

    def changes_left_out(self, *, text_of: RowText | None = None) -> ChangeCounts:
        """Count what the rows would change that the plan decided not to send."""
        return changes_of(self._database, self._values, among=LEFT_OUT, text_of=text_of)

    def texts_seen(self, text_of: RowText) -> frozenset[str]:
        """Return the texts that any row shows, whatever became of it."""
        return texts_seen(self._database, self._values, text_of)

    def attempts(self) -> int:
        """Return how many attempts the run has made so far."""
        ((count,),) = self._found(_ATTEMPTS, self._values)
        return int(count)

    def frequent_reasons(self, *, most: int) -> list[FrequentReason]:
        """Return the most frequent reasons of each outcome that needs attention, by outcome."""
        with self._database.reading() as connection:
            return most_frequent(connection, _FAILED, self._values, run=self._run, most=most)

    def tried_again(self) -> int:
        """Return how many rows needed more than one attempt."""
        ((count,),) = self._found(_TRIED_AGAIN, self._values)
        return int(count)

    def verified(self) -> dict[str, int]:
        """Return how many rows show their values (`yes`) and how many do not (`differs`)."""
        counts = {str(Verified.YES): 0, str(Verified.DIFFERS): 0}
        for verified, count in self._found(_VERIFIED, self._values):
            counts[Verified.YES if verified == Verified.YES else Verified.DIFFERS] += count
        return counts

    def status_moves(self, *, most: int) -> list[StatusMove]:
        """Count the rows that are updated or planned by their records' status, before and after.

        Returns the `most` most frequent in order. Rows without a snapshot or a status do not count.
        """
        found = self._found(_STATUS_MOVES, {**self._values, "most": most})
        return [StatusMove(*move) for move in found]

    def sending_times(self, *, most_spans: int, most_pauses: int) -> SendingTimes | None:
        """Return when the attempts were made, counted by spans of equal length; None: never."""
        with self._database.reading() as connection:
            return sending_times(
                connection, self._values, most_spans=most_spans, most_pauses=most_pauses
            )

    def stored_bytes(self) -> int:
        """Return an estimate of the space that the run takes in the ledger."""
        ((count,),) = self._found(_STORED_BYTES, {**self._values, "row_bytes": _ROW_BYTES})
        return int(count)

    def _found(self, statement: str, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """Return the rows of a query that finds only a few."""
        with self._database.reading() as connection:
            return connection.execute(statement, values).fetchall()
