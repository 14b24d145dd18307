"""The plan, made set by set: which of the staged rows are sent.

All of it is SQL over the run's rows, so that a million rows need no more memory than ten.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from bulk_update.ledger.runs import Run
from bulk_update.ledger.schema import ROW_BITS, row_ids_of
from bulk_update.ledger.sent_values import HOLDS_VALUES
from bulk_update.reasons import stored, stored_one
from bulk_update.records import Issue, Status


@dataclass(frozen=True, slots=True)
class KnownBefore:
    """Which rows are `unchanged`: those whose record holds each value of their body.

    `compared_at` is the base URL of the records; None: nothing is compared. `already_sent_by` is
    the id of an earlier run of the same identity, where that is why they are compared.
    """

    compared_at: str | None = None
    already_sent_by: str | None = None

    @property
    def verdict(self) -> tuple[str, str, str]:
        """Outcome, code and stored reasons of rows that are unchanged."""
        if self.already_sent_by is None:
            issue = Issue("same-as-last")
        else:
            issue = Issue("already-sent", {"run": self.already_sent_by})
        return Status.UNCHANGED.value, issue.code, stored([issue])


NOTHING_KNOWN = KnownBefore()

_HOLDS_VALUES = f"EXISTS (SELECT 1 FROM record WHERE {HOLDS_VALUES.format(row='row')})"

_WAIT_AGAIN = "UPDATE row SET outcome = NULL, code = NULL, reasons = NULL"
_WERE_UNCHANGED = "id BETWEEN ? AND ? AND outcome = 'unchanged'"

_LATER = "(record.run > :run OR (record.run > :origin AND record.origin <> :origin))"
"""A retry sends what its first run read: whatever came in between is later than that."""

_SUPERSEDED = f"""
EXISTS (SELECT 1 FROM record
        WHERE record.base_url = :base_url AND record.campaign_id = row.campaign_id
          AND record.identifier = row.identifier AND {_LATER})
"""

_SAME_RECORD = """
CREATE TEMP TABLE shared_record AS
SELECT campaign_id, identifier FROM row
WHERE id BETWEEN :first AND :last AND identifier IS NOT NULL AND campaign_id IS NOT NULL
  AND (outcome IS NULL OR outcome IN ('invalid', 'unchanged'))
GROUP BY identifier, campaign_id HAVING count(*) > 1
"""

_MEMBERS = """
CREATE TEMP TABLE member AS
SELECT row.id, campaign_id, identifier, body, outcome IS NOT 'invalid' AS valid
FROM row JOIN shared_record USING (campaign_id, identifier)
WHERE row.id BETWEEN :first AND :last
  AND (outcome IS NULL OR outcome IN ('invalid', 'unchanged'))
"""

_WINNING_BODY = {
    "error": "CASE WHEN min(valid) OVER record AND min(body) OVER record = max(body) OVER record"
    " THEN body END",
    "first": "first_value(body) OVER (record ORDER BY valid DESC, id)",
    "last": "first_value(CASE WHEN valid THEN body END) OVER (record ORDER BY id DESC)",
}
"""The one change that is sent for a record, or NULL where none is."""

_JUDGED = """
CREATE TEMP TABLE judged AS
SELECT id, valid, body, {winning_body} AS winner,
       min(id) OVER (PARTITION BY campaign_id, identifier, valid, body) AS first_alike,
       min(id) OVER record AS first_member, max(id) OVER record AS last_member,
       count(*) OVER record AS members
FROM member WINDOW record AS (PARTITION BY campaign_id, identifier)
"""

_MARK = """
UPDATE row SET outcome = 'duplicate', code = judged.new_code,
    reasons = json_array(json_object('code', judged.new_code, 'params', json(judged.params)))
FROM (
    SELECT id,
        CASE WHEN body = winner THEN 'identical' WHEN winner IS NULL THEN 'conflict'
             ELSE 'not-chosen' END AS new_code,
        CASE WHEN body = winner THEN json_object('row', first_alike & :mask)
             ELSE json_object('rows', members, 'first', first_member & :mask,
                              'last', last_member & :mask) END AS params
    FROM judged
    WHERE valid AND NOT (body IS winner AND id = first_alike)
) AS judged
WHERE row.id = judged.id
"""


def mark_duplicates(connection: sqlite3.Connection, run: int, *, policy: str) -> None:
    """Settle rows of one file that are for the same record, by the mapping's `duplicates`.

    Rows with the same body are one change: the first of them stands for all. An invalid row with
    a readable identifier takes part: under `error`, and under `last` where it is the last, none
    of the others is sent.
    """
    first, last = row_ids_of(run)
    bounds = {"first": first, "last": last}
    connection.execute(_SAME_RECORD, bounds)
    connection.execute("CREATE INDEX temp.by_record ON shared_record (campaign_id, identifier)")
    if connection.execute("SELECT 1 FROM shared_record LIMIT 1").fetchone():
        connection.execute(_MEMBERS, bounds)
        connection.execute(_JUDGED.format(winning_body=_WINNING_BODY[policy]))
        connection.execute(_MARK, {"mask": (1 << ROW_BITS) - 1})
        connection.execute("DROP TABLE judged")
        connection.execute("DROP TABLE member")
    connection.execute("DROP TABLE shared_record")


def judge_unchanged(connection: sqlite3.Connection, run: int, known: KnownBefore) -> None:
    """Say anew which rows are unchanged, of those of which nothing was sent."""
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
    """Leave out the rows of a run for whose record a later run has already sent something.

    A row that is in doubt stays so, and is not sent again.
    """
    first, last = row_ids_of(run.id)
    values = {
        "base_url": run.base_url,
        "run": run.id,
        "origin": run.origin,
        "first": first,
        "last": last,
        "still_in_doubt": stored_one(Issue("superseded", variant="in-doubt")),
        "superseded": stored([Issue("superseded")]),
    }
    later = connection.execute(
        f"SELECT 1 FROM record WHERE base_url = :base_url AND {_LATER} LIMIT 1",
        values,
    ).fetchone()
    if later is None:
        return
    connection.execute(
        f"""
        UPDATE outcome SET code = 'superseded',
            reasons = json_insert(reasons, '$[#]', json(:still_in_doubt))
        WHERE outcome = 'in_doubt' AND code <> 'superseded' AND row_id BETWEEN :first AND :last
          AND row_id IN (SELECT id FROM row WHERE id BETWEEN :first AND :last AND {_SUPERSEDED})
        """,
        values,
    )
    connection.execute(
        f"""
        UPDATE row SET outcome = 'superseded', code = 'superseded', reasons = :superseded
        WHERE id IN (SELECT id FROM to_send WHERE id BETWEEN :first AND :last) AND {_SUPERSEDED}
        """,
        values,
    )
