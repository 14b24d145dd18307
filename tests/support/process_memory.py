"""Watching how much memory a process and its children take."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

SECONDS_BETWEEN_LOOKS = 0.1


class PeakMemory:
    """The most memory that a process, or one of its children, was seen to hold, in bytes."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._process = psutil.Process(pid)

    def look(self) -> None:
        """See how much each of them holds now."""
        try:
            processes = [self._process, *self._process.children(recursive=True)]
            self.bytes = max(self.bytes, *(each.memory_info().rss for each in processes))
        except psutil.Error:
            pass  # one of them has just ended


@contextmanager
def peak_memory(pid: int) -> Iterator[PeakMemory]:
    """Watch a process until the context ends, from a thread."""
    peak, ended = PeakMemory(pid), threading.Event()

    def watch() -> None:
        peak.look()
        while not ended.wait(SECONDS_BETWEEN_LOOKS):
            peak.look()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()
