"""The file of metrics on disk: replaced as a whole, and read again for what outlasts a run."""

from __future__ import annotations

import math
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bulk_update.metrics.exposition import BEGINNING, LAST_SUCCESS

_MODE = 0o644
"""The collector runs as another user."""

_MOST_BYTES = 1_000_000
"""No file of ours is nearly as long."""

_BEFORE_JOB, _AFTER_JOB = f'{LAST_SUCCESS}{{job="', '"}'
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Last:
    """What an earlier file says: its job, and when a command last succeeded (0: never)."""

    job: str = ""
    success_at: float = 0.0


def last_of(path: Path) -> Last:
    """Return what an earlier file says; nothing if it is missing, damaged or not ours."""
    try:
        if not path.is_file():
            return Last()
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES).decode(errors="replace")
    except OSError:
        return Last()
    for line in text.split("\n"):
        labelled, _, value = line.rpartition(" ")
        if labelled.startswith(_BEFORE_JOB) and labelled.endswith(_AFTER_JOB):
            job = labelled.removeprefix(_BEFORE_JOB).removesuffix(_AFTER_JOB)
            return Last(_unescaped(job), _moment(value))
    return Last()


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda escape: "\n" if escape[1] == "n" else escape[1], text)


def _moment(text: str) -> float:
    try:
        moment = float(text)
    except ValueError:
        return 0.0
    return moment if math.isfinite(moment) else 0.0


def write_textfile(path: Path, text: str) -> None:
    """Replace the file, so that a reader sees the old one or the new one; it is readable by all.

    The temporary file is in the same folder, and the collector skips its name. Raises OSError, also
    if something else is in the file's place.
    """
    _require_own_place(path)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".bulk-update-", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            Path(temporary).chmod(_MODE)  # regardless of the umask
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def _require_own_place(path: Path) -> None:
    """Raise OSError unless the path is free, or has a file of ours or an empty one."""
    if not path.exists():
        return
    if not path.is_file():
        raise FileExistsError(None, "it is not a regular file", str(path))
    with path.open("rb") as file:
        beginning = file.read(len(BEGINNING))
    if beginning not in {b"", BEGINNING.encode()}:
        raise FileExistsError(None, "it has other content, which is kept", str(path))
