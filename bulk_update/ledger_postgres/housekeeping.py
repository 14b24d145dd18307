"""Housekeeping: deleting old runs and copies, giving space back, and summing up what was sent."""

from __future__ import annotations

from bulk_update.ledger_postgres.database import Database


class Housekeeping:
    """Deletes old runs, but keeps what the next plan needs of them."""

    def __init__(self, database: Database) -> None:
        self._database = database
