"""SQLite's errors as LedgerErrors that say what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bulk_update.errors import LedgerError

_LOCK_ERRORS = (
    "SQLITE_PROTOCOL",
    "SQLITE_NOLFS",
    "SQLITE_IOERR_LOCK",
    "SQLITE_IOERR_RDLOCK",
    "SQLITE_IOERR_UNLOCK",
    "SQLITE_IOERR_CHECKRESERVEDLOCK",
    "SQLITE_IOERR_SHM",
)
"""The errors that SQLite reports if its locks or its shared memory do not work."""


@contextmanager
def ledger_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into a LedgerError that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise ledger_error(error, path) from error


def ledger_error(error: sqlite3.Error, path: Path) -> LedgerError:
    """Return the LedgerError for an error of SQLite, with a hint for the user."""
    name = getattr(error, "sqlite_errorname", "") or type(error).__name__
    if name.startswith(_LOCK_ERRORS):
        return LedgerError(
            f"the ledger {path}: its folder does not support the file locks that a ledger needs, "
            f"for example because it is on a network share ({name}: {error})",
            hint="Choose a folder on a local disk with --state.",
        )
    match name.split("_")[1] if name.startswith("SQLITE_") else name:
        case "FULL":
            finding = "the disk is full"
            hint = "Free some disk space, then run the same command again."
        case "IOERR":
            finding, hint = "the disk reports an error", "Check the disk before you continue."
        case "READONLY" | "CANTOPEN" | "PERM":
            finding = "it cannot be written"
            hint = "Fix its permissions, or choose another folder with --state."
        case "CORRUPT" | "NOTADB":
            finding = "it is damaged or not a ledger"
            hint = "Move it away, or restore it from a backup."
        case "BUSY" | "LOCKED":
            finding = "another program is using it"
            hint = "Wait for that program to finish, then try again."
        case _:
            finding, hint = f"SQLite error: {error}", "Everything reported so far is on disk."
    return LedgerError(f"the ledger {path}: {finding} ({name}: {error})", hint=hint)
