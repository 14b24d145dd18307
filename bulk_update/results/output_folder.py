"""The folder of a run's files, which are written under temporary names, synced and renamed.

A reader of the folder sees the files of one run, and never a partly written one.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from bulk_update.errors import LedgerError
from bulk_update.records import Issue
from bulk_update.results.files import RunFile

_ABANDONED_SECONDS = 12 * 3600
"""A temporary file this old was left by a crash. A newer one may belong to another process,
perhaps on another machine, that is about to rename it."""

_OWNER_FILE, _OWNER_FOLDER = 0o600, 0o700
_GROUP_FILE, _GROUP_FOLDER = 0o640, 0o750


class Purpose(StrEnum):
    """What the files are about, and so what to do if they cannot be written."""

    SENT = "sent"
    """A run that sends; `apply` writes them again."""
    PLANNED = "planned"
    """A plan; `check` makes another."""
    PAGE = "page"
    """The page alone."""


class OutputFolder:
    """The files of one run in one folder.

    Use it as a context manager: write with `text` or `binary`, then call `commit`. The file that
    the run read (`source`) is never replaced or removed. Existing folders keep their permissions,
    and results that the group can read stay so. Raises LedgerError if the files cannot be written,
    with a hint that depends on `purpose`; they can be written again later, because the ledger has
    all the data.
    """

    def __init__(
        self,
        folder: Path,
        *,
        run_id: str,
        source: Path | None = None,
        group_readable: bool = False,
        purpose: Purpose | None = None,
    ) -> None:
        self.path = folder
        self._purpose = purpose
        self._source = source
        self._run_id = run_id
        self._written: dict[RunFile, Path] = {}
        with self._file_errors():
            _make_folder(folder, _GROUP_FOLDER if group_readable else _OWNER_FOLDER)
            shared = group_readable or _mode_of(folder / RunFile.RESULTS) == _GROUP_FILE
        self._mode = _GROUP_FILE if shared else _OWNER_FILE

    @contextmanager
    def text(self, name: RunFile, *, encoding: str = "utf-8") -> Iterator[IO[str]]:
        """Open a text file like `binary`."""
        with self.binary(name) as file:
            text = io.TextIOWrapper(file, encoding=encoding, newline="")
            yield text
            text.detach()  # flushes the text, but does not close the file

    @contextmanager
    def binary(self, name: RunFile) -> Iterator[IO[bytes]]:
        """Open a file under a temporary name; it is on disk after the context."""
        temporary = self.path / f".{name}.{self._run_id}.tmp"
        self._written[name] = temporary
        with self._file_errors():
            temporary.unlink(missing_ok=True)  # left by a crash, perhaps with other permissions
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                temporary.chmod(self._mode)  # regardless of the umask
                yield file
                file.flush()
                os.fsync(file.fileno())

    def commit(self, *, keep_others: bool = False) -> dict[RunFile, Path]:
        """Rename all written files to their final names; return their paths.

        Unless `keep_others` is set, files that this run did not write are removed first, so that a
        crash cannot leave files of an earlier run next to those of this one. Temporary files left
        by a crash are removed too: immediately if they belong to this run, which has only one
        writer at a time, otherwise after 12 hours. If another program keeps a target file open, or
        if the target is the run's source, the new file gets a name with the run id.
        """
        with self._file_errors():
            if not keep_others:
                self._remove(file for file in RunFile if file not in self._written)
                self._remove(self._leftovers())
            placed = {name: self._place(name, path) for name, path in self._written.items()}
            self._written = {}
            self._sync_folder()
        return placed

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove files that were written but not renamed."""
        for path in self._written.values():
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _leftovers(self) -> list[str]:
        """Return the names of temporary files that no process will rename any more."""
        # Both times come from the file system, because the clock of a share may differ.
        now = max((path.stat().st_mtime for path in self._written.values()), default=0.0)
        found = {path for name in RunFile for path in self.path.glob(f".{name}.*.tmp")}
        return [
            path.name
            for path in found - set(self._written.values())
            if path.name.endswith(f".{self._run_id}.tmp")
            or now - _mtime_of(path, now) > _ABANDONED_SECONDS
        ]

    def _remove(self, names: Iterable[str]) -> None:
        for name in names:
            if self._is_source(self.path / name):
                continue
            with suppress(PermissionError):  # Windows: another program has it open
                (self.path / name).unlink(missing_ok=True)

    def _place(self, name: str, temporary: Path) -> Path:
        target = self.path / name
        aside = self.path / f"{target.stem}-{self._run_id}{target.suffix}"
        if self._is_source(target):
            target = aside
        try:
            temporary.replace(target)
        except PermissionError:  # Windows: a spreadsheet program has it open
            target = aside
            temporary.replace(target)
        return target

    def _is_source(self, path: Path) -> bool:
        """Return whether this is the file that the run read, which must not be lost."""
        source = self._source
        return source is not None and path.exists() and source.exists() and path.samefile(source)

    def _sync_folder(self) -> None:
        if os.name != "posix":  # Windows cannot sync a folder; its renames are journalled
            return
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def _file_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            params = {
                "folder": str(self.path),
                "error": error.strerror or str(error),
                "run": self._run_id,
            }
            raise LedgerError(Issue("results", params, self._purpose or "folder")) from error


def _make_folder(folder: Path, mode: int) -> None:
    """Create a folder and its missing parents, regardless of the umask."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        with suppress(FileExistsError):
            path.mkdir(mode=mode)
            path.chmod(mode)
    folder.mkdir(exist_ok=True)  # raises if it is a file


def _mode_of(path: Path) -> int | None:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return None


def _mtime_of(path: Path, otherwise: float) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # its writer has renamed it
        return otherwise
