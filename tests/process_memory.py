"""Watching how much memory a process and its children take."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

import psutil

SECONDS_BETWEEN_LOOKS = 0.1


class PeakMemory:
    """The most memory that a process, or one of its children, was seen to hold, in bytes."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._process = psutil.Process(pid)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.is_set():
            try:
                processes = [self._process, *self._process.children(recursive=True)]
                self.bytes = max(self.bytes, *(each.memory_info().rss for each in processes))
            except psutil.Error:
                pass  # one of them has just ended
            self._ended.wait(SECONDS_BETWEEN_LOOKS)
