"""What was read of the records of a run: their snapshot before sending, their state afterwards.

Each page of a campaign is compared with the expected records, and only these are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bulk_update.bookkeeping.read_rows import ReadBack, SentRow, StatusMove, Unseen, WaitingRow
from bulk_update.bookkeeping.row_keys import ROW_BITS, row_ids_of
from bulk_update.ledger.database import Database
from bulk_update.ledger.expected_records import (
    FOUND,
    campaigns,
    expect_none,
    has_unseen,
    matched,
    unseen,
)
from bulk_update.ledger.run_table import update_run
from bulk_update.readback import READABLE
from bulk_update.reasons import stored, stored_one
from bulk_update.records import Issue
from bulk_update.reference import RecordState

MAY_HAVE_ARRIVED = """(
    EXISTS (SELECT 1 FROM attempt WHERE attempt.row_id = {row_id} AND went_out IS NOT 0)
    OR EXISTS (SELECT 1 FROM inherited_doubt WHERE inherited_doubt.row_id = {row_id}))
"""
"""Whether the service may have received a request of a row."""

_EXPECT_WAITING = """
INSERT OR REPLACE INTO expected (campaign_id, identifier, row_id)
SELECT campaign_id, identifier, id FROM to_send WHERE id BETWEEN ? AND ?
"""

_FORGET = f"""
DELETE FROM snapshot WHERE row_id IN (SELECT row_id FROM expected)
    AND NOT {MAY_HAVE_ARRIVED.format(row_id="snapshot.row_id")}
"""

_FORGET_UNSENT = f"""
DELETE FROM snapshot WHERE row_id BETWEEN ? AND ?
    AND NOT {MAY_HAVE_ARRIVED.format(row_id="snapshot.row_id")}
"""

_MOVES = """
SELECT coalesce(status_id, ''), json_extract(CAST(body AS TEXT), '$.status_id'), count(*)
FROM to_send JOIN snapshot ON snapshot.row_id = to_send.id
WHERE to_send.id BETWEEN ? AND ? AND json_type(CAST(body AS TEXT), '$.status_id') IS NOT NULL
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT ?
"""

_EXPECT_SENT = f"""
INSERT OR REPLACE INTO expected (campaign_id, identifier, row_id)
SELECT campaign_id, identifier, row.id FROM row JOIN outcome ON outcome.row_id = row.id
WHERE row.id BETWEEN :first AND :last AND row.outcome IS NULL
    AND (outcome.outcome = 'updated'
         OR (outcome.outcome = 'in_doubt' AND outcome.code <> 'superseded'))
    AND (:again OR outcome.verified IS NULL)
    AND ({
    " OR ".join(f"json_type(CAST(body AS TEXT), '$.{name}') IS NOT NULL" for name in READABLE)
})
"""

_WAITING = f"""
SELECT wanted.key, expected.row_id,
    coalesce(export_time.exported_at_us, corrected.exported_at_us, run.exported_at_us),
    {MAY_HAVE_ARRIVED.format(row_id="expected.row_id")}
{FOUND}
JOIN run ON run.id = :run
LEFT JOIN export_time ON export_time.row_id = expected.row_id
LEFT JOIN correction ON correction.row_id = expected.row_id
LEFT JOIN exported AS corrected ON corrected.run = correction.run
"""

_EXPORTED = f"""
CREATE TEMP TABLE exported AS
WITH RECURSIVE corrected (run, ancestor) AS (
    SELECT DISTINCT run, run FROM correction WHERE row_id BETWEEN :first AND :last
    UNION
    SELECT corrected.run, correction.run FROM corrected JOIN correction
        ON correction.row_id BETWEEN ancestor << {ROW_BITS} AND ((ancestor + 1) << {ROW_BITS}) - 1
)
SELECT corrected.run AS run, min(run.exported_at_us) AS exported_at_us
FROM corrected JOIN run ON run.id = ancestor GROUP BY 1
"""
"""The rows of a corrected file are as old as the first file that they come from."""

_SENT = f"""
SELECT wanted.key, expected.row_id, row.body, outcome.outcome = 'in_doubt',
    snapshot.row_id, snapshot.status_id, snapshot.agent_login, snapshot.next_call_date,
    snapshot.call_date
{FOUND}
JOIN row ON row.id = expected.row_id
JOIN outcome ON outcome.row_id = expected.row_id
LEFT JOIN snapshot ON snapshot.row_id = expected.row_id
"""

_CONFIRM = """
UPDATE record SET confirmed = json_patch(confirmed, CAST(row.body AS TEXT))
FROM row JOIN run ON run.id = :run
WHERE row.id = :row_id AND record.base_url = run.base_url
    AND record.campaign_id = row.campaign_id AND record.identifier = row.identifier
    AND record.attempt_id = (SELECT max(id) FROM attempt WHERE attempt.row_id = :row_id)
"""
"""Only if nothing was sent to the record after this row."""

_SETTLE = """
UPDATE outcome SET outcome = 'updated', code = 'verified', reasons = :reasons, verified = :verified,
    finished_at_us = :now_us
WHERE row_id = :row_id AND outcome = 'in_doubt'
"""


class Readings:
    """Compares the records of a campaign, page by page, with the rows of a run.

    `expect_before` or `expect_after` comes first; it prepares what the other methods compare with.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def forget_unsent(self, run: int) -> None:
        """Forget the snapshots of all rows of a run of which no attempt may have arrived."""
        with self._database.writing() as connection:
            connection.execute(_FORGET_UNSENT, row_ids_of(run))

    def expect_before(self, run: int) -> list[tuple[str, int]]:
        """Expect the records of the rows to be sent; return the campaigns and their numbers.

        Forgets the snapshots of rows of which no attempt may have arrived.
        """
        first, last = row_ids_of(run)
        with self._database.writing() as connection:
            expect_none(connection)
            connection.execute("DROP TABLE IF EXISTS temp.exported")
            connection.execute(_EXPORTED, {"first": first, "last": last})
            connection.execute(_EXPECT_WAITING, (first, last))
            connection.execute(_FORGET)
            return campaigns(connection)

    def keep_snapshot(
        self, run: int, campaign_id: str, records: Sequence[RecordState], *, read_at_us: int
    ) -> list[WaitingRow]:
        """Keep the states of the expected records among these, and return their rows.

        A row of which an attempt may have arrived keeps its earlier snapshot, or none.
        """
        with self._database.writing() as connection:
            rows, states = [], []
            for index, row_id, exported_at_us, may_have_arrived in matched(
                connection, _WAITING, campaign_id, records, run=run
            ):
                now = records[index]
                rows.append(WaitingRow(row_id, exported_at_us, now))
                if not may_have_arrived:
                    states.append((row_id, *now[1:], read_at_us))
            connection.executemany(
                "INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?, ?, ?, ?)", states
            )
        return rows

    def status_moves(self, run: int, *, most: int) -> list[StatusMove]:
        """Count the rows to be sent by the status of their records in the snapshot and by theirs.

        Returns the `most` most frequent in order. Rows without a snapshot or a status do not count.
        """
        with self._database.reading() as connection:
            return [
                StatusMove(*move) for move in connection.execute(_MOVES, (*row_ids_of(run), most))
            ]

    def supersede(self, run: int, reasons: Mapping[int, Issue]) -> None:
        """Leave out these rows of a run, by key, because of what their records show.

        A row in doubt stays in doubt, and is not sent again.
        """
        first, last = row_ids_of(run)
        with self._database.writing() as connection:
            for row_id, issue in reasons.items():
                in_doubt = Issue("superseded", issue.params, f"{issue.code}-in-doubt")
                connection.execute(
                    "UPDATE outcome SET code = 'superseded',"
                    " reasons = json_insert(reasons, '$[#]', json(?))"
                    " WHERE row_id = ? AND outcome = 'in_doubt' AND code <> 'superseded'",
                    (stored_one(in_doubt), row_id),
                )
                connection.execute(
                    "UPDATE row SET outcome = 'superseded', code = ?, reasons = ?"
                    " WHERE id IN (SELECT id FROM to_send WHERE id = ?) AND id BETWEEN ? AND ?",
                    (issue.code, stored([issue]), row_id, first, last),
                )

    def expect_after(self, run: int, *, again: bool = True) -> list[tuple[str, int]]:
        """Expect the records of the rows that were sent; return the campaigns and their numbers.

        These are rows that ended `updated` or in doubt, and whose body has a field that can be
        read back; without `again`, those that have not been read back yet.
        """
        first, last = row_ids_of(run)
        with self._database.writing() as connection:
            expect_none(connection)
            connection.execute(_EXPECT_SENT, {"first": first, "last": last, "again": again})
            return campaigns(connection)

    def sent_rows(self, campaign_id: str, records: Sequence[RecordState]) -> list[SentRow]:
        """Return the rows that were sent to the expected records among these."""
        with self._database.reading() as connection:
            return [
                SentRow(
                    row_id,
                    body,
                    bool(in_doubt),
                    RecordState(records[index].identifier, *before) if has_before else None,
                    records[index],
                )
                for index, row_id, body, in_doubt, has_before, *before in matched(
                    connection, _SENT, campaign_id, records
                )
            ]

    def record_read_back(self, run: int, rows: Iterable[ReadBack], *, now_us: int) -> None:
        """Record what reading back their records says of these rows."""
        with self._database.writing() as connection:
            for row_id, verified, settles in rows:
                connection.execute(
                    "UPDATE outcome SET verified = ? WHERE row_id = ?", (verified, row_id)
                )
                if settles:
                    values = {"row_id": row_id, "verified": verified, "now_us": now_us}
                    reasons = stored([Issue("verified")])
                    connection.execute(_SETTLE, {**values, "reasons": reasons})
                    connection.execute(_CONFIRM, {"run": run, "row_id": row_id})

    def is_complete(self, campaign_id: str) -> bool:
        """Return whether all expected records of a campaign were seen."""
        with self._database.reading() as connection:
            return not has_unseen(connection, campaign_id)

    def unseen(self) -> Unseen | None:
        """Return the expected records that no page had, or None if all were seen."""
        with self._database.reading() as connection:
            return unseen(connection)

    def finish_read_back(self, run: int, *, campaign_ids: Sequence[str], now_us: int) -> None:
        """Record that these campaigns were read; expected records not seen are not verified."""
        with self._database.writing() as connection:
            connection.executemany(
                "UPDATE outcome SET verified = NULL WHERE row_id IN"
                " (SELECT row_id FROM expected WHERE campaign_id = ? AND NOT is_seen)",
                [(campaign_id,) for campaign_id in campaign_ids],
            )
            update_run(connection, run, verified_at_us=now_us)
