"""Opening the ledger's database so that what it says is on disk is on disk.

Write-ahead log with `synchronous=FULL`: a commit survives a power cut. Deleted content is
overwritten, and the files are readable by their owner alone.
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
"""How long one writer waits for another's transaction, unless it is told otherwise.

Our own transactions take no more than some thousand rows each; another program's may.
"""

_SECONDS_A_TRY = 1.0
"""How long SQLite itself waits: in between, Python hears signals."""

_SECONDS_BETWEEN_TRIES = 0.02
"""Some locks, such as that on a log which is being made, SQLite does not wait for."""

CACHE_KIBIBYTES = 2000
"""What a connection keeps of the file: SQLite's own default, said because it bounds our memory.

Sixteen times as much was no faster for a million rows, in order or shuffled; it took 70 MB more in
a check and 130 MB more in a run, growing with the file until it was full.
"""

_PRAGMAS_OF_A_READER = ("temp_store = FILE", f"cache_size = -{CACHE_KIBIBYTES}")

_SECONDS_FOR_OTHERS = 0.05

_OTHER_FOLDER = "Name a folder of your own with --state, or correct its permissions."

_LOCK_ERRORS = (
    "SQLITE_PROTOCOL",
    "SQLITE_NOLFS",
    "SQLITE_IOERR_LOCK",
    "SQLITE_IOERR_RDLOCK",
    "SQLITE_IOERR_UNLOCK",
    "SQLITE_IOERR_CHECKRESERVEDLOCK",
    "SQLITE_IOERR_SHM",
)
"""What SQLite reports where its locks or its shared memory do not work."""

Opener = Callable[[Path], sqlite3.Connection]
"""Opens a database in autocommit mode, for use by any thread."""


def open_database(path: Path) -> sqlite3.Connection:
    """Open a database with Python's own SQLite; transactions are written out."""
    return sqlite3.connect(
        path, isolation_level=None, timeout=_SECONDS_A_TRY, check_same_thread=False
    )


def open_ledger_folder(
    folder: Path,
    *,
    group_readable: bool,
    share_of: Callable[[Path], str | None] = network_share,
) -> Path:
    """Return the path of the ledger in a folder, made where it is missing.

    An existing ledger stays readable by the group if it was; `group_readable` makes it so. Raises
    LedgerError where the folder cannot be made or written, or is on a network share.
    """
    if share := share_of(folder):
        raise LedgerError(
            f"the ledger's folder {folder} is on a network share ({share}), where a ledger is not "
            "safe",
            hint="Name a folder on a local disk with --state.",
        )
    path = folder / FILE_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750 if group_readable else 0o700)
        path.touch(mode=0o640 if group_readable else 0o600)
        _set_permissions(path, group_readable=group_readable)
    except OSError as error:
        raise LedgerError(
            f"the ledger's folder {folder} cannot be used: {_obstacle(folder, error)}",
            hint=_OTHER_FOLDER,
        ) from error
    if path.is_dir():
        raise LedgerError(
            f"the ledger {path} is a folder, not a file", hint="Name another folder with --state."
        )
    if not _is_writable(folder):
        raise LedgerError(f"the ledger's folder {folder} is read-only", hint=_OTHER_FOLDER)
    return path


def _obstacle(folder: Path, error: OSError) -> str:
    """Say why a folder cannot be made or written."""
    there = next((above for above in (folder, *folder.parents) if above.exists()), None)
    if there is None:
        return f"there is no {folder.absolute().anchor}"
    if not there.is_dir():
        return f"{there} is a file, not a folder"
    if there == folder:
        return str(error.strerror)
    return f"it does not exist and cannot be made in {there} ({error.strerror})"


def is_read_only(folder: Path) -> bool:
    """Tell whether there is a ledger in a folder that this user cannot write."""
    path = folder / FILE_NAME
    return path.exists() and not (_is_writable(folder) and _is_writable(path))


def _is_writable(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _set_permissions(path: Path, *, group_readable: bool) -> None:
    """Let nobody but the owner, and the group where it may, read a ledger and its folder."""
    mode = path.stat().st_mode & 0o640 | 0o600
    if group_readable:
        mode |= 0o040
        path.parent.chmod(path.parent.stat().st_mode & 0o7777 | 0o050)
    for file in (path, *_beside(path)):
        if file.exists() and file.stat().st_mode & 0o777 != mode:
            file.chmod(mode)


def _beside(path: Path) -> Iterator[Path]:
    """Yield the files that SQLite keeps beside an open database."""
    for suffix in ("-wal", "-shm"):
        yield path.with_name(path.name + suffix)


def connect(
    path: Path, *, opener: Opener = open_database, patience_seconds: float = BUSY_SECONDS
) -> sqlite3.Connection:
    """Open the ledger and bring its tables up to date; an older one is kept beside it as it was.

    Raises LedgerError where the file is no ledger, is damaged, or is of a newer version.
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
    """Begin to write; wait so long for another writer to end its transaction."""
    _when_free(lambda: connection.execute("BEGIN IMMEDIATE"), patience_seconds=patience_seconds)


def let_others_write() -> None:
    """Leave a gap between the transactions of a long piece of work.

    Whoever waits asks again every 0.1 s at most, and would seldom meet the moment between two.
    """
    time.sleep(_SECONDS_FOR_OTHERS)


def _when_free(action: Callable[[], object], *, patience_seconds: float) -> None:
    """Do something to the database, again and again while another program is using it."""
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
    """Tell whether an error has this primary result code, whatever its extension."""
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
    """Put a copy of the ledger beside it, as private as the ledger is, whole or not at all.

    It is read over a connection of its own: that sees only what was committed.
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
            f"the ledger {path} cannot be copied before it is brought up to date: {error.strerror}",
            hint="Make room in its folder, then start the same command again.",
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open a ledger that this user cannot write, to look at it.

    Raises LedgerError where the file is no ledger or of another version.
    """
    with ledger_errors(path):
        try:
            return _open_to_read(path, "mode=ro")
        except sqlite3.OperationalError:
            if any(file.exists() for file in _beside(path)):
                raise
        # Nobody has the ledger open: there is no log, and this user cannot make one. Without a
        # log, nobody is changing the file.
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
            hint="Have its owner open it once with this program, for example with `runs`.",
        )


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
    if name.startswith(_LOCK_ERRORS):
        return LedgerError(
            f"the ledger {path}: its folder does not support the locks that it needs, as on a "
            f"network share ({name}: {error})",
            hint="Name a folder on a local disk with --state.",
        )
    match name.split("_")[1] if name.startswith("SQLITE_") else name:
        case "FULL":
            finding, hint = "the disk is full", "Make room, then start the same command again."
        case "IOERR":
            finding, hint = "the disk reports an error", "Check the disk before going on."
        case "READONLY" | "CANTOPEN" | "PERM":
            finding, hint = "it cannot be written", "Correct its permissions, or use --state."
        case "CORRUPT" | "NOTADB":
            finding = "it is damaged or not a ledger"
            hint = "Move it away, or restore it from a backup."
        case "BUSY" | "LOCKED":
            finding, hint = "another program is using it", "Wait for that program, then try again."
        case _:
            finding, hint = f"SQLite says: {error}", "Everything reported so far is on disk."
    return LedgerError(f"the ledger {path}: {finding} ({name}: {error})", hint=hint)
