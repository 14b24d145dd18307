"""What was read of the records of a run: their snapshot before sending, their state afterwards.

Each page of a campaign is compared with the expected records, and only these are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bulk_update.bookkeeping.known_values import merged
from bulk_update.bookkeeping.read_rows import ReadBack, SentRow, StatusMove, Unseen, WaitingRow
from bulk_update.bookkeeping.row_keys import ROW_BITS, bounds_of
from bulk_update.ledger_postgres.connection import Connection
from bulk_update.ledger_postgres.database import Database
from bulk_update.ledger_postgres.expected_records import (
    FOUND,
    expect,
    has_unseen,
    matched,
    unseen,
)
from bulk_update.ledger_postgres.run_table import update_run
from bulk_update.readback import READABLE
from bulk_update.reasons import restored, stored
from bulk_update.records import Issue
from bulk_update.reference import RecordState

MAY_HAVE_ARRIVED = """(
    EXISTS (SELECT 1 FROM attempt WHERE attempt.row_id = {row_id} AND went_out IS NOT FALSE)
    OR EXISTS (SELECT 1 FROM inherited_doubt WHERE inherited_doubt.row_id = {row_id}))
"""
"""Whether the service may have received a request of a row."""

_WAITING_ROWS = """
SELECT campaign_id, identifier, id AS row_id FROM to_send
WHERE id BETWEEN %(first)s AND %(last)s
"""

_FORGET = f"""
DELETE FROM snapshot WHERE row_id IN (SELECT row_id FROM expected)
    AND NOT {MAY_HAVE_ARRIVED.format(row_id="snapshot.row_id")}
"""

_FORGET_UNSENT = f"""
DELETE FROM snapshot WHERE row_id BETWEEN %(first)s AND %(last)s
    AND NOT {MAY_HAVE_ARRIVED.format(row_id="snapshot.row_id")}
"""

_KEEP = """
INSERT INTO snapshot
SELECT * FROM unnest(%(row_id)s::bigint[], %(status_id)s::text[], %(agent_login)s::text[],
    %(next_call_date)s::text[], %(call_date)s::text[], %(read_at_us)s::bigint[])
ON CONFLICT (row_id) DO UPDATE SET status_id = excluded.status_id,
    agent_login = excluded.agent_login, next_call_date = excluded.next_call_date,
    call_date = excluded.call_date, read_at_us = excluded.read_at_us
"""
_SNAPSHOT = ("row_id", "status_id", "agent_login", "next_call_date", "call_date", "read_at_us")

_MOVES = """
SELECT coalesce(status_id, '') AS before, new ->> 'status_id' COLLATE "C" AS after,
    count(*) AS rows
FROM to_send JOIN snapshot ON snapshot.row_id = to_send.id
CROSS JOIN LATERAL (SELECT convert_from(body, 'UTF8')::json AS new) AS parsed
WHERE to_send.id BETWEEN %(first)s AND %(last)s AND new -> 'status_id' IS NOT NULL
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 NULLS FIRST LIMIT %(most)s
"""

_SENT_ROWS = """
SELECT campaign_id, identifier, row.id AS row_id
FROM row JOIN outcome ON outcome.row_id = row.id
WHERE row.id BETWEEN %(first)s AND %(last)s AND row.outcome IS NULL
    AND (outcome.outcome = 'updated'
         OR (outcome.outcome = 'in_doubt' AND outcome.code <> 'superseded'))
    AND (%(again)s::boolean OR outcome.verified IS NULL)
    AND convert_from(body, 'UTF8')::jsonb ?| %(readable)s::text[]
"""

_WAITING = f"""
SELECT wanted.number, expected.row_id,
    coalesce(export_time.exported_at_us, corrected.exported_at_us, run.exported_at_us),
    {MAY_HAVE_ARRIVED.format(row_id="expected.row_id")}
{FOUND}
JOIN run ON run.id = %(run)s
LEFT JOIN export_time ON export_time.row_id = expected.row_id
LEFT JOIN correction ON correction.row_id = expected.row_id
LEFT JOIN exported AS corrected ON corrected.run = correction.run
ORDER BY wanted.number
"""

_EXPORTED = f"""
CREATE TEMP TABLE exported AS
WITH RECURSIVE corrected (run, ancestor) AS (
    SELECT DISTINCT run, run FROM correction WHERE row_id BETWEEN %(first)s AND %(last)s
    UNION
    SELECT corrected.run, correction.run FROM corrected JOIN correction
        ON correction.row_id BETWEEN ancestor << {ROW_BITS} AND ((ancestor + 1) << {ROW_BITS}) - 1
)
SELECT corrected.run AS run, min(run.exported_at_us) AS exported_at_us
FROM corrected JOIN run ON run.id = ancestor GROUP BY 1
"""
"""The rows of a corrected file are as old as the first file that they come from."""

_SENT = f"""
SELECT wanted.number, expected.row_id, row.body, outcome.outcome = 'in_doubt',
    snapshot.row_id, snapshot.status_id, snapshot.agent_login, snapshot.next_call_date,
    snapshot.call_date
{FOUND}
JOIN row ON row.id = expected.row_id
JOIN outcome ON outcome.row_id = expected.row_id
LEFT JOIN snapshot ON snapshot.row_id = expected.row_id
ORDER BY wanted.number
"""

_IN_DOUBT = """
SELECT row_id, reasons FROM outcome
WHERE row_id = ANY(%s::bigint[]) AND outcome = 'in_doubt' AND code <> 'superseded'
"""

_SUPERSEDE_IN_DOUBT = """
UPDATE outcome SET code = 'superseded', reasons = superseded.reasons
FROM unnest(%s::bigint[], %s::text[]) AS superseded (row_id, reasons)
WHERE outcome.row_id = superseded.row_id
"""

_SUPERSEDE = """
UPDATE row SET outcome = 'superseded', code = superseded.code, reasons = superseded.reasons
FROM unnest(%(ids)s::bigint[], %(codes)s::text[], %(reasons)s::text[])
    AS superseded (id, code, reasons)
JOIN to_send ON to_send.id = superseded.id
WHERE row.id = superseded.id AND row.id BETWEEN %(first)s AND %(last)s
"""

_VERIFY = """
UPDATE outcome SET verified = read.verified
FROM unnest(%s::bigint[], %s::text[]) AS read (row_id, verified)
WHERE outcome.row_id = read.row_id
"""

_SETTLE = """
UPDATE outcome SET outcome = 'updated', code = 'verified', reasons = %(reasons)s,
    finished_at_us = %(now_us)s
WHERE row_id = ANY(%(row_ids)s::bigint[]) AND outcome = 'in_doubt'
"""

_LAST_SENT = """
SELECT record.base_url, record.campaign_id, record.identifier, record.confirmed,
    convert_from(row.body, 'UTF8')
FROM row JOIN run ON run.id = %(run)s
JOIN record ON record.base_url = run.base_url AND record.campaign_id = row.campaign_id
    AND record.identifier = row.identifier
WHERE row.id = ANY(%(row_ids)s::bigint[])
    AND record.attempt_id = (SELECT max(id) FROM attempt WHERE attempt.row_id = row.id)
"""
"""The records to which nothing was sent after these rows."""

_CONFIRM = """
UPDATE record SET confirmed = read.confirmed
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])
    AS read (base_url, campaign_id, identifier, confirmed)
WHERE record.base_url = read.base_url AND record.campaign_id = read.campaign_id
    AND record.identifier = read.identifier
"""

_UNVERIFY = """
UPDATE outcome SET verified = NULL WHERE verified IS NOT NULL AND row_id IN (
    SELECT row_id FROM expected WHERE campaign_id = ANY(%s::text[]) AND NOT is_seen)
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
            connection.execute(_FORGET_UNSENT, bounds_of(run))

    def expect_before(self, run: int) -> list[tuple[str, int]]:
        """Expect the records of the rows to be sent; return the campaigns and their numbers.

        Forgets the snapshots of rows of which no attempt may have arrived.
        """
        with self._database.appending() as connection:
            connection.execute("DROP TABLE IF EXISTS pg_temp.exported")
            connection.execute(_EXPORTED, bounds_of(run))
            campaigns = expect(connection, _WAITING_ROWS, **bounds_of(run))
        with self._database.writing() as connection:
            connection.execute(_FORGET)
        return campaigns

    def keep_snapshot(
        self, run: int, campaign_id: str, records: Sequence[RecordState], *, read_at_us: int
    ) -> list[WaitingRow]:
        """Keep the states of the expected records among these, and return their rows.

        A row of which an attempt may have arrived keeps its earlier snapshot, or none.
        """
        rows, states = [], {}
        with self._database.writing() as connection:
            for number, row_id, exported_at_us, may_have_arrived in matched(
                connection, _WAITING, campaign_id, records, run=run
            ):
                now = records[number - 1]
                rows.append(WaitingRow(row_id, exported_at_us, now))
                if not may_have_arrived:
                    states[row_id] = (row_id, *map(_storable, now[1:]), read_at_us)
            if states:
                columns = map(list, zip(*states.values(), strict=True))
                connection.execute(_KEEP, dict(zip(_SNAPSHOT, columns, strict=True)))
        return rows

    def status_moves(self, run: int, *, most: int) -> list[StatusMove]:
        """Count the rows to be sent by the status of their records in the snapshot and by theirs.

        Returns the `most` most frequent in order. Rows without a snapshot or a status do not count.
        """
        with self._database.reading() as connection:
            moves = connection.execute(_MOVES, {**bounds_of(run), "most": most})
            return [StatusMove(*move) for move in moves]

    def supersede(self, run: int, reasons: Mapping[int, Issue]) -> None:
        """Leave out these rows of a run, by key, because of what their records show.

        A row in doubt stays in doubt, and is not sent again.
        """
        values = {
            "ids": list(reasons),
            "codes": [issue.code for issue in reasons.values()],
            "reasons": [stored([issue]) for issue in reasons.values()],
        }
        with self._database.writing() as connection:
            in_doubt = {}
            for row_id, earlier in connection.execute(_IN_DOUBT, [list(reasons)]):
                issue = reasons[row_id]
                added = Issue("superseded", issue.params, f"{issue.code}-in-doubt")
                in_doubt[row_id] = stored([*restored(earlier), added])
            connection.execute(_SUPERSEDE_IN_DOUBT, [list(in_doubt), list(in_doubt.values())])
            connection.execute(_SUPERSEDE, {**values, **bounds_of(run)})

    def expect_after(self, run: int, *, again: bool = True) -> list[tuple[str, int]]:
        """Expect the records of the rows that were sent; return the campaigns and their numbers.

        These are rows that ended `updated` or in doubt, and whose body has a field that can be
        read back; without `again`, those that have not been read back yet.
        """
        values = {**bounds_of(run), "again": again, "readable": list(READABLE)}
        with self._database.appending() as connection:
            return expect(connection, _SENT_ROWS, **values)

    def sent_rows(self, campaign_id: str, records: Sequence[RecordState]) -> list[SentRow]:
        """Return the rows that were sent to the expected records among these."""
        with self._database.reading() as connection:
            return [
                SentRow(
                    row_id,
                    body,
                    in_doubt,
                    RecordState(records[number - 1].identifier, *before) if has_before else None,
                    records[number - 1],
                )
                for number, row_id, body, in_doubt, has_before, *before in matched(
                    connection, _SENT, campaign_id, records
                )
            ]

    def record_read_back(self, run: int, rows: Iterable[ReadBack], *, now_us: int) -> None:
        """Record what reading back their records says of these rows."""
        verdicts = {row.row_id: row for row in rows}
        settled = [row.row_id for row in verdicts.values() if row.settles]
        with self._database.writing() as connection:
            connection.execute(
                _VERIFY, [list(verdicts), [str(row.verified) for row in verdicts.values()]]
            )
            if settled:
                reasons = stored([Issue("verified")])
                connection.execute(
                    _SETTLE, {"row_ids": settled, "reasons": reasons, "now_us": now_us}
                )
                _confirm(connection, run, settled)

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
            connection.execute(_UNVERIFY, [list(campaign_ids)])
            update_run(connection, run, verified_at_us=now_us)


def _confirm(connection: Connection, run: int, row_ids: list[int]) -> None:
    """Record that the records of these rows hold the values that were sent to them."""
    known = {
        tuple(record): merged(confirmed, body)
        for *record, confirmed, body in connection.execute(
            _LAST_SENT, {"run": run, "row_ids": row_ids}
        )
    }
    if known:
        base_urls, campaign_ids, identifiers = map(list, zip(*known, strict=True))
        connection.execute(_CONFIRM, [base_urls, campaign_ids, identifiers, list(known.values())])


def _storable(text: str | None) -> str | None:
    """Return a text with a replacement for each NUL, which PostgreSQL cannot keep."""
    return None if text is None else text.replace("\0", "\N{REPLACEMENT CHARACTER}")
