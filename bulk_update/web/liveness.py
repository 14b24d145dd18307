"""Whether a child process is alive, even if another process started it.

Each child has a file. On POSIX, the child inherits a lock on it, which the operating system
releases when the child ends, however it ends; no other process that later gets the same id can be
mistaken for it. On Windows, where locks are not inherited, the file holds the child's id and the
time at which it was created.
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
        path.write_text(f"{process.pid} {_creation_time(process.pid)}", encoding="ascii")
        yield process

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

    _FLAGS = 0


def start_child(
    words: Sequence[str], *, alive: Path, events: Path, environment: Mapping[str, str]
) -> int:
    """Start a process that outlives this one; return its id.

    Its stderr is appended to the file `events`, and it holds the file `alive` until it ends. It has
    a session or process group of its own, so that a key pressed in this terminal does not reach it.
    """

    def start(inherited: Sequence[int]) -> subprocess.Popen[bytes]:
        opened = os.open(events, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return subprocess.Popen(  # noqa: S603 - our own program
                list(words),
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
