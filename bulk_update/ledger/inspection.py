"""Looking at a ledger's folder without creating or changing anything in it."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from bulk_update.bookkeeping.ledger_state import LedgerState
from bulk_update.errors import LedgerError
from bulk_update.ledger.folder import FILE_NAME, obstacle
from bulk_update.ledger.schema import OLDEST_SQLITE, VERSION, version_of
from bulk_update.ledger.sqlite_errors import ledger_errors
from bulk_update.network_share import network_share
from bulk_update.records import Issue

_LOG = "-wal"


class FolderState(NamedTuple):
    """A usable folder: whether it exists, and who else can change or read what is in it.

    `place` is the folder, or the nearest one above it that exists.
    """

    exists: bool
    place: Path
    others_can_write: bool
    others_can_read_ledger: bool


def sqlite_version() -> tuple[str, str | None]:
    """Return SQLite's version and, if it is too old, the oldest one that can be used."""
    is_too_old = sqlite3.sqlite_version_info < OLDEST_SQLITE
    return sqlite3.sqlite_version, ".".join(map(str, OLDEST_SQLITE)) if is_too_old else None


def inspect_folder(
    folder: Path, *, share_of: Callable[[Path], str | None] = network_share
) -> FolderState:
    """Return the state of a ledger's folder, which need not exist.

    Raises LedgerError if a ledger in it could not be used, as `open_ledger_folder` does.
    """
    if share := share_of(folder):
        raise LedgerError(Issue("ledger", {"folder": str(folder), "share": share}, "network-share"))
    try:
        place = next((each for each in (folder, *folder.absolute().parents) if each.exists()), None)
    except OSError as error:
        raise LedgerError(obstacle(folder, error.strerror or str(error))) from error
    if place is None or not place.is_dir() or not _is_usable(place):
        raise LedgerError(obstacle(folder.absolute(), os.strerror(errno.EACCES)))
    ledger = folder / FILE_NAME
    if ledger.is_dir():
        raise LedgerError(Issue("ledger", {"path": str(ledger)}, "is-a-folder"))
    return FolderState(
        exists=place == folder,
        place=place,
        others_can_write=place == folder and _others_may(place, stat.S_IWGRP | stat.S_IWOTH),
        others_can_read_ledger=ledger.exists()
        and _others_may(folder, stat.S_IXOTH)
        and _others_may(ledger, stat.S_IROTH),
    )


def inspect_ledger(folder: Path) -> LedgerState | None:
    """Return the state of the ledger in a folder, or None if there is none.

    Raises LedgerError if it is damaged, cannot be read or written, or has a newer version.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return None
    if not os.access(path, os.R_OK | os.W_OK):
        raise LedgerError(Issue("ledger", {"path": str(path)}, "no-permission"))
    with ledger_errors(path), closing(_opened(path)) as connection:
        version = version_of(connection)
        runs = _count_runs(connection) if version else 0
    return LedgerState(version, VERSION, runs, path.stat().st_size)


def _opened(path: Path) -> sqlite3.Connection:
    """Open a ledger read-only, without leaving SQLite's own files beside it.

    Without a log, no other process has the ledger open, so that it can be read as immutable.
    """
    has_log = path.with_name(path.name + _LOG).exists()
    query = "mode=ro" if has_log else "mode=ro&immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{query}", uri=True, timeout=1.0)


def _count_runs(connection: sqlite3.Connection) -> int:
    (count,) = connection.execute("SELECT count(*) FROM run").fetchone()
    return int(count)


def _is_usable(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)


def _others_may(path: Path, permissions: int) -> bool:
    return os.name == "posix" and bool(path.stat().st_mode & permissions)
