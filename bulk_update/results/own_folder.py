"""The folder that a run chose itself: how much it holds, and its end.

Only files that this program wrote are counted and removed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bulk_update.results.files import RunFile

_EDITED_NS = 2_000_000_000
"""A file that is newer than its summary by more than this was changed by a person."""


def files_size(folder: Path, *, run_id: str) -> int:
    """Return the size in bytes of a run's files in a folder; 0 if they are another run's."""
    if _run_id_in(folder) != run_id:
        return 0
    return sum(_size(folder / name) for name in RunFile)


def remove_own_folder(folder: Path, *, run_id: str) -> None:
    """Remove the files of a run from the folder that it chose, and the folder if it is then empty.

    Files that somebody else wrote, or has changed since, stay. Nothing is removed unless the folder
    has the run's id as its name. Files that cannot be removed stay, too.
    """
    with suppress(OSError):
        if folder.name != run_id or folder.is_symlink() or not folder.is_dir():
            return
        for path in list(_unchanged(folder, run_id)):
            with suppress(OSError):  # one that is open in Excel must not keep the others
                path.unlink()
        folder.rmdir()


def _unchanged(folder: Path, run_id: str) -> Iterator[Path]:
    """Yield the files that the run wrote, the summary last; temporary ones come first."""
    for name in RunFile:
        yield from folder.glob(f".{name}.{run_id}.tmp")
    if _run_id_in(folder) != run_id:
        return
    written_ns = (folder / RunFile.SUMMARY).stat().st_mtime_ns
    for name in RunFile:
        path = folder / name
        for written in (path, path.with_name(f"{path.stem}-{run_id}{path.suffix}")):
            if written.exists() and written.stat().st_mtime_ns <= written_ns + _EDITED_NS:
                yield written


def _run_id_in(folder: Path) -> str | None:
    try:
        summary = json.loads((folder / RunFile.SUMMARY).read_bytes())
        return str(summary["run_id"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
