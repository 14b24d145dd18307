"""When a run sent: its attempts over time, and the pauses between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bulk_update.bookkeeping.sending_times import SHORTEST_PAUSE_US, SendingTimes, span_between
from bulk_update.ledger_postgres.connection import Connection

_ATTEMPTS = "FROM attempt WHERE row_id BETWEEN %(first)s AND %(last)s"

_SPAN = f"SELECT min(departed_at_us), max(departed_at_us) {_ATTEMPTS}"

_COUNTED = f"""
SELECT (departed_at_us - %(from_us)s) / %(span_us)s, count(*) {_ATTEMPTS} GROUP BY 1
"""

_PAUSES = f"""
SELECT before_us, after_us FROM (
    SELECT departed_at_us AS after_us, lag(departed_at_us) OVER (ORDER BY departed_at_us)
        AS before_us
    {_ATTEMPTS}) AS waits
WHERE after_us - before_us >= %(shortest)s ORDER BY after_us - before_us DESC, 1 LIMIT %(most)s
"""


def sending_times(
    connection: Connection,
    values: Mapping[str, Any],
    *,
    most_spans: int,
    most_pauses: int,
) -> SendingTimes | None:
    """Return when the attempts of the rows from `first` to `last` were made; None: never.

    There are at most `most_spans` spans, none of them shorter than a second.
    """
    ((first_us, last_us),) = connection.execute(_SPAN, values).fetchall()
    if first_us is None:
        return None
    span_us = span_between(first_us, last_us, most_spans=most_spans)
    counted = connection.execute(_COUNTED, {**values, "from_us": first_us, "span_us": span_us})
    pauses = connection.execute(
        _PAUSES, {**values, "shortest": SHORTEST_PAUSE_US, "most": most_pauses}
    )
    return SendingTimes.counted(first_us, last_us, span_us, dict(counted), pauses.fetchall())
