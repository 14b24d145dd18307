"""Errors of PostgreSQL as LedgerErrors that say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from bulk_update.errors import LedgerError
from bulk_update.records import Issue, Param

_VARIANTS: tuple[tuple[str, tuple[type[psycopg.Error], ...]], ...] = (
    ("server-full", (errors.DiskFull, errors.OutOfMemory)),
    ("server-busy", (errors.LockNotAvailable, errors.DeadlockDetected, errors.TooManyConnections)),
    ("server-denied", (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)),
    ("server-damaged", (errors.DataCorrupted, errors.IndexCorrupted)),
    ("unreachable", (psycopg.OperationalError, psycopg.InterfaceError)),
)
"""What errors mean, the most specific first."""


@contextmanager
def ledger_errors(name: str) -> Iterator[None]:
    """Turn PostgreSQL's errors into a LedgerError that says what to do; `name` is the ledger's."""
    try:
        yield
    except psycopg.Error as error:
        raise ledger_error(error, name) from error


def ledger_error(error: psycopg.Error, name: str) -> LedgerError:
    """Return the LedgerError for an error of PostgreSQL, with a hint for the user."""
    lines = str(error.diag.message_primary or error).strip().splitlines()
    params: dict[str, Param] = {
        "path": name,
        "name": error.sqlstate or type(error).__name__,
        "error": lines[-1] if lines else "",
    }
    variant = next((each for each, kinds in _VARIANTS if isinstance(error, kinds)), "postgres")
    return LedgerError(Issue("ledger", params, variant))
