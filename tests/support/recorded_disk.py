"""A disk that remembers every write, and what may be left of it when the power fails.

An SQLite VFS (apsw) passes everything on to the real file system and keeps a log. A power cut
leaves of a file what was synced, and of each later write nothing, all of it, or a part.
"""

from __future__ import annotations

import itertools
import random
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import apsw

from bulk_update.ledger.connection import BUSY_SECONDS

SECTOR_BYTES = 512
MOST_EXHAUSTIVE = 4
"""Up to how many unsynced writes every combination is tried; of more, prefixes, gaps and chance."""


@dataclass(frozen=True, slots=True)
class Write:
    file: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    file: str
    size: int


@dataclass(frozen=True, slots=True)
class Delete:
    file: str


@dataclass(frozen=True, slots=True)
class Sync:
    file: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened elsewhere, between two writes."""

    what: object


Change = Write | Truncate | Delete
Entry = Change | Sync | Note
Files = Mapping[str, bytes]


@dataclass
class RecordedDisk:
    """The log of one folder's files, in the order in which things happened.

    `pragmas` replaces what the ledger asks of SQLite, to see what would become of it.
    """

    pragmas: Mapping[str, str] = field(default_factory=dict)
    log: list[Entry] = field(default_factory=list)

    def note(self, what: object) -> None:
        self.log.append(Note(what))

    @contextmanager
    def mounted(self) -> Iterator[RecordedDisk]:
        vfs = _RecordingVFS(self.log)
        try:
            yield self
        finally:
            vfs.unregister()

    def open(self, path: Path) -> sqlite3.Connection:
        """Open a database on this disk: an apsw connection, as far as the ledger sees any."""
        connection = _Connection(str(path), vfs=_RecordingVFS.NAME)
        connection.pragmas = self.pragmas
        connection.set_busy_timeout(round(BUSY_SECONDS * 1000))
        return cast("sqlite3.Connection", connection)


class _Connection(apsw.Connection):
    pragmas: Mapping[str, str]

    def execute(self, statements: str, *arguments: Any, **more: Any) -> apsw.Cursor:
        name = statements.removeprefix("PRAGMA ").partition(" = ")[0]
        if name in self.pragmas:
            statements = f"PRAGMA {name} = {self.pragmas[name]}"
        return super().execute(statements, *arguments, **more)


class _RecordingVFS(apsw.VFS):
    NAME = "recording"

    def __init__(self, log: list[Entry]) -> None:
        super().__init__(self.NAME, base="")
        self._log = log

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> _RecordingFile:  # noqa: N802 - SQLite's name
        return _RecordingFile(name, flags, self._log)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802 - SQLite's
        super().xDelete(filename, syncdir)
        self._log.append(Delete(Path(filename).name))


class _RecordingFile(apsw.VFSFile):
    def __init__(
        self, name: str | apsw.URIFilename | None, flags: list[int], log: list[Entry]
    ) -> None:
        super().__init__("", name, flags)
        self._log = log
        filename = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._file = Path(filename).name if filename else None

    def _record(self, entry: Entry) -> None:
        if self._file is not None:  # SQLite's temporary tables have files without a name
            self._log.append(entry)

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802 - SQLite's name
        super().xWrite(data, offset)
        self._record(Write(str(self._file), offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's name
        super().xTruncate(newsize)
        self._record(Truncate(str(self._file), newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        super().xSync(flags)
        self._record(Sync(str(self._file)))


@dataclass(frozen=True, slots=True)
class CrashState:
    """What a crash leaves of the files, and what had happened elsewhere by then."""

    files: Files
    notes: tuple[object, ...]


def killed(log: Iterable[Entry]) -> Iterator[CrashState]:
    """Yield what is there when the process dies, after each single write: nothing is lost."""
    files: dict[str, bytearray] = {}
    notes: tuple[object, ...] = ()
    for entry in log:
        if isinstance(entry, Note):
            notes = (*notes, entry.what)
        elif not isinstance(entry, Sync):
            _apply(files, entry)
            yield CrashState(_frozen(files), notes)


def powerless(log: Iterable[Entry], *, chance: random.Random) -> Iterator[CrashState]:
    """Yield what a power cut may leave just before each sync and at the end.

    That is when the most is unsynced, and when the most has happened elsewhere.
    """
    durable: dict[str, bytearray] = {}
    pending: list[Change] = []
    notes: tuple[object, ...] = ()
    for entry in (*log, Sync("")):
        match entry:
            case Note(what):
                notes = (*notes, what)
            case Sync(file):
                for left in _leftovers(pending, chance):
                    files = {name: bytearray(data) for name, data in durable.items()}
                    for change in left:
                        _apply(files, change)
                    yield CrashState(_frozen(files), notes)
                pending = _synced(durable, pending, file)
            case change:
                pending.append(change)


def _synced(durable: dict[str, bytearray], pending: list[Change], file: str) -> list[Change]:
    """Make a file's writes durable, and return what is still unsynced.

    The first sync of a new file syncs its folder: what was deleted before is then gone for good.
    """
    is_new = file not in durable
    rest: list[Change] = []
    for change in pending:
        if change.file == file or (is_new and isinstance(change, Delete)):
            _apply(durable, change)
        else:
            rest.append(change)
    return rest


def _leftovers(pending: Sequence[Change], chance: random.Random) -> Iterator[Sequence[Change]]:
    """Yield what may be left of unsynced changes."""
    if len(pending) <= MOST_EXHAUSTIVE:
        for choice in itertools.product(*map(_fates, pending)):
            yield [part for part in choice if part is not None]
        return
    yield pending
    for index, change in enumerate(pending):
        for fate in _fates(change)[:2]:
            torn = [] if fate is None else [fate]
            yield [*pending[:index], *torn]
            yield [*pending[:index], *torn, *pending[index + 1 :]]
    for _ in range(4 * len(pending)):
        fates = (chance.choice(_fates(change)) for change in pending)
        yield [fate for fate in fates if fate is not None]


def _fates(change: Change) -> tuple[Change | None, ...]:
    """Return what may become of an unsynced change: it is lost, torn, or whole."""
    if isinstance(change, Write) and len(change.data) > SECTOR_BYTES:
        half = len(change.data) // 2 // SECTOR_BYTES * SECTOR_BYTES
        return None, Write(change.file, change.offset, change.data[:half]), change
    return None, change


def _apply(files: dict[str, bytearray], change: Change) -> None:
    match change:
        case Delete(name):
            files.pop(name, None)
        case Truncate(name, size):
            content = files.setdefault(name, bytearray())
            content.extend(bytes(max(0, size - len(content))))
            del content[size:]
        case Write(name, offset, data):
            content = files.setdefault(name, bytearray())
            content.extend(bytes(max(0, offset - len(content))))
            content[offset : offset + len(data)] = data


def _frozen(files: Mapping[str, bytearray]) -> Files:
    return {name: bytes(data) for name, data in files.items()}
