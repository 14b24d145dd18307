"""One sign that everybody watches: from then on no row is taken and nobody waits any longer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from bulk_update.exits import RunEnd, most_severe

_Result = TypeVar("_Result")


class StopSign:
    """Raised once, and never lowered; of several reasons the gravest stays."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._watchers: list[Callable[[], None]] = []
        self._limits: set[asyncio.Timeout] = set()
        self.end: RunEnd | None = None

    @property
    def raised(self) -> bool:
        """Whether sending is to end."""
        return self.end is not None

    def raise_(self, end: RunEnd) -> None:
        """End sending for this reason, unless one as grave came first."""
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
        """Have a function called when the sign is raised."""
        self._watchers.append(watcher)

    async def sleep(self, seconds: float) -> None:
        """Sleep, but wake at once when the sign is raised."""
        if seconds <= 0 or self.raised:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()

    async def unless_raised(self, work: Coroutine[Any, Any, _Result]) -> _Result | None:
        """Return what the work returns; None: it was cancelled, since the sign was raised."""
        if self.raised:
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
