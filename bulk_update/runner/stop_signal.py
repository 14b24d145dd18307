"""The signal that ends sending: once it is set, no row is taken and all waits end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from bulk_update.exits import RunEnd, most_severe

_Result = TypeVar("_Result")


class StopSignal:
    """A signal that stays set. If there are several reasons, it keeps the most severe."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._watchers: list[Callable[[], None]] = []
        self._limits: set[asyncio.Timeout] = set()
        self.end: RunEnd | None = None

    @property
    def is_requested(self) -> bool:
        """Whether sending must end."""
        return self.end is not None

    def request(self, end: RunEnd) -> None:
        """End sending for this reason; an earlier, equally severe reason takes precedence."""
        if self.end is not None:
            self.end = most_severe(self.end, end)
            return
        self.end = end
        self._event.set()
        for limit in self._limits:
            limit.reschedule(asyncio.get_running_loop().time())
        for watcher in self._watchers:
            watcher()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call a function when a stop is requested."""
        self._watchers.append(watcher)

    async def sleep(self, seconds: float) -> None:
        """Sleep, but wake as soon as a stop is requested."""
        if seconds <= 0 or self.is_requested:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()

    async def unless_requested(self, work: Coroutine[Any, Any, _Result]) -> _Result | None:
        """Return the result of the work, or None if a stop request cancelled it."""
        if self.is_requested:
            work.close()
            return None
        limit = asyncio.timeout(None)
        try:
            async with limit:
                self._limits.add(limit)
                return await work
        except TimeoutError:
            if not limit.expired():
                raise
            return None
        finally:
            self._limits.discard(limit)
