"""The rows of a run for people, a page at a time: what they change, and what their records hold."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bulk_update.bookkeeping.change_evidence import ChangeEvidence
from bulk_update.bookkeeping.page_rows import PageRow, PageView, page_row
from bulk_update.bookkeeping.row_keys import NUMBER_MASK, row_ids_of
from bulk_update.ledger.change_evidence import change_evidence
from bulk_update.ledger.database import Database
from bulk_update.ledger.tables import WAITS_TO_BE_SENT

_CONDITIONS: Mapping[PageView, str] = MappingProxyType(
    {
        PageView.CHANGES: f"({WAITS_TO_BE_SENT})",
        PageView.ERASURES: f"""({WAITS_TO_BE_SENT}) AND EXISTS (
            SELECT 1 FROM json_tree(CAST(row.body AS TEXT)) WHERE type = 'text' AND atom = '')""",
        PageView.STATUS_MOVES: f"""({WAITS_TO_BE_SENT})
            AND CAST(row.body AS TEXT) ->> '$.status_id' IS NOT NULL
            AND CAST(row.body AS TEXT) ->> '$.status_id' IS NOT snapshot.status_id""",
        PageView.REFUSED: """row.outcome IN ('invalid', 'duplicate', 'superseded')
            AND NOT (row.outcome = 'duplicate' AND coalesce(row.code, '') = 'identical')""",
    }
)

_ROWS = """
FROM row
LEFT JOIN outcome ON outcome.row_id = row.id
LEFT JOIN snapshot ON snapshot.row_id = row.id
WHERE row.id BETWEEN :first AND :last AND {condition}
    AND (:search = '' OR instr(lower(row.identifier), lower(:search))
         OR EXISTS (SELECT 1 FROM json_each(CAST(row.cells AS TEXT)) WHERE instr(atom, :search)))
"""

_PAGE = """
SELECT found.id & :mask, found.campaign_id, found.identifier, cells, found.outcome, found.code,
    coalesce(found.reasons, '[]'), body, snapshot.row_id, snapshot.status_id,
    snapshot.agent_login, snapshot.next_call_date, snapshot.call_date, record.confirmed
FROM (SELECT row.* {rows} ORDER BY row.id LIMIT :most OFFSET :skip) AS found
JOIN run ON run.id = :run
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
        statement = f"SELECT count(*) {_ROWS.format(condition=_CONDITIONS[view])}"
        with self._database.reading() as connection:
            (count,) = connection.execute(statement, _values(run, search)).fetchone()
        return int(count)

    def change_evidence(self, run: int) -> ChangeEvidence:
        """Count the rows to be sent by whether they change their record, as far as is known."""
        return change_evidence(self._database, run)

    def page(
        self, run: int, view: PageView, *, search: str = "", skip: int = 0, most: int
    ) -> list[PageRow]:
        """Return at most `most` of these rows in input order, behind those to `skip`.

        Capitals count in cells, but not in identifiers. The values that earlier requests gave are
        as `Housekeeping.remember_what_was_sent` left them.
        """
        statement = _PAGE.format(rows=_ROWS.format(condition=_CONDITIONS[view]))
        values = {
            **_values(run, search),
            "run": run,
            "mask": NUMBER_MASK,
            "skip": skip,
            "most": most,
        }
        with self._database.reading() as connection:
            return [page_row(found) for found in connection.execute(statement, values)]


def _values(run: int, search: str) -> dict[str, Any]:
    first, last = row_ids_of(run)
    return {"first": first, "last": last, "search": search}
