"""The ledger's folder and files: where they are, and who can read and write them.

Only the owner can read the files unless the group is allowed to.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from bulk_update.errors import LedgerError
from bulk_update.network_share import network_share
from bulk_update.records import Issue, Param

FILE_NAME = "ledger.sqlite3"


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
        raise LedgerError(Issue("ledger", {"folder": str(folder), "share": share}, "network-share"))
    path = folder / FILE_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750 if group_readable else 0o700)
        path.touch(mode=0o640 if group_readable else 0o600)
        _set_permissions(path, group_readable=group_readable)
    except OSError as error:
        raise LedgerError(obstacle(folder, str(error.strerror))) from error
    if path.is_dir():
        raise LedgerError(Issue("ledger", {"path": str(path)}, "is-a-folder"))
    if not _is_writable(folder):
        raise LedgerError(Issue("ledger", {"folder": str(folder)}, "read-only"))
    return path


def obstacle(folder: Path, error: str) -> Issue:
    """Return why a folder cannot be created or written."""
    there = next((above for above in (folder, *folder.parents) if above.exists()), None)
    if there is None:
        drive = folder.absolute().anchor
        return Issue("ledger", {"folder": str(folder), "drive": drive}, "no-drive")
    if not there.is_dir():
        return Issue("ledger", {"folder": str(folder), "file": str(there)}, "below-a-file")
    if there == folder:
        return Issue("ledger", {"folder": str(folder), "error": error}, "folder")
    params: dict[str, Param] = {"folder": str(folder), "above": str(there), "error": error}
    return Issue("ledger", params, "no-folder")


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
    for file in (path, *files_beside(path)):
        if file.exists() and file.stat().st_mode & 0o777 != mode:
            file.chmod(mode)


def files_beside(path: Path) -> Iterator[Path]:
    """Yield the files that SQLite keeps next to an open database."""
    for suffix in ("-wal", "-shm"):
        yield path.with_name(path.name + suffix)
