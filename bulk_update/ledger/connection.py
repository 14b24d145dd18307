"""Opening the ledger's database with durable commits.

The write-ahead log with `synchronous=FULL` makes a commit survive a power cut. Deleted content is
overwritten.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bulk_update.errors import LedgerError
from bulk_update.ledger.folder import copy_of, files_beside
from bulk_update.ledger.schema import VERSION, prepare, version_of
from bulk_update.ledger.sqlite_errors import ledger_errors
from bulk_update.records import Issue, Param

BUSY_SECONDS = 60.0
"""How long a writer waits for another one's transaction by default.

This tool writes at most some thousand rows per transaction; another program may write more.
"""

_SECONDS_A_TRY = 1.0
"""How long SQLite itself waits; Python handles signals between tries."""

_SECONDS_BETWEEN_TRIES = 0.02
"""SQLite does not wait for some locks, such as the one held while the log is created."""

CACHE_KIBIBYTES = 2000
"""The page cache of a connection. This is SQLite's default, set explicitly to bound memory use.

A cache 16 times as large was no faster for a million rows, in order or shuffled, and took up to
70 MB more in a check and 130 MB more in a run.
"""

_PRAGMAS_OF_A_READER = ("temp_store = FILE", f"cache_size = -{CACHE_KIBIBYTES}")

_SECONDS_FOR_OTHERS = 0.05


Opener = Callable[[Path], sqlite3.Connection]
"""A function that opens a database in autocommit mode, for use by any thread."""


def open_database(path: Path) -> sqlite3.Connection:
    """Open a database with Python's own SQLite, in autocommit mode."""
    return sqlite3.connect(
        path, isolation_level=None, timeout=_SECONDS_A_TRY, check_same_thread=False
    )


def connect(
    path: Path, *, opener: Opener = open_database, patience_seconds: float = BUSY_SECONDS
) -> sqlite3.Connection:
    """Open the ledger and upgrade its tables; a copy of an older ledger is kept next to it.

    Raises LedgerError if the file is not a ledger, is damaged, or has a newer version.
    """

    def keep(version: int) -> None:
        _copy(path, copy_of(path, version=version), opener=opener)

    with ledger_errors(path):
        connection = opener(path)
        try:
            _when_free(lambda: _set_up(connection), patience_seconds=patience_seconds)
            _when_free(lambda: prepare(connection, keep=keep), patience_seconds=patience_seconds)
        except BaseException:
            connection.close()
            raise
    return connection


def begin_immediate(connection: sqlite3.Connection, *, patience_seconds: float) -> None:
    """Begin a write transaction; wait up to `patience_seconds` for another writer."""
    _when_free(lambda: connection.execute("BEGIN IMMEDIATE"), patience_seconds=patience_seconds)


def let_others_write() -> None:
    """Pause between the transactions of a long operation.

    Other writers retry only about every 0.1 s and would rarely hit the gap between two
    transactions.
    """
    time.sleep(_SECONDS_FOR_OTHERS)


def _when_free(action: Callable[[], object], *, patience_seconds: float) -> None:
    """Run an action; repeat it while another program is using the database."""
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            action()
        except sqlite3.OperationalError as error:
            if not _is(error, sqlite3.SQLITE_BUSY) or time.monotonic() > deadline:
                raise
            time.sleep(_SECONDS_BETWEEN_TRIES)
        else:
            return


def _is(error: sqlite3.Error, code: int) -> bool:
    """Return whether an error has this primary result code, ignoring its extended code."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == code


def _set_up(connection: sqlite3.Connection) -> None:
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "secure_delete = ON",
        "foreign_keys = ON",
        *_PRAGMAS_OF_A_READER,
        "wal_autocheckpoint = 4000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _copy(path: Path, copy: Path, *, opener: Opener) -> None:
    """Copy the ledger atomically, with the same permissions.

    The copy is read through a separate connection, which sees only committed data.
    """
    unfinished = copy.with_name(f"{copy.name}.tmp")
    try:
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=path.stat().st_mode & 0o777)
        with closing(opener(path)) as source, closing(opener(unfinished)) as target:
            source.backup(target)
        unfinished.replace(copy)
    except OSError as error:
        params: dict[str, Param] = {"path": str(path), "error": str(error.strerror)}
        raise LedgerError(Issue("ledger", params, "no-copy")) from error
    finally:
        unfinished.unlink(missing_ok=True)


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open a ledger read-only, for a user who cannot write it.

    Raises LedgerError if the file is not a ledger or has another version.
    """
    with ledger_errors(path):
        try:
            return _open_to_read(path, "mode=ro")
        except sqlite3.OperationalError:
            if any(file.exists() for file in files_beside(path)):
                raise
        # There is no log, and this user cannot create one. Without a log, no process has the
        # ledger open or is changing it, so that it can be read as immutable.
        return _open_to_read(path, "mode=ro&immutable=1")


def _open_to_read(path: Path, query: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{query}",
        uri=True,
        isolation_level=None,
        timeout=_SECONDS_A_TRY,
    )
    try:
        for pragma in _PRAGMAS_OF_A_READER:
            connection.execute(f"PRAGMA {pragma}")
        _require_current(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _require_current(connection: sqlite3.Connection, path: Path) -> None:
    version = version_of(connection)
    if version < VERSION:
        raise LedgerError(Issue("ledger", {"path": str(path), "format": version}, "old-format"))
