"""The lock that allows one sender per state folder, and names its holder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from filelock import FileLock, Timeout

from bulk_update.bookkeeping.holder import Holder
from bulk_update.errors import LedgerError, LockedError
from bulk_update.records import Issue, Param

_LOCK = "sending.lock"
_HOLDER = "sending.json"

_LOOK_SECONDS = 0.2
"""How long a sender waits at least: a process that only checks the lock holds it for less."""


@contextmanager
def sending_lock(folder: Path, holder: Holder, *, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the sending lock of a state folder.

    The operating system releases the lock when its holder dies. Raises LockedError if another
    process holds it for longer than `wait_seconds`.
    """
    timeout = max(wait_seconds, _LOOK_SECONDS)
    lock = FileLock(folder / _LOCK, timeout=timeout, mode=0o600, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        params: dict[str, Param] = {"folder": str(folder), "holder": _holder_in(folder)}
        raise LockedError(Issue("locked", params, "by")) from None
    except OSError as error:
        params = {"folder": str(folder), "error": str(error.strerror)}
        raise LedgerError(Issue("ledger", params, "no-lock")) from error
    try:
        _name_holder(folder / _HOLDER, holder)
        yield
    finally:
        lock.release()


def current_holder(folder: Path) -> Issue | None:
    """Describe the process that is sending from this state folder; return None if there is none.

    If the lock cannot be tried, another user's process is assumed to be sending.
    """
    if not (folder / _LOCK).exists():
        return None
    lock = FileLock(folder / _LOCK, timeout=_LOOK_SECONDS / 2, mode=0o600, fallback_to_soft=False)
    try:
        lock.acquire(poll_interval=_LOOK_SECONDS / 10)
    except (Timeout, OSError):
        return _holder_in(folder)
    lock.release()
    return None


def _name_holder(path: Path, holder: Holder) -> None:
    try:
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(holder)), encoding="utf-8")
    except OSError as error:
        params: dict[str, Param] = {"path": str(path), "error": str(error.strerror)}
        raise LedgerError(Issue("ledger", params, "unwritable-file")) from error


def _holder_in(folder: Path) -> Issue:
    try:
        return Holder(**json.loads((folder / _HOLDER).read_text(encoding="utf-8"))).described()
    except (OSError, ValueError, TypeError):
        return Issue("locked", variant="unknown-process")
