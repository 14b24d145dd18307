"""Putting a run's files in place: written under other names, synced, and then renamed.

Whoever looks into the folder sees the files of one run, never a half-written one.
"""

from __future__ import annotations

import io
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from bulk_update.errors import LedgerError


class Placement:
    """The files of one run in one folder.

    Use it as a context manager: write with `text` or `binary`, then call `commit`. The file that
    the run read (`source`) is never replaced or removed. Raises LedgerError where the files cannot
    be written; the ledger has everything, so that they can be written again.
    """

    def __init__(
        self, folder: Path, *, run_id: str, source: Path | None = None, group_readable: bool = False
    ) -> None:
        self.folder = folder
        self._source = source
        self._run_id = run_id
        self._mode = 0o640 if group_readable else 0o600
        self._written: dict[str, Path] = {}
        with self._file_errors():
            folder.mkdir(parents=True, exist_ok=True, mode=0o750 if group_readable else 0o700)

    @contextmanager
    def text(self, name: str, *, encoding: str = "utf-8") -> Iterator[IO[str]]:
        """Open a text file as `binary` does."""
        with self.binary(name) as file:
            text = io.TextIOWrapper(file, encoding=encoding, newline="")
            yield text
            text.detach()  # flushed, and not closed

    @contextmanager
    def binary(self, name: str) -> Iterator[IO[bytes]]:
        """Open a file under a temporary name; on leaving it is on disk."""
        temporary = self.folder / f".{name}.{self._run_id}.tmp"
        self._written[name] = temporary
        with self._file_errors():
            temporary.unlink(missing_ok=True)  # a crash may have left one, with other permissions
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                temporary.chmod(self._mode)  # whatever the umask takes away
                yield file
                file.flush()
                os.fsync(file.fileno())

    def commit(self, *, known: Collection[str]) -> dict[str, Path]:
        """Rename everything that was written and return where it is now, by name.

        Files of an earlier run with a `known` name that this run did not write are removed, and
        before anything is renamed: a crash in between must not leave them beside files of this
        run. So is what a crash left of them under temporary names. A file that another program
        keeps open gets a name with the run id; so does one that would replace the run's source.
        """
        with self._file_errors():
            self._remove([name for name in known if name not in self._written])
            self._remove(self._leftovers(known))
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
        """Remove what was written and not put in place."""
        for path in self._written.values():
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _leftovers(self, known: Collection[str]) -> list[str]:
        """Return the temporary names of earlier runs."""
        ours = set(self._written.values())
        found = (path for name in known for path in self.folder.glob(f".{name}.*.tmp"))
        return [path.name for path in found if path not in ours]

    def _remove(self, names: Iterable[str]) -> None:
        for name in names:
            if self._is_source(self.folder / name):
                continue
            with suppress(PermissionError):  # Windows: whoever has it open sees that it is old
                (self.folder / name).unlink(missing_ok=True)

    def _place(self, name: str, temporary: Path) -> Path:
        target = self.folder / name
        aside = self.folder / f"{target.stem}-{self._run_id}{target.suffix}"
        if self._is_source(target):
            target = aside
        try:
            temporary.replace(target)
        except PermissionError:  # Windows: a spreadsheet program has it open
            target = aside
            temporary.replace(target)
        return target

    def _is_source(self, path: Path) -> bool:
        """Tell whether this is the very file that the run read: a person's work may be in it."""
        source = self._source
        return source is not None and path.exists() and source.exists() and path.samefile(source)

    def _sync_folder(self) -> None:
        if os.name != "posix":  # Windows cannot sync a folder; its renames are journalled
            return
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def _file_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LedgerError(
                f"the results cannot be written to {self.folder}: {error.strerror or error}",
                hint=f"Nothing is lost: `bulk-update apply {self._run_id}` writes them again; "
                "--out names another folder.",
                reason="results",
            ) from error
