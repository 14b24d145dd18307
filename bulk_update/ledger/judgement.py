"""Rows that need not be sent because their records already hold these or newer values.

Everything is done in SQL, so that a million rows need no more memory than ten.
"""

from __future__ import annotations

import sqlite3

from bulk_update.bookkeeping.known_before import KnownBefore
from bulk_update.bookkeeping.row_keys import row_ids_of
from bulk_update.bookkeeping.run import Run
from bulk_update.ledger.later_requests import find_sent_later
from bulk_update.ledger.sent_values import HOLDS_VALUES
from bulk_update.reasons import stored, stored_one
from bulk_update.records import Issue

_HOLDS_VALUES = f"EXISTS (SELECT 1 FROM record WHERE {HOLDS_VALUES.format(row='row')})"

_WAIT_AGAIN = "UPDATE row SET outcome = NULL, code = NULL, reasons = NULL"
_WERE_UNCHANGED = "id BETWEEN ? AND ? AND outcome = 'unchanged' AND code <> 'already-undone'"
"""Whether known values decided about a row, not what its record shows."""

_LATER = """(record.run > :run OR (record.run > :origin AND (
    record.origin <> :origin
    OR record.run IN (SELECT id FROM run WHERE undoes IS NOT NULL))))"""
"""A retry sends what its first run read, so any run in between is later, its undo included."""

_ANY_SINCE = "(record.run > :undoes AND record.run <> :run)"
"""Any request since the run that this one undoes, other than its own."""

_SUPERSEDED = """
EXISTS (SELECT 1 FROM record
        WHERE record.base_url = :base_url AND record.campaign_id = row.campaign_id
          AND record.identifier = row.identifier AND {later})
"""

_ANY_LATER = f"SELECT 1 FROM record WHERE base_url = :base_url AND {_LATER} LIMIT 1"

_SENT_LATER = "row.id IN (SELECT id FROM sent_later)"


def judge_unchanged(connection: sqlite3.Connection, run: int, known: KnownBefore) -> None:
    """Decide again which of the rows that were never sent are unchanged."""
    keys = row_ids_of(run)
    if known.compared_at is None:
        connection.execute(f"{_WAIT_AGAIN} WHERE {_WERE_UNCHANGED}", keys)
        return
    outcome, code, reasons = known.verdict
    connection.execute(
        f"{_WAIT_AGAIN} WHERE {_WERE_UNCHANGED} AND NOT (code = ? AND {_HOLDS_VALUES})",
        (*keys, code, known.compared_at),
    )
    connection.execute(
        f"""
        UPDATE row SET outcome = ?, code = ?, reasons = ?
        WHERE id BETWEEN ? AND ? AND outcome IS NULL AND {_HOLDS_VALUES}
          AND NOT EXISTS (SELECT 1 FROM outcome WHERE outcome.row_id = row.id)
        """,
        (outcome, code, reasons, *keys, known.compared_at),
    )


def judge_superseded(connection: sqlite3.Connection, run: Run) -> None:
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


def _supersede(
    connection: sqlite3.Connection, run: Run, is_superseded: str, *, variant: str
) -> None:
    """Skip the rows that fulfil a condition; `variant` is that of their reason."""
    first, last = row_ids_of(run.id)
    values = {
        **_keys(run),
        "undoes": run.undoes,
        "first": first,
        "last": last,
        "still_in_doubt": stored_one(Issue("superseded", variant="in-doubt")),
        "superseded": stored([Issue("superseded", variant=variant)]),
    }
    connection.execute(
        f"""
        UPDATE outcome SET code = 'superseded',
            reasons = json_insert(reasons, '$[#]', json(:still_in_doubt))
        WHERE outcome = 'in_doubt' AND code <> 'superseded' AND row_id BETWEEN :first AND :last
          AND row_id IN (SELECT id FROM row WHERE id BETWEEN :first AND :last AND {is_superseded})
        """,
        values,
    )
    connection.execute(
        f"""
        UPDATE row SET outcome = 'superseded', code = 'superseded', reasons = :superseded
        WHERE id IN (SELECT id FROM to_send WHERE id BETWEEN :first AND :last) AND {is_superseded}
        """,
        values,
    )


def _keys(run: Run) -> dict[str, object]:
    return {"base_url": run.base_url, "run": run.id, "origin": run.origin}
