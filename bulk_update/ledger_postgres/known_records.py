"""What earlier runs show about campaigns: the records and fields that they updated."""

from __future__ import annotations

from bulk_update.ledger_postgres.database import Database


class KnownRecords:
    """The campaigns that earlier runs sent to, as far as `record` is up to date."""

    def __init__(self, database: Database) -> None:
        self._database = database
