"""Which attempt may be sent now: one after the other, at the rate, while there are free slots.

An attempt waits twice. First it may be prepared (its intent written, its connection made): only as
many at a time as can soon be sent. Then it waits in line, and the first in line is sent when pause,
pace and slots allow it. It takes a slot at that moment, and gives it back with the reply; an
attempt that waits for anything else holds none.

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
"""How long ahead attempts are prepared: a server may close a connection that waits longer."""

_SHORTEST_SLEEP_SECONDS = 0.0001
"""A timer may ring early by the resolution of its clock."""


class SendSlots:
    """Lets attempts be prepared, and then sent, first come, first served."""

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
        """Give up the attempt that was being prepared."""
        self._prepared -= 1
        self.wake()

    async def wait_for_slot(
        self, *, is_admitted: Callable[[], bool], is_ready: Callable[[], bool], at_front: bool
    ) -> bool:
        """Wait for a slot and take it; the caller then writes the request at once.

        False: the run is stopping, the first in line is no longer admitted, or not ready at its
        moment; the attempt is then still being prepared.
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
        """Give the slot back: the reply has arrived."""
        self.concurrency.leave()
        self.wake()

    def wake(self) -> None:
        """Look again which attempts may go on: something has changed."""
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
        """Return how long the first in line has to wait; infinity: until something changes."""
        if not self.concurrency.has_place:
            return math.inf
        return self.limiter.wait_seconds(self._monotonic())

    def _depart(self) -> bool:
        self.limiter.departed(self._monotonic())
        self.concurrency.enter()
        self._prepared -= 1
        return True


class _Waiting:
    """One attempt that waits in line."""

    def __init__(self) -> None:
        self._woken: asyncio.Future[None] | None = None

    async def sleep(self, seconds: float) -> None:
        """Sleep until woken, at most this long."""
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
        """Let it look again; it need not be asleep."""
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)
