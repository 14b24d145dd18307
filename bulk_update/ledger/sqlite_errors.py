"""SQLite's errors as LedgerErrors that say what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bulk_update.errors import LedgerError
from bulk_update.records import Issue, Param

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

_NO_SPACE = "SQLITE_IOERR_SHMSIZE"
"""The shared memory is a file beside the ledger, and a full disk has no room for it."""

_VARIANTS = {
    "FULL": "full",
    "IOERR": "disk",
    "READONLY": "unwritable",
    "CANTOPEN": "unwritable",
    "PERM": "unwritable",
    "CORRUPT": "damaged",
    "NOTADB": "damaged",
    "BUSY": "busy",
    "LOCKED": "busy",
}
"""What SQLite's errors mean, by the second word of their names."""


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
    params: dict[str, Param] = {"path": str(path), "name": name, "error": str(error)}
    return LedgerError(Issue("ledger", params, _variant_of(name)))


def _variant_of(name: str) -> str:
    if name == _NO_SPACE:
        return "full"
    if name.startswith(_LOCK_ERRORS):
        return "no-locks"
    kind = name.split("_")[1] if name.startswith("SQLITE_") else name
    return _VARIANTS.get(kind, "sqlite")
