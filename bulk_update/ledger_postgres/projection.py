"""The result of every row of a run, from which all output files are written.

If the plan settled a row, that is its outcome; otherwise the outcome comes from sending. A row
with attempts but no outcome was interrupted by a crash and is in doubt. All other rows are
waiting: `planned` if sending has not been requested yet, `not_sent` if the run stopped before
they were sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bulk_update.ledger_postgres.database import Database
from bulk_update.ledger_postgres.row_keys import NUMBER_MASK, bounds_of
from bulk_update.ledger_postgres.tables import WAITS_TO_BE_SENT
from bulk_update.readback import Verified
from bulk_update.reasons import NO_REASONS, stored
from bulk_update.records import Issue, Status

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
LEFT JOIN outcome ON outcome.row_id = row.id
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

_ATTEMPTS = "SELECT count(*) FROM attempt WHERE row_id BETWEEN %(first)s AND %(last)s"


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
        return self._database.stream(_RESULTS, {**self._values, "with_bodies": with_bodies})

    def attempts(self) -> int:
        """Return how many attempts the run has made so far."""
        with self._database.reading() as connection:
            found = connection.execute(_ATTEMPTS, self._values).fetchone()
        return int(found[0]) if found else 0
