"""Sending notifications in a separate process, with a deadline."""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

from bulk_update.errors import UsageError
from bulk_update.records import Issue
from bulk_update.telling.changes import News
from bulk_update.telling.message import Message
from bulk_update.telling.notification import INTERRUPTED, TIMEOUT, failed

TOTAL_SECONDS = 10.0
"""No notification takes longer, from the start of its process to its end."""
CHECK_SECONDS = 30.0
"""How long a slow machine may take to load apprise and look at the URLs."""

_PROGRAM = (
    "import sys; sys.path[:] = sys.argv[1:]; from bulk_update.telling.courier import main; main()"
)
_PRIVATE = "BULK_UPDATE_"
_SECONDS_BETWEEN_LOOKS = 0.05
_TYPES = {
    News.FAILED: "failure",
    News.FAILED_OTHERWISE: "failure",
    News.FAILED_AGAIN: "failure",
    News.RECOVERED: "success",
    News.SUCCEEDED: "info",
}
"""What apprise calls them; some services show it as a colour."""


def require_apprise(find: Callable[[str], object] = importlib.util.find_spec) -> None:
    """Raise UsageError unless the extra that sends notifications is installed."""
    if find("apprise") is None:
        raise UsageError(Issue("usage", variant="no-apprise"))


def faults_of(urls: Sequence[str]) -> dict[int, str]:
    """Return what is wrong with each unusable URL, by its index, without any part of it.

    Raises UsageError if apprise cannot look at them.
    """
    found = dict(_reports(urls, (), seconds=CHECK_SECONDS, is_urgent=lambda: False))
    if len(found) < len(urls):
        raise UsageError(Issue("usage", variant="apprise-failed"))
    return {index: fault for index, fault in found.items() if fault}


def deliver(
    urls: Sequence[str],
    messages: Sequence[tuple[News, Message]],
    *,
    is_urgent: Callable[[], bool],
    seconds: float = TOTAL_SECONDS,
) -> list[Issue | None]:
    """Send each URL its message; return for each why it failed, or None.

    Ends after `seconds`, or when `is_urgent` returns true.
    """
    deadline = time.monotonic() + seconds
    found = dict(_reports(urls, messages, seconds=seconds, is_urgent=is_urgent))
    is_late = time.monotonic() >= deadline
    missing = INTERRUPTED if is_urgent() else TIMEOUT if is_late else "ended"
    return [
        _issue(found[index]) if index in found else failed(missing, seconds=round(seconds))
        for index in range(len(urls))
    ]


def _issue(fault: str) -> Issue | None:
    return failed("said", words=fault) if fault else None


def _reports(
    urls: Sequence[str],
    messages: Sequence[tuple[News, Message]],
    *,
    seconds: float,
    is_urgent: Callable[[], bool],
) -> Iterator[tuple[int, str]]:
    """Yield the reports of the process, and end it."""
    deadline = time.monotonic() + seconds
    texts = [(*message, _TYPES[news]) for news, message in messages]
    task = {"urls": list(urls), "seconds": seconds, "messages": texts}
    process = subprocess.Popen(  # noqa: S603 - our own program, without a shell
        [sys.executable, "-P", "-c", _PROGRAM, *_module_folders()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    )
    try:
        with suppress(OSError), cast("IO[bytes]", process.stdin) as stdin:
            stdin.write(json.dumps(task).encode())
        lines = _lines_of(cast("IO[bytes]", process.stdout))
        while time.monotonic() < deadline and not is_urgent():
            with suppress(queue.Empty):
                line = lines.get(timeout=_SECONDS_BETWEEN_LOOKS)
                if line is None:
                    return
                index, fault = json.loads(line)
                yield index, fault
    finally:
        process.kill()
        process.wait()


def _lines_of(stream: IO[bytes]) -> queue.Queue[bytes | None]:
    """Return a queue that gets the lines of a stream, and None at its end."""
    lines: queue.Queue[bytes | None] = queue.Queue()

    def read() -> None:
        with stream:
            for line in stream:
                lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    return lines


def _module_folders() -> list[str]:
    """Return the import path of this process, for use in the other one."""
    return [folder or str(Path.cwd()) for folder in sys.path]


def _environment() -> dict[str, str]:
    """Return the environment without our own variables, which hold secrets."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_PRIVATE)}
