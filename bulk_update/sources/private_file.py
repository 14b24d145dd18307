"""The private local copy of a remote file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from bulk_update.errors import LedgerError
from bulk_update.records import Issue
from bulk_update.sources.copying import new_private_file


class PrivateFile:
    """A file that is written once; `size` is the number of bytes so far.

    Its errors differ from those of the network, which Python has as OSError, too.
    """

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self.size = 0
        self._path = path
        self._file = file

    def write(self, data: bytes) -> None:
        """Append to the file; raises LedgerError, for example if the disk is full."""
        try:
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            params = {"path": str(self._path), "error": error.strerror or str(error)}
            raise LedgerError(Issue("local-copy", params, "unwritable")) from error
        self.size += len(data)


@contextmanager
def private_file(path: Path) -> Iterator[PrivateFile]:
    """Create a file that only its owner can read; if the block fails, its content is not whole."""
    with new_private_file(path) as file:
        yield PrivateFile(path, file)
