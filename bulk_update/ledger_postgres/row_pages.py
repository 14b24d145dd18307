"""The rows of a run for people, a page at a time: what they change, and what their records hold."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bulk_update.bookkeeping import ChangeEvidence, PageRow, PageView
from bulk_update.bookkeeping.page_rows import page_row
from bulk_update.bookkeeping.row_keys import NUMBER_MASK, bounds_of
from bulk_update.ledger_postgres.change_evidence import change_evidence
from bulk_update.ledger_postgres.database import Database
from bulk_update.ledger_postgres.tables import WAITS_TO_BE_SENT

_STATUS = "(convert_from(row.body, 'UTF8')::json ->> 'status_id')"

_CONDITIONS: Mapping[PageView, str] = MappingProxyType(
    {
        PageView.CHANGES: f"({WAITS_TO_BE_SENT})",
        PageView.ERASURES: f"""({WAITS_TO_BE_SENT})
            AND jsonb_path_exists(convert_from(row.body, 'UTF8')::jsonb, '$.** ? (@ == "")')""",
        PageView.STATUS_MOVES: f"""({WAITS_TO_BE_SENT})
            AND {_STATUS} IS NOT NULL AND {_STATUS} IS DISTINCT FROM snapshot.status_id""",
        PageView.REFUSED: """row.outcome IN ('invalid', 'duplicate', 'superseded')
            AND NOT (row.outcome = 'duplicate' AND coalesce(row.code, '') = 'identical')""",
    }
)

_ROWS = """
FROM row
LEFT JOIN outcome ON outcome.row_id = row.id
LEFT JOIN snapshot ON snapshot.row_id = row.id
WHERE row.id BETWEEN %(first)s AND %(last)s AND {condition} AND {searched}
"""

_EVERY_ROW = "true"
_NO_ROW = "false"
_CONTAINS = """(
    strpos(lower(row.identifier), lower(%(search)s::text COLLATE "C")) > 0
    OR EXISTS (
        SELECT FROM json_array_elements_text(convert_from(row.cells, 'UTF8')::json) AS cell
        WHERE strpos(cell, %(search)s::text) > 0))
"""

_PAGE = """
SELECT found.id & %(mask)s, found.campaign_id, found.identifier, cells, found.outcome, found.code,
    coalesce(found.reasons, '[]'), body, snapshot.row_id, snapshot.status_id,
    snapshot.agent_login, snapshot.next_call_date, snapshot.call_date, record.confirmed
FROM (SELECT row.* {rows} ORDER BY row.id LIMIT %(most)s OFFSET %(skip)s) AS found
JOIN run ON run.id = %(run)s
LEFT JOIN snapshot ON snapshot.row_id = found.id
LEFT JOIN record ON record.base_url = run.base_url AND record.campaign_id = found.campaign_id
    AND record.identifier = found.identifier
ORDER BY found.id
"""


class RowPages:
    """Shows some rows of a run at a time; memory does not grow with the run."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, run: int, view: PageView, *, search: str = "") -> int:
        """Return how many rows a view has whose identifier or cells contain a text."""
        values = {**bounds_of(run), "search": search}
        with self._database.reading() as connection:
            ((count,),) = connection.execute(
                f"SELECT count(*) {_rows(view, search)}", values
            ).fetchall()
        return int(count)

    def page(
        self, run: int, view: PageView, *, search: str = "", skip: int = 0, most: int
    ) -> list[PageRow]:
        """Return at most `most` of these rows in input order, behind those to `skip`.

        Capitals count in cells, but not in identifiers. The values that earlier requests gave are
        as `Housekeeping.remember_what_was_sent` left them.
        """
        statement = _PAGE.format(rows=_rows(view, search))
        values = {
            **bounds_of(run),
            "search": search,
            "run": run,
            "mask": NUMBER_MASK,
            "skip": skip,
            "most": most,
        }
        with self._database.reading() as connection:
            return [page_row(found) for found in connection.execute(statement, values)]

    def change_evidence(self, run: int) -> ChangeEvidence:
        """Count the rows to be sent by whether they change their record, as far as is known."""
        return change_evidence(self._database, run)


def _rows(view: PageView, search: str) -> str:
    return _ROWS.format(condition=_CONDITIONS[view], searched=_searched(search))


def _searched(search: str) -> str:
    """Return the condition that an identifier or a cell contains a text.

    No text that PostgreSQL stores contains a NUL, and none can be a parameter.
    """
    if not search:
        return _EVERY_ROW
    return _NO_ROW if "\0" in search else _CONTAINS
