"""The rows of a run for people, a page at a time: what they change, and what their records hold."""

from __future__ import annotations

from bulk_update.ledger_postgres.database import Database


class RowPages:
    """Shows some rows of a run at a time; memory does not grow with the run."""

    def __init__(self, database: Database) -> None:
        self._database = database
