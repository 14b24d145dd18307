"""Parses a possibly hostile workbook in a separate process, which cannot crash the job."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer
from typing import IO, cast

from bulk_update.errors import InputError
from bulk_update.readers.workbook.messages import (
    Message,
    SilenceError,
    receive,
    send,
    unless_refused,
)
from bulk_update.records import Issue

CPU_SECONDS = 60.0
STUCK_SECONDS = 600.0
_FAREWELL_SECONDS = 2.0
_CPU_TIME_IS_UP = getattr(signal, "SIGPROF", 0)
LEAN_IMPORTS = (
    "import sys, types; sys.path[:] = sys.argv[1:];"
    "sys.modules.update(dict.fromkeys(('numpy', 'lxml', 'defusedxml', 'PIL')));"
    "sys.modules['openpyxl.workbook'] = types.SimpleNamespace(Workbook=None);"
    "sys.modules['openpyxl.reader.excel'] = types.SimpleNamespace(load_workbook=None);"
)
"""openpyxl imports the first four if they are installed. None is needed for reading, and numpy
alone would exceed the memory limit. The other two are the parts of openpyxl that read and write
whole workbooks: without them, the process starts in 60 % of the time."""
_PROGRAM = LEAN_IMPORTS + (
    "from bulk_update.readers.workbook.server import main; main({cpu_seconds})"
)
_PRIVATE = "BULK_UPDATE_"


class WorkbookProcess:
    """A process that parses one workbook and replies to requests about it."""

    def __init__(
        self,
        path: Path,
        process: subprocess.Popen[bytes],
        *,
        cpu_seconds: float,
        stuck_seconds: float,
    ) -> None:
        self._path, self._process = path, process
        self._cpu_seconds, self._stuck_seconds = cpu_seconds, stuck_seconds
        self._inbox, self._outbox = _pipes(process)

    def ask(self, request: Message) -> Message:
        """Send a request and return the first reply. Raises InputError as `next_reply` does."""
        with suppress(OSError):  # the process has ended; its last reply, or none, shows why
            send(self._outbox, request)
        return self.next_reply()

    def next_reply(self) -> Message:
        """Wait for the next reply.

        Raises InputError if the file is refused, or the process has ended or takes too long.
        """
        deadline = time.monotonic() + self._stuck_seconds
        watchdog = Timer(self._stuck_seconds, self._process.kill)
        watchdog.start()
        try:
            reply = receive(self._inbox)
        except SilenceError as error:
            raise self._ended(is_stuck=time.monotonic() >= deadline) from error
        finally:
            watchdog.cancel()
        return unless_refused(reply)

    def _ended(self, *, is_stuck: bool) -> InputError:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_FAREWELL_SECONDS)
        path = str(self._path)
        if is_stuck:
            seconds = round(self._stuck_seconds)
            return InputError(Issue("input", {"path": path, "seconds": seconds}, "no-reply"))
        if self._process.returncode == -_CPU_TIME_IS_UP:
            seconds = round(self._cpu_seconds)
            return InputError(Issue("input", {"path": path, "seconds": seconds}, "cpu-time"))
        return InputError(Issue("input", {"path": path}, "not-parsed"))


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    """Return the process's output and input as its reader and writer."""
    return cast("IO[bytes]", process.stdout), cast("IO[bytes]", process.stdin)


@contextmanager
def workbook_process(
    path: Path, *, cpu_seconds: float = CPU_SECONDS, stuck_seconds: float = STUCK_SECONDS
) -> Iterator[WorkbookProcess]:
    """Start a process for a workbook; it is ended with the context, whatever its state.

    A reply may take at most `cpu_seconds` of CPU time, however busy the machine is. `stuck_seconds`
    is a limit by the clock, for a process that hangs (and for Windows, which cannot limit CPU
    time).
    """
    program = _PROGRAM.format(cpu_seconds=cpu_seconds)
    process = subprocess.Popen(  # noqa: S603 - our own program, without a shell
        [sys.executable, "-P", "-c", program, *_module_folders()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    )
    with process:
        try:
            yield WorkbookProcess(
                path, process, cpu_seconds=cpu_seconds, stuck_seconds=stuck_seconds
            )
        except BaseException:  # its reply is no longer needed
            process.kill()
            raise
        finally:
            _end_process(process)


def _module_folders() -> list[str]:
    """Return the import path of this process, for use in the other one."""
    return [folder or str(Path.cwd()) for folder in sys.path]


def _environment() -> dict[str, str]:
    """Return the environment without private variables."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_PRIVATE)}


def _end_process(process: subprocess.Popen[bytes]) -> None:
    """Close the pipes, which ends a waiting process; kill it if it does not end."""
    for pipe in _pipes(process):
        with suppress(OSError):
            pipe.close()
    try:
        process.wait(_FAREWELL_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
