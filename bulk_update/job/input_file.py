"""The file that a command reads: found at its source, complete, and copied if necessary.

A plain file of this machine is read where it is. Standard input, compressed and remote files are
read from a private copy, which errors call by the name of its source.
"""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bulk_update.errors import BulkUpdateError, InputError, LedgerError
from bulk_update.job.disk_space import require_disk_space
from bulk_update.job.request import path_text
from bulk_update.readers import Fingerprint, fingerprint
from bulk_update.records import Issue
from bulk_update.sources import STANDARD_INPUT, Found, Source, source_of
from bulk_update.sources.copying import folder_for_copies
from bulk_update.sources.kinds import is_compressed, name_of_copy
from bulk_update.sources.unpacking import is_gzip, unpack

_CALLED = "standard input"


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that can be read now, and what is known about its source.

    `path` is the file to read: the source itself or a copy. `name` is what runs record. For
    standard input, `modified_at_us` is None.
    """

    path: Path
    name: str
    fingerprint: Fingerprint
    modified_at_us: int | None
    found: Found

    @property
    def called(self) -> str:
        """What messages call the file."""
        return called(self.name)

    @property
    def folder(self) -> str | None:
        """The folder of the source, however it was named; None for standard input."""
        return None if self.name == STANDARD_INPUT else folder_of(self.name)


def called(name: str) -> str:
    """Return what messages call a source."""
    return _CALLED if name == STANDARD_INPUT else name


def folder_of(name: str) -> str:
    """Return the folder of a file, the same for all names of it: absolute, and without links."""
    if "://" in name:
        return name.rpartition("/")[0]
    return path_text(Path(name).parent.resolve())


def only_file(source: Source, text: str) -> Found:
    """Return the file that a plain name means; raises InputError if there is none."""
    found = source.matching()
    if not found:
        raise InputError(Issue("input", {"path": text}, "no-file"))
    return found[0]


@contextmanager
def file_of(text: str, *, kind_is_named: bool = False) -> Iterator[InputFile]:
    """Yield the file of a command that opens no ledger; a copy is made among temporary files.

    Raises InputError if there is no such file, and UsageError for a pattern.
    """
    with (
        closing(source_of(text)) as source,
        tempfile.TemporaryDirectory(prefix="bulk-update-", ignore_cleanup_errors=True) as state,
        readable(
            source,
            only_file(source, text),
            state_folder=Path(state),
            kind_is_named=kind_is_named,
        ) as file,
    ):
        yield file


@contextmanager
def readable(
    source: Source, found: Found, *, state_folder: Path, kind_is_named: bool
) -> Iterator[InputFile]:
    """Yield a file that can be read, and remove its copy at the end.

    `kind_is_named` is whether the mapping says what kind of file it is. Raises InputError if it
    cannot be read or unpacked, and LedgerError if there is no room for its copy.
    """
    modified_at_us = None if found.name == STANDARD_INPUT else found.modified_at_us
    with ExitStack() as stack:
        path = Path(found.name)
        if _needs_copy(found):
            with _writable(state_folder, file=called(found.name)):
                folder = stack.enter_context(folder_for_copies(state_folder))
                require_disk_space(folder, file=Path(called(found.name)), file_bytes=found.size)
                path = _copy(source, found, folder, kind_is_named=kind_is_named)
            stack.enter_context(_calling(path, called(found.name)))
        yield InputFile(path, found.name, fingerprint(path), modified_at_us, found)


def _needs_copy(found: Found) -> bool:
    return found.name == STANDARD_INPUT or "://" in found.name or is_compressed(found.name)


def _copy(source: Source, found: Found, folder: Path, *, kind_is_named: bool) -> Path:
    """Copy a file into a folder, unpacked; return the copy."""
    raw = folder / "fetched"
    source.fetch(found, raw)
    from_stdin = found.name == STANDARD_INPUT
    if is_compressed(found.name) or (from_stdin and is_gzip(raw)):
        packed, raw = raw, folder / "unpacked"
        unpack(packed, raw, name=called(found.name))
        packed.unlink()
    copy = folder / name_of_copy(found.name, raw, kind_is_named=kind_is_named)
    return raw.rename(copy)


@contextmanager
def _writable(folder: Path, *, file: str) -> Iterator[None]:
    """Turn the errors of a disk into a LedgerError, since the copy is beside the ledger."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            issue = Issue("no-room", {"file": file, "folder": str(folder)}, "copy")
        else:
            params = {"path": str(folder), "error": error.strerror or str(error)}
            issue = Issue("ledger", params, "unwritable-file")
        raise LedgerError(issue) from error


@contextmanager
def _calling(copy: Path, name: str) -> Iterator[None]:
    """Let errors about a copy call it by the name of its source."""
    try:
        yield
    except BulkUpdateError as error:
        error.replace_text(str(copy), name)
        raise
