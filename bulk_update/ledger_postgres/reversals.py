"""What a run that undoes another restores, and what the ledger knows about the records before it.

A record's known values are those of the last request (`record`). What they were before an earlier
run is derived again from the requests that came before it. Requests of deleted runs are missing, so
nothing is taken from before the last of them: a value that has been overwritten since would look
like the last one.
"""

from __future__ import annotations

from bulk_update.ledger_postgres.database import Database


class Reversals:
    """The rows of runs that undo others."""

    def __init__(self, database: Database) -> None:
        self._database = database
