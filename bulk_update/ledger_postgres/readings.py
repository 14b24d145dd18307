"""What was read of the records of a run: their snapshot before sending, their state afterwards.

Each page of a campaign is compared with the expected records, and only these are kept.
"""

from __future__ import annotations

from bulk_update.ledger_postgres.database import Database


class Readings:
    """Compares the records of a campaign, page by page, with the rows of a run.

    `expect_before` or `expect_after` comes first; it prepares what the other methods compare with.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
