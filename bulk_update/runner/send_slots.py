"""Which attempt may be sent next: first come, first served, at the rate, while slots are free.

An attempt waits twice. First it waits to be prepared (its intent written, its connection made);
only as many are prepared as can be sent soon. Then it waits in line; the first in line is sent when
pause, pace and slots allow it. It takes a slot at that moment and returns it with the reply, so no
attempt holds a slot while it waits for anything else.

Every wait ends when a stop is requested.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable

from bulk_update.pacing import Concurrency, RateLimiter
from bulk_update.runner.stop_signal import StopSignal

PREPARED_SECONDS = 2.0
"""How far ahead attempts are prepared; a server may close a connection that waits longer."""

_SHORTEST_SLEEP_SECONDS = 0.0001
"""A timer may fire early by the resolution of its clock."""


class SendSlots:
    """Admits attempts to preparation and then to sending, first come, first served."""

    def __init__(
        self,
        *,
        limiter: RateLimiter,
        concurrency: Concurrency,
        stop_signal: StopSignal,
        monotonic: Callable[[], float],
    ) -> None:
        self.limiter = limiter
        self.concurrency = concurrency
        self._stop_signal = stop_signal
        self._monotonic = monotonic
        self._most_prepared = (
            math.inf if limiter.rate is None else 1 + math.ceil(limiter.rate * PREPARED_SECONDS)
        )
        self._prepared = 0
        self._outside: deque[asyncio.Future[None]] = deque()
        self._line: deque[_Waiting] = deque()
        stop_signal.watch(self.wake)

    async def enter(self) -> bool:
        """Wait until an attempt may be prepared; False: the run is stopping."""
        if self._stop_signal.is_requested:
            return False
        if not self._has_room:
            return await self._turn()
        self._prepared += 1
        return True

    def exit(self) -> None:
        """Abandon an attempt that is being prepared."""
        self._prepared -= 1
        self.wake()

    async def wait_for_slot(
        self, *, is_admitted: Callable[[], bool], is_ready: Callable[[], bool], at_front: bool
    ) -> bool:
        """Wait for a slot and take it; the caller must then write the request immediately.

        False: the run is stopping, or the attempt was first in line but no longer admitted, or its
        connection was not ready at its turn. In all three cases it still counts as being prepared.
        """
        waiting = _Waiting()
        if at_front:
            self._line.appendleft(waiting)
        else:
            self._line.append(waiting)
        try:
            while not self._stop_signal.is_requested:
                seconds = math.inf
                if waiting is self._line[0]:
                    if not is_admitted():
                        return False
                    seconds = self._wait_seconds()
                if not seconds:
                    return is_ready() and self._depart()
                await waiting.sleep(seconds)
            return False
        finally:
            self._line.remove(waiting)
            self.wake()

    def arrive(self) -> None:
        """Free a slot after the reply."""
        self.concurrency.leave()
        self.wake()

    def wake(self) -> None:
        """Check again which attempts may proceed, because something has changed."""
        if self._line:
            self._line[0].wake()
        while self._outside and (self._stop_signal.is_requested or self._has_room):
            turn = self._outside.popleft()
            if not turn.cancelled():
                self._prepared += 1
                turn.set_result(None)

    @property
    def _has_room(self) -> bool:
        return self._prepared < min(self.concurrency.limit, self._most_prepared)

    async def _turn(self) -> bool:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._outside.append(turn)
        await turn
        if self._stop_signal.is_requested:
            self.exit()
        return not self._stop_signal.is_requested

    def _wait_seconds(self) -> float:
        """Return how long the first in line must wait; infinity: until something changes."""
        if not self.concurrency.has_place:
            return math.inf
        return self.limiter.wait_seconds(self._monotonic())

    def _depart(self) -> bool:
        self.limiter.departed(self._monotonic())
        self.concurrency.enter()
        self._prepared -= 1
        return True


class _Waiting:
    """One attempt waiting in line."""

    def __init__(self) -> None:
        self._woken: asyncio.Future[None] | None = None

    async def sleep(self, seconds: float) -> None:
        """Sleep until woken, but no longer than this."""
        loop = asyncio.get_running_loop()
        self._woken = loop.create_future()
        timer = (
            loop.call_later(max(seconds, _SHORTEST_SLEEP_SECONDS), self.wake)
            if seconds < math.inf
            else None
        )
        try:
            await self._woken
        finally:
            if timer is not None:
                timer.cancel()

    def wake(self) -> None:
        """Wake it if it is asleep."""
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)
