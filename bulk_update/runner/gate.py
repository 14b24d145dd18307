"""Who may send now: places in flight, one departure after the other, at the rate.

Joins the state machines of `pacing` with waiting. Everybody who waits here wakes when the stop
sign is raised.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from bulk_update.pacing import Concurrency, TokenBucket
from bulk_update.runner.stopping import StopSign


class Gate:
    """Hands out places in flight and moments of departure."""

    def __init__(
        self,
        *,
        bucket: TokenBucket,
        concurrency: Concurrency,
        sign: StopSign,
        monotonic: Callable[[], float],
    ) -> None:
        self.bucket = bucket
        self.concurrency = concurrency
        self._sign = sign
        self._monotonic = monotonic
        self._waiting: deque[asyncio.Future[None]] = deque()
        sign.watch(self.wake)

    async def enter(self) -> bool:
        """Take a place in flight; False: the run is stopping, and no place was taken."""
        while not self._sign.raised:
            if self.concurrency.enter():
                return True
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn
        return False

    def leave(self) -> None:
        """Give the place back and let the next in."""
        self.concurrency.leave()
        self.wake()

    def wake(self) -> None:
        """Let as many of the waiting look again as there may be places; all, when stopping."""
        count = len(self._waiting) if self._sign.raised else self.concurrency.free
        while self._waiting and count > 0:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                count -= 1

    async def departure(self) -> None:
        """Wait for the moment of departure; returns early when the run is stopping.

        A pause that begins meanwhile is waited for, and a new moment taken after it.
        """
        while wait := self.bucket.reserve(self._monotonic()):
            await self._sign.sleep(wait)
            if self._sign.raised or not self.bucket.paused_for(self._monotonic()):
                return
