"""Creating the tables of a new ledger, and upgrading those of an older one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from bulk_update.errors import LedgerError
from bulk_update.ledger.steps import STEPS
from bulk_update.ledger.tables import TABLES
from bulk_update.records import Issue, Param

OLDEST_SQLITE = (3, 38, 0)
"""The first version that always has the JSON functions, which merge and compare sent values.

STRICT tables are available since 3.37.
"""

VERSION = len(STEPS)
"""How many steps have been applied to a ledger; stored in SQLite's `user_version`."""


def prepare(
    connection: sqlite3.Connection, *, keep: Callable[[int], None] = lambda _version: None
) -> None:
    """Create the tables of a new ledger, or upgrade an older one, in one transaction.

    `keep` is called with the version of an older ledger before it is changed, while no other
    process can change it. Raises LedgerError for a ledger that a newer version wrote.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE[:2]))
        found = sqlite3.sqlite_version
        raise LedgerError(Issue("ledger", {"found": found, "oldest": oldest}, "old-sqlite"))
    if version_of(connection) == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = version_of(connection)
        if 0 < version < VERSION:
            keep(version)
        for sql in [step.sql for step in STEPS[version:]] if version else [TABLES]:
            execute_script(connection, sql)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of a ledger, 0 for a new one.

    Raises LedgerError for a ledger that a newer version wrote.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        params: dict[str, Param] = {"found": version, "supported": VERSION}
        raise LedgerError(Issue("ledger-newer", params, "format"))
    return int(version)


def execute_script(connection: sqlite3.Connection, sql: str) -> None:
    """Execute statements, each of which ends its line, within the current transaction."""
    for statement in sql.split(";\n"):
        if statement.strip():
            connection.execute(statement)
