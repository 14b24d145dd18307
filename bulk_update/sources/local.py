"""Files of this machine: a path, or a pattern of paths."""

from __future__ import annotations

import errno
import filecmp
import glob
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from bulk_update.errors import InputError
from bulk_update.records import Issue
from bulk_update.sources.copying import new_private_file
from bulk_update.sources.newest import is_pattern
from bulk_update.sources.source import Found


class LocalSource:
    """A path, or a pattern if no file has exactly this name. `**` matches any folders."""

    def __init__(self, text: str) -> None:
        self._text = text

    def matching(self) -> list[Found]:
        """Return the files that the path or pattern means; a path: that file or none.

        Raises InputError for a folder, and for what is not a regular file.
        """
        if not self.is_pattern:
            found = _regular(Path(self._text))
            return [found] if found else []
        self._require_folder()
        # Path.glob cannot take a pattern that begins at the root.
        paths = map(Path, glob.glob(self._text, recursive=True))  # noqa: PTH207
        return [found for path in paths if (found := _seen(path))]

    @property
    def is_pattern(self) -> bool:
        """Whether the text has wildcards and no file has exactly this name."""
        return is_pattern(self._text) and not os.path.lexists(self._text)

    def seen_again(self, found: Found) -> Found | None:
        """Look at a file again; return None if it is gone."""
        return _seen(Path(found.name))

    def has(self, name: str) -> bool:
        """Return whether a file exists."""
        return _seen(Path(name)) is not None

    def fetch(self, found: Found, target: Path) -> None:
        """Copy a file; raises InputError if it cannot be read or changed meanwhile."""
        path = Path(found.name)
        try:
            with path.open("rb") as file, new_private_file(target) as copy:
                shutil.copyfileobj(file, copy, 1 << 20)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise
            raise unreadable(found.name, error) from error
        if _seen(path) != found:
            raise InputError(Issue("still-written", {"path": found.name}))

    def archive(self, found: Found, folder: str, *, run_id: str) -> str:
        """Move a file into a folder, which is created if it is missing; return the new name.

        Another file of this name is never replaced: the run id is added. If the same content is
        already there under that name, the file is only removed. Raises InputError or OSError.
        """
        path, place = Path(found.name), Path(folder)
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.is_symlink():
            raise InputError(Issue("input", {"path": found.name}, "link"))
        if path.parent.samefile(place):
            raise InputError(Issue("input", {"path": found.name, "folder": folder}, "archived"))
        if _seen(path) != found:
            raise InputError(Issue("input", {"path": found.name}, "replaced"))
        names = _names_in(place, path.name, run_id)
        while True:
            target = next(names)
            if not os.path.lexists(target):
                with suppress(FileExistsError):  # created at this very moment
                    _move(found, path, target)
                    return str(target)
            elif target.is_file() and filecmp.cmp(path, target, shallow=False):
                path.unlink()
                return str(target)

    def close(self) -> None:
        """Do nothing: no connection is kept."""

    def _require_folder(self) -> None:
        """Raise InputError unless the folder above the first wildcard can be listed."""
        whole = Path(self._text)
        fixed = [part for part in whole.parents if not is_pattern(str(part))]
        folder = fixed[0]
        try:
            os.scandir(folder).close()
        except OSError as error:
            raise unreadable(str(folder), error) from error


def unreadable(name: str, error: OSError) -> InputError:
    """Return the error for what cannot be read."""
    params = {"path": name, "error": error.strerror or str(error)}
    return InputError(Issue("input", params, "unreadable"))


def _regular(path: Path) -> Found | None:
    """Return a file; raises InputError if it is something else."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = error if isinstance(error, OSError) else OSError(str(error))
        raise unreadable(str(path), reason) from error
    if stat.S_ISDIR(mode):
        raise InputError(Issue("input", {"path": str(path)}, "folder"))
    if not stat.S_ISREG(mode):
        raise InputError(Issue("input", {"path": str(path)}, "special"))
    return _seen(path)


def _seen(path: Path) -> Found | None:
    """Return a regular file as it is now, or None."""
    try:
        seen = path.stat()
    except OSError:
        return None
    if not stat.S_ISREG(seen.st_mode):
        return None
    return Found(str(path), seen.st_size, seen.st_mtime_ns // 1000)


def _names_in(folder: Path, name: str, run_id: str) -> Iterator[Path]:
    """Yield the name of a file in a folder, then names with the run id."""
    yield folder / name
    stem, dot, suffixes = name.partition(".")
    for number in count(1):
        again = f"-{number}" if number > 1 else ""
        yield folder / f"{stem}-{run_id}{again}{dot}{suffixes}"


def _move(found: Found, path: Path, target: Path) -> None:
    """Move a file to a name that is free; raises FileExistsError if it is taken.

    On another file system, the copy is on disk before the file is removed.
    """
    try:
        target.hardlink_to(path)
    except FileExistsError:
        raise
    except OSError:  # another file system, or one without links
        _copy(found, path, target)
    path.unlink()


def _copy(found: Found, path: Path, target: Path) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with path.open("rb") as file, new_private_file(temporary) as copy:
            shutil.copyfileobj(file, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
        shutil.copystat(path, temporary)
        if _seen(path) != found:
            raise InputError(Issue("input", {"path": found.name}, "replaced"))
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # claims the name
        temporary.replace(target)
        _sync_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # Windows cannot sync a folder; its renames are journalled
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
