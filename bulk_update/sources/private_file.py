"""The private local copy of a remote file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from bulk_update.errors import LedgerError
from bulk_update.records import Issue

_FLAGS = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_TRUNC
    | getattr(os, "O_NOFOLLOW", 0)  # POSIX
    | getattr(os, "O_BINARY", 0)  # Windows
)


class PrivateFile:
    """A file that is written once; `size` is the number of bytes so far."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.size = 0
        self._path = path
        self._file = file

    def write(self, data: bytes) -> None:
        """Append to the file; raises LedgerError, for example if the disk is full."""
        with _as_ledger_error(self._path):
            self._file.write(data)
        self.size += len(data)


@contextmanager
def private_file(path: Path) -> Iterator[PrivateFile]:
    """Open a new or emptied file that only this user can read; remove it if the block fails.

    Raises LedgerError if it cannot be written.
    """
    with _as_ledger_error(path):
        file = open(os.open(path, _FLAGS, 0o600), "wb", buffering=0)  # noqa: PTH123, SIM115 - the mode needs a descriptor
        path.chmod(0o600)  # it may have existed
    is_whole = False
    try:
        yield PrivateFile(path, file)
        is_whole = True
    finally:
        file.close()
        if not is_whole:
            path.unlink(missing_ok=True)


@contextmanager
def _as_ledger_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        params = {"path": str(path), "error": error.strerror or str(error)}
        raise LedgerError(Issue("local-copy", params, "unwritable")) from error
