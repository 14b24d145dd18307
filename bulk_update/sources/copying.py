"""Private copies: readable by their owner alone, and removed when nobody needs them any more."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

COPIES = "inputs"
"""The folder of the copies, within the state folder."""
_LOCK = ".lock"


@contextmanager
def new_private_file(path: Path) -> Iterator[IO[bytes]]:
    """Create a file that only its owner can read, whatever the umask is."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        yield file


@contextmanager
def folder_for_copies(state_folder: Path) -> Iterator[Path]:
    """Yield an empty private folder, and remove it at the end.

    A lock file beside it says that its process is alive; the system releases the lock if not.
    """
    place = state_folder / COPIES
    for each in (state_folder, place):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        folder = Path(tempfile.mkdtemp(dir=place))
        lock = FileLock(f"{folder}{_LOCK}", mode=0o600, fallback_to_soft=False)
        lock.acquire()
        if folder.exists():  # nobody took it for an abandoned one before it was locked
            break
        lock.release()
    try:
        yield folder
    finally:
        _remove(folder, lock)


def remove_abandoned_copies(state_folder: Path) -> None:
    """Remove the copies of processes that died. What cannot be removed stays."""
    with suppress(OSError):
        for path in list((state_folder / COPIES).iterdir()):
            if path.suffix == _LOCK and path.with_suffix("").exists():
                continue  # its folder comes, too
            folder = path.with_suffix("") if path.suffix == _LOCK else path
            lock = FileLock(f"{folder}{_LOCK}", timeout=0, mode=0o600, fallback_to_soft=False)
            with suppress(OSError, Timeout):
                lock.acquire()
                _remove(folder, lock)


def _remove(folder: Path, lock: FileLock) -> None:
    """Remove a folder and its lock file, which this process holds."""
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # Windows does not remove an open file, but `release` may
        Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
