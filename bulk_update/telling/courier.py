"""The program that delivers notifications through apprise, in a process of its own.

apprise waits in threads that nobody can interrupt; a process can be ended at any time. It reads one
JSON object on stdin and writes a JSON array for every URL, as soon as its fate is known: its index
and what is wrong (empty if nothing is). A text about a URL contains no part of it.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import truststore

from bulk_update.telling.redaction import redacted

_UNKNOWN = "apprise gives no reason"
_APP = "bulk-update"


@dataclass(frozen=True, slots=True)
class Task:
    """What to do within `seconds`: check URLs, or send each its message (title, body, type)."""

    urls: tuple[str, ...]
    seconds: float
    messages: tuple[tuple[str, str, str], ...] = ()


def main() -> None:
    """Do the task on stdin, and exit without waiting for what still hangs."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # the parent decides when to give up
        if name in signal.Signals.__members__:
            signal.signal(signal.Signals[name], signal.SIG_IGN)
    task = _task_of(json.load(sys.stdin))
    truststore.inject_into_ssl()
    reports = sys.stdout
    sys.stdout = sys.stderr  # plugins may print
    for report in done(task):
        reports.write(json.dumps(report) + "\n")
        reports.flush()
    os._exit(0)


def _task_of(found: dict[str, Any]) -> Task:
    messages = tuple((title, body, kind) for title, body, kind in found["messages"])
    return Task(tuple(found["urls"]), found["seconds"], messages)


def done(task: Task) -> Iterator[tuple[int, str]]:
    """Do the task; yield the index of each URL and what is wrong, in the order of their ends."""
    reports: queue.Queue[tuple[int, str]] = queue.Queue()
    deadline = time.monotonic() + task.seconds
    for index, url in enumerate(task.urls):
        message = task.messages[index] if task.messages else None
        work = threading.Thread(target=_do, args=(index, url, message, reports), daemon=True)
        work.start()
    for _ in task.urls:
        try:
            yield reports.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return


def _do(
    index: int,
    url: str,
    message: tuple[str, str, str] | None,
    reports: queue.Queue[tuple[int, str]],
) -> None:
    try:
        fault = _fault(url, message)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything; its text may be secret
        fault = type(error).__name__
    reports.put((index, fault and redacted(fault, url)))


def _fault(url: str, message: tuple[str, str, str] | None) -> str:
    """Return why a URL cannot be used or was not delivered to, or an empty text."""
    import apprise  # noqa: PLC0415 - an extra, and slow to load

    said = _Said()
    logger = logging.getLogger("apprise")
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    logger.addHandler(said)
    asset = apprise.AppriseAsset(app_id=_APP, app_desc=_APP, secure_logging=True)
    service = apprise.Apprise.instantiate(url, asset=asset)
    logger.removeHandler(said)
    if service is None:
        return said.first or _UNKNOWN
    if message is None:
        return ""
    title, body, kind = message
    sender = apprise.Apprise(asset=asset)
    sender.add(service)
    result = sender.notify(
        title=title,
        body=body,
        notify_type=apprise.NotifyType(kind),
        body_format=apprise.NotifyFormat.TEXT,
        interpret_escapes=False,
    )
    if result:
        return ""
    messages = [entry.message for entry in result.logs()]
    return messages[-1] if messages else _UNKNOWN


class _Said(logging.Handler):
    """Keeps the first message of this thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.first = ""
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message."""
        if record.thread == self._thread and not self.first:
            self.first = record.getMessage()
