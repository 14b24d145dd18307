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
    """Hands out places in flight, first come, first served, and moments of departure."""

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
        self._waiting: deque[asyncio.Future[bool]] = deque()
        self._aside: deque[asyncio.Future[bool]] = deque()
        sign.watch(self._wake)

    async def enter(self) -> bool:
        """Take a place in flight; False: the run is stopping, and no place was taken."""
        if self._sign.raised:
            return False
        if self.concurrency.enter():
            return True
        return await self._turn()

    async def _turn(self) -> bool:
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        placed = await turn
        if placed and self._sign.raised:
            self.leave()
        return placed and not self._sign.raised

    def leave(self) -> None:
        """Give the place back and let the next in."""
        self.concurrency.leave()
        self._wake()

    def _wake(self) -> None:
        """Hand free places to those who wait longest; when stopping, send all of them away."""
        while self._aside and (self._sign.raised or self.concurrency.step_back()):
            _tell(self._aside.popleft(), go=not self._sign.raised)
        while self._waiting and (self._sign.raised or self.concurrency.enter()):
            _tell(self._waiting.popleft(), go=not self._sign.raised)

    async def departure(self) -> None:
        """Wait for the moment of departure; returns early when the run is stopping.

        Whoever wakes in a pause that began meanwhile, or too late, takes a new moment; and whoever
        took a place when more could be in flight waits until there are few enough.
        """
        while not self._sign.raised:
            now = self._monotonic()
            wait = self.bucket.reserve(now)
            if wait:
                await self._sign.sleep(wait)
            if wait and not self.bucket.allows(self._monotonic(), due=now + wait):
                continue
            if not self.concurrency.step_aside():
                return
            await self._turn_aside()

    async def _turn_aside(self) -> None:
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._aside.append(turn)
        await turn


def _tell(turn: asyncio.Future[bool], *, go: bool) -> None:
    if not turn.cancelled():
        turn.set_result(go)
