"""The ledger on PostgreSQL, which processes on several machines share.

It keeps what `ledger` keeps, with the same public face and the same tests, in SQL of its own.
"""

from bulk_update.ledger_postgres.place import LedgerDatabase
from bulk_update.ledger_postgres.store import PostgresLedger

__all__ = ["LedgerDatabase", "PostgresLedger"]
