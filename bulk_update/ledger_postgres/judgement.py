"""Rows that need not be sent because their records already hold these or newer values.

Everything is done in SQL, so that a million rows need no more memory than ten.
"""

from __future__ import annotations

from bulk_update.bookkeeping import KnownBefore, Run
from bulk_update.bookkeeping.row_keys import bounds_of
from bulk_update.ledger_postgres.connection import Connection
from bulk_update.ledger_postgres.later_requests import find_sent_later
from bulk_update.ledger_postgres.sent_values import HOLDS_VALUES
from bulk_update.reasons import stored, stored_one
from bulk_update.records import Issue

_HOLDS_VALUES = f"EXISTS (SELECT 1 FROM record WHERE {HOLDS_VALUES.format(row='row')})"

_WAIT_AGAIN = """
UPDATE row SET outcome = NULL, code = NULL, reasons = NULL
WHERE id BETWEEN %(first)s AND %(last)s AND outcome = 'unchanged' AND code <> 'already-undone'
"""
"""Known values decided about these rows, not what their records show."""

_IS_UNCHANGED = f"""
UPDATE row SET outcome = %(outcome)s, code = %(code)s, reasons = %(reasons)s
WHERE id BETWEEN %(first)s AND %(last)s AND outcome IS NULL AND {_HOLDS_VALUES}
  AND NOT EXISTS (SELECT 1 FROM outcome WHERE outcome.row_id = row.id)
"""

_LATER = """(record.run > %(run)s OR (record.run > %(origin)s AND (
    record.origin <> %(origin)s
    OR record.run IN (SELECT id FROM run WHERE undoes IS NOT NULL))))"""
"""A retry sends what its first run read, so any run in between is later, its undo included."""

_ANY_SINCE = "(record.run > %(undoes)s AND record.run <> %(run)s)"
"""Any request since the run that this one undoes, other than its own."""

_SUPERSEDED = """
EXISTS (SELECT 1 FROM record
        WHERE record.base_url = %(base_url)s AND record.campaign_id = row.campaign_id
          AND record.identifier = row.identifier AND {later})
"""

_ANY_LATER = f"SELECT 1 FROM record WHERE base_url = %(base_url)s AND {_LATER} LIMIT 1"

_SENT_LATER = "row.id IN (SELECT id FROM sent_later)"

_IN_DOUBT = """
UPDATE outcome SET code = 'superseded', reasons = CASE reasons
    WHEN '[]' THEN '[' ELSE left(reasons, -1) || ',' END || %(still_in_doubt)s::text || ']'
WHERE outcome = 'in_doubt' AND code <> 'superseded' AND row_id BETWEEN %(first)s AND %(last)s
  AND row_id IN (
    SELECT id FROM row WHERE id BETWEEN %(first)s AND %(last)s AND {is_superseded})
"""
"""Adds a reason."""

_UNSENT = """
UPDATE row SET outcome = 'superseded', code = 'superseded', reasons = %(superseded)s
WHERE id IN (SELECT id FROM to_send WHERE id BETWEEN %(first)s AND %(last)s) AND {is_superseded}
"""


def judge_unchanged(connection: Connection, run: int, known: KnownBefore) -> None:
    """Decide again which of the rows that were never sent are unchanged."""
    values: dict[str, object] = {**bounds_of(run)}
    if known.compared_at is None:
        connection.execute(_WAIT_AGAIN, values)
        return
    outcome, code, reasons = known.verdict
    values |= {"outcome": outcome, "code": code, "reasons": reasons}
    values["compared_at"] = known.compared_at
    connection.execute(f"{_WAIT_AGAIN} AND NOT (code = %(code)s AND {_HOLDS_VALUES})", values)
    connection.execute(_IS_UNCHANGED, values)


def judge_superseded(connection: Connection, run: Run) -> None:
    """Skip the rows of a run whose record has since been sent to by a later run.

    Those of an undo are skipped only if that run has set one of their fields. A row in doubt stays
    in doubt, and is not sent again.
    """
    if run.undoes is None:
        if connection.execute(_ANY_LATER, _keys(run)).fetchone():
            _supersede(connection, run, _SUPERSEDED.format(later=_LATER), variant="")
    elif find_sent_later(connection, run):
        _supersede(connection, run, _SENT_LATER, variant="undo")
    else:
        _supersede(connection, run, _SUPERSEDED.format(later=_ANY_SINCE), variant="")


def _supersede(connection: Connection, run: Run, is_superseded: str, *, variant: str) -> None:
    """Skip the rows that fulfil a condition; `variant` is that of their reason."""
    values = {
        **_keys(run),
        **bounds_of(run.id),
        "undoes": run.undoes,
        "still_in_doubt": stored_one(Issue("superseded", variant="in-doubt")),
        "superseded": stored([Issue("superseded", variant=variant)]),
    }
    connection.execute(_IN_DOUBT.format(is_superseded=is_superseded), values)
    connection.execute(_UNSENT.format(is_superseded=is_superseded), values)


def _keys(run: Run) -> dict[str, object]:
    return {"base_url": run.base_url, "run": run.id, "origin": run.origin}
