"""The lock that allows one sender per state folder, and names its holder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from bulk_update.errors import LedgerError, LockedError

_LOCK = "sending.lock"
_HOLDER = "sending.json"


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that is sending."""

    pid: int
    host: str
    user: str
    started_at: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, user {self.user}, since {self.started_at}"


@contextmanager
def sending_lock(folder: Path, holder: Holder, *, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the sending lock of a state folder.

    The operating system releases the lock when its holder dies. Raises LockedError if another
    process holds it for longer than `wait_seconds`.
    """
    lock = FileLock(folder / _LOCK, timeout=wait_seconds, mode=0o600, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(
            f"another run is sending from {folder}: {_holder_in(folder)}",
            hint="Wait for it to finish, or let bulk-update wait: --wait 30m.",
        ) from None
    except OSError as error:
        raise LedgerError(
            f"the lock in {folder} cannot be taken: {error.strerror}",
            hint="Fix the folder's permissions, or choose another with --state.",
        ) from error
    try:
        _name_holder(folder / _HOLDER, holder)
        yield
    finally:
        lock.release()


def _name_holder(path: Path, holder: Holder) -> None:
    try:
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(holder)), encoding="utf-8")
    except OSError as error:
        raise LedgerError(f"{path} cannot be written: {error.strerror}") from error


def _holder_in(folder: Path) -> str:
    try:
        return str(Holder(**json.loads((folder / _HOLDER).read_text(encoding="utf-8"))))
    except (OSError, ValueError, TypeError):
        return "an unknown process"
