"""Whether a child process is alive, even if another process started it.

Each child has a file, in which it writes its id before it does anything else. On POSIX, it also
inherits a lock on the file, which the operating system releases when the child ends, however it
ends; no other process that later gets the same id can be mistaken for it. On Windows, where locks
are not inherited, the file also holds the time at which the child was created. The process that
started the child may die at any moment: what is needed to find and to stop the child does not
depend on it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

CHILD = "bulk_update.web.child"
"""The module that writes down its process, then becomes the one that is asked for."""

STOPPING = "stopping"
"""The name of the file beside a child's own that asks it to end."""

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _QUERY = 0x1000
    _STILL_ACTIVE = 259

    def is_alive(path: Path) -> bool:
        """Return whether the child whose file this is has not ended."""
        try:
            pid, created = map(int, path.read_text(encoding="ascii").split())
        except (OSError, ValueError):
            return False
        return _creation_time(pid) == created

    def send_stop(pid: int) -> None:
        """Ask a child to end; what it has sent is answered first."""
        os.kill(pid, signal.CTRL_BREAK_EVENT)

    @contextmanager
    def _started(
        path: Path, start: Callable[[Sequence[int]], subprocess.Popen[bytes]]
    ) -> Iterator[subprocess.Popen[bytes]]:
        process = start(())
        record_child(path, process.pid)
        yield process

    def record_child(path: Path, pid: int) -> None:
        """Write which process is alive as long as this file says so; it is this one, or a child."""
        path.write_text(f"{pid} {_creation_time(pid)}", encoding="ascii")

    def _creation_time(pid: int) -> int | None:
        """Return when a living process was created, in the units of Windows, or None."""
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(_QUERY, False, pid)  # noqa: FBT003 - the system's signature
        if not handle:
            return None
        try:
            code = wintypes.DWORD()
            times = [wintypes.FILETIME() for _ in range(4)]
            known = kernel.GetExitCodeProcess(handle, ctypes.byref(code))
            known = known and kernel.GetProcessTimes(handle, *map(ctypes.byref, times))
            if not known or code.value != _STILL_ACTIVE:
                return None
            return (times[0].dwHighDateTime << 32) | times[0].dwLowDateTime
        finally:
            kernel.CloseHandle(handle)

    _FLAGS = subprocess.CREATE_NEW_PROCESS_GROUP

else:
    import fcntl

    def is_alive(path: Path) -> bool:
        """Return whether the child whose file this is has not ended."""
        try:
            descriptor = os.open(path, os.O_RDWR)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def send_stop(pid: int) -> None:
        """Ask a child to end; what it has sent is answered first."""
        os.kill(pid, signal.SIGTERM)

    @contextmanager
    def _started(
        path: Path, start: Callable[[Sequence[int]], subprocess.Popen[bytes]]
    ) -> Iterator[subprocess.Popen[bytes]]:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield start((descriptor,))
        finally:
            os.close(descriptor)

    def record_child(path: Path, pid: int) -> None:
        """Write which process, this one or a child, holds the lock on this file."""
        path.write_text(f"{pid}", encoding="ascii")

    _FLAGS = 0


def pid_in(path: Path) -> int | None:
    """Return the id of the child whose file this is; None if it has not written it yet."""
    try:
        pid = int(path.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return pid if pid > 0 else None


def start_child(
    words: Sequence[str], *, alive: Path, events: Path, environment: Mapping[str, str]
) -> int:
    """Start a Python module that outlives this process; return the id of its process.

    `words` are the module and its arguments. Its stderr is appended to the file `events`, and it
    holds the file `alive` until it ends. It has a session or process group of its own, so that a
    key pressed in this terminal does not reach it.
    """

    def start(inherited: Sequence[int]) -> subprocess.Popen[bytes]:
        opened = os.open(events, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-P", "-m", CHILD, str(alive), *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=opened,
                env=dict(environment),
                pass_fds=inherited,
                creationflags=_FLAGS,
                start_new_session=True,
            )
        finally:
            os.close(opened)

    with _started(alive, start) as process:
        threading.Thread(target=process.wait, daemon=True).start()  # or it would stay a zombie
        return process.pid
