"""The file of metrics on disk: replaced as a whole, and read again for what outlasts a run."""

from __future__ import annotations

import math
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bulk_update.metrics.exposition import LAST_SUCCESS

_MODE = 0o644
"""The collector runs as another user."""

_MOST_BYTES = 1_000_000
"""No file of ours is nearly as long."""

_SUCCESS = re.compile(
    rf'^{LAST_SUCCESS}\{{job="(?P<job>(?:[^"\\\n]|\\.)*)"\}} (?P<at>[0-9.]+)$', re.MULTILINE
)
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
    found = _SUCCESS.search(text)
    if not found:
        return Last()
    try:
        at = float(found["at"])
    except ValueError:
        at = 0.0
    job = _ESCAPE.sub(lambda escape: "\n" if escape[1] == "n" else escape[1], found["job"])
    return Last(job, at if math.isfinite(at) else 0.0)


def write_textfile(path: Path, text: str) -> None:
    """Replace the file, so that a reader sees the old one or the new one; it is readable by all.

    The temporary file is in the same folder, and the collector skips its name. Raises OSError, also
    if the path exists and is not a regular file.
    """
    if path.exists() and not path.is_file():
        raise FileExistsError(None, "it is not a regular file", str(path))
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
