"""What a run that undoes another restores, and what the ledger knows about the records before it.

A record's known values are those of the last request (`record`). What they were before an earlier
run is derived again from the requests that came before it. Requests of deleted runs are missing, so
nothing is taken from before the last of them: a value that has been overwritten since would look
like the last one.
"""

from __future__ import annotations

from bulk_update.ledger_postgres.connection import Connection
from bulk_update.ledger_postgres.database import Database
from bulk_update.ledger_postgres.row_keys import NUMBER_MASK, bounds_of, row_id_of


class Reversals:
    """The rows of runs that undo others."""

    def __init__(self, database: Database) -> None:
        self._database = database


_INHERIT = f"""
INSERT INTO reversal
SELECT row.id, sent, old, lost, before
FROM reversal JOIN row ON row.id = (reversal.row_id & {NUMBER_MASK}) | %(base)s::bigint
WHERE reversal.row_id BETWEEN %(first)s AND %(last)s
"""


def inherit_reversals(connection: Connection, run: int, *, parent: int) -> None:
    """Let the rows of a retry undo what the rows of its parent undo."""
    connection.execute(_INHERIT, {**bounds_of(parent), "base": row_id_of(run, 0)})
