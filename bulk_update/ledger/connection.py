"""Opening the ledger's database so that what it says is on disk is on disk.

Write-ahead log with `synchronous=FULL`: a commit survives a power cut. Deleted content is
overwritten, and the files are readable by their owner alone.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bulk_update.errors import LedgerError
from bulk_update.ledger.schema import prepare

FILE_NAME = "ledger.sqlite3"
BUSY_SECONDS = 60.0
"""How long one writer waits for another's transaction: a plan commits every few thousand rows."""

CACHE_KIBIBYTES = 2000
"""What a connection keeps of the file: SQLite's own default, said because it bounds our memory.

Sixteen times as much was no faster for a million rows, in order or shuffled; it took 70 MB more in
a check and 130 MB more in a run, growing with the file until it was full.
"""

Opener = Callable[[Path], sqlite3.Connection]
"""Opens a database in autocommit mode, for use by any thread."""


def open_database(path: Path) -> sqlite3.Connection:
    """Open a database with Python's own SQLite; transactions are written out."""
    return sqlite3.connect(
        path, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False
    )


def open_ledger_folder(folder: Path, *, group_readable: bool) -> Path:
    """Return the path of the ledger in a folder, made where it is missing.

    Raises LedgerError where the folder cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750 if group_readable else 0o700)
        path = folder / FILE_NAME
        path.touch(mode=0o640 if group_readable else 0o600)
        path.chmod(0o640 if group_readable else 0o600)
    except OSError as error:
        raise LedgerError(
            f"the ledger's folder {folder} cannot be written: {error.strerror}",
            hint="Name a folder of your own with --state, or mend its permissions.",
        ) from error
    if not os.access(folder, os.W_OK):
        raise LedgerError(
            f"the ledger's folder {folder} is read-only",
            hint="Name a folder of your own with --state, or mend its permissions.",
        )
    return path


def connect(path: Path, *, opener: Opener = open_database) -> sqlite3.Connection:
    """Open the ledger and bring its tables up to date.

    Raises LedgerError where the file is no ledger, is damaged, or is of a newer version.
    """
    with ledger_errors(path):
        connection = opener(path)
        try:
            _set_up(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def _set_up(connection: sqlite3.Connection) -> None:
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "secure_delete = ON",
        "foreign_keys = ON",
        "temp_store = FILE",
        f"cache_size = -{CACHE_KIBIBYTES}",
        "wal_autocheckpoint = 4000",
    ):
        connection.execute(f"PRAGMA {pragma}")
    prepare(connection)


@contextmanager
def ledger_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite says of a sick database into a LedgerError that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise ledger_error(error, path) from error


def ledger_error(error: sqlite3.Error, path: Path) -> LedgerError:
    """Say what a failure of SQLite means for the ledger's keeper."""
    name = getattr(error, "sqlite_errorname", "") or type(error).__name__
    match name.split("_")[1] if name.startswith("SQLITE_") else name:
        case "FULL":
            finding, hint = "the disk is full", "Make room, then start the same command again."
        case "IOERR":
            finding, hint = "the disk reports an error", "Check the disk before going on."
        case "READONLY" | "CANTOPEN" | "PERM":
            finding, hint = "it cannot be written", "Mend its permissions, or use --state."
        case "CORRUPT" | "NOTADB":
            finding = "it is damaged or no ledger"
            hint = "Move it away, or restore it from a backup."
        case "BUSY" | "LOCKED":
            finding, hint = "another program holds it", "Wait for that program, then try again."
        case _:
            finding, hint = f"SQLite says: {error}", "Nothing was claimed that is not on disk."
    return LedgerError(f"the ledger {path}: {finding} ({name}: {error})", hint=hint)
