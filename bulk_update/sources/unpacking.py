"""Unpacking gzip files, within bounds."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from bulk_update.errors import InputError
from bulk_update.records import Issue
from bulk_update.sources.copying import new_private_file

MOST_BYTES = 4 << 30
"""The largest content that is unpacked; a hostile file can grow a thousandfold."""
_BLOCK_BYTES = 1 << 20
_MAGIC = b"\x1f\x8b"


def is_gzip(path: Path) -> bool:
    """Return whether a file begins like a gzip file."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def unpack(path: Path, target: Path, *, name: str, most_bytes: int = MOST_BYTES) -> None:
    """Unpack a gzip file, which may have several members, into a new private file.

    Raises InputError, which calls the file `name`, if it is no gzip file, damaged, cut off or too
    large, and OSError if the copy cannot be written.
    """
    if not path.stat().st_size:
        raise InputError(Issue("input", {"path": name}, "gzip-empty"))
    if not is_gzip(path):
        raise InputError(Issue("input", {"path": name}, "not-gzip"))
    written = 0
    with gzip.open(path, "rb") as packed, new_private_file(target) as copy:
        while block := _next_block(packed, name):
            written += len(block)
            if written > most_bytes:
                raise InputError(Issue("input", {"path": name, "most": most_bytes}, "gzip-large"))
            copy.write(block)


def _next_block(packed: gzip.GzipFile, name: str) -> bytes:
    try:
        return packed.read(_BLOCK_BYTES)
    except EOFError as error:
        raise InputError(Issue("input", {"path": name}, "gzip-cut")) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InputError(Issue("input", {"path": name}, "gzip-damaged")) from error
