"""Opening the ledger's database with durable commits.

The write-ahead log with `synchronous=FULL` makes a commit survive a power cut. Deleted content is
overwritten, and only the owner can read the files unless the group is allowed to.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bulk_update.errors import LedgerError
from bulk_update.ledger.network_share import network_share
from bulk_update.ledger.schema import VERSION, prepare, version_of

FILE_NAME = "ledger.sqlite3"
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

_OTHER_FOLDER = "Choose another folder with --state, or fix the permissions."

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

Opener = Callable[[Path], sqlite3.Connection]
"""A function that opens a database in autocommit mode, for use by any thread."""


def open_database(path: Path) -> sqlite3.Connection:
    """Open a database with Python's own SQLite, in autocommit mode."""
    return sqlite3.connect(
        path, isolation_level=None, timeout=_SECONDS_A_TRY, check_same_thread=False
    )


def open_ledger_folder(
    folder: Path,
    *,
    group_readable: bool,
    share_of: Callable[[Path], str | None] = network_share,
) -> Path:
    """Return the path of the ledger in a folder; create both if they are missing.

    `group_readable` lets the group read the ledger; a ledger that the group can read stays so.
    Raises LedgerError if the folder cannot be created or written, or is on a network share.
    """
    if share := share_of(folder):
        raise LedgerError(
            f"the ledger's folder {folder} is on a network share ({share}), where a ledger is not "
            "safe",
            hint="Choose a folder on a local disk with --state.",
        )
    path = folder / FILE_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750 if group_readable else 0o700)
        path.touch(mode=0o640 if group_readable else 0o600)
        _set_permissions(path, group_readable=group_readable)
    except OSError as error:
        raise unusable_folder(folder, obstacle(folder, error)) from error
    if path.is_dir():
        raise LedgerError(
            f"the ledger {path} is a folder, not a file", hint="Choose another folder with --state."
        )
    if not _is_writable(folder):
        raise LedgerError(f"the ledger's folder {folder} is read-only", hint=_OTHER_FOLDER)
    return path


def unusable_folder(folder: Path, why: str) -> LedgerError:
    """Return the error for a folder that cannot be created or written."""
    return LedgerError(f"the ledger's folder {folder} cannot be used: {why}", hint=_OTHER_FOLDER)


def obstacle(folder: Path, error: OSError) -> str:
    """Return why a folder cannot be created or written."""
    there = next((above for above in (folder, *folder.parents) if above.exists()), None)
    if there is None:
        return f"there is no {folder.absolute().anchor}"
    if not there.is_dir():
        return f"{there} is a file, not a folder"
    if there == folder:
        return str(error.strerror)
    return f"it does not exist and cannot be created in {there} ({error.strerror})"


def is_read_only(folder: Path) -> bool:
    """Return whether a folder has a ledger that this user cannot write."""
    path = folder / FILE_NAME
    return path.exists() and not (_is_writable(folder) and _is_writable(path))


def _is_writable(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _set_permissions(path: Path, *, group_readable: bool) -> None:
    """Make a ledger readable by its owner only, or by the group too."""
    mode = path.stat().st_mode & 0o640 | 0o600
    if group_readable:
        mode |= 0o040
        path.parent.chmod(path.parent.stat().st_mode & 0o7777 | 0o050)
    for file in (path, *_beside(path)):
        if file.exists() and file.stat().st_mode & 0o777 != mode:
            file.chmod(mode)


def _beside(path: Path) -> Iterator[Path]:
    """Yield the files that SQLite keeps next to an open database."""
    for suffix in ("-wal", "-shm"):
        yield path.with_name(path.name + suffix)


def connect(
    path: Path, *, opener: Opener = open_database, patience_seconds: float = BUSY_SECONDS
) -> sqlite3.Connection:
    """Open the ledger and upgrade its tables; a copy of an older ledger is kept next to it.

    Raises LedgerError if the file is not a ledger, is damaged, or has a newer version.
    """

    def keep(version: int) -> None:
        _copy(path, path.with_name(f"{path.name}.format-{version}"), opener=opener)

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
        raise LedgerError(
            f"the ledger {path} cannot be copied before it is upgraded: {error.strerror}",
            hint="Free some disk space, then run the same command again.",
        ) from error
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
            if any(file.exists() for file in _beside(path)):
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
        raise LedgerError(
            f"the ledger {path} has the older format {version}, and you cannot write it",
            hint="Ask its owner to open it once with this version, for example with `runs`.",
        )


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
