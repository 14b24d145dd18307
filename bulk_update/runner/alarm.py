"""A call at a set moment, which can be moved forward or cancelled."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

_SHORTEST_SECONDS = 0.001
"""A timer may fire early by the resolution of its clock."""


class Alarm:
    """Rings once, at the earliest moment set; moments are seconds of one monotonic clock."""

    def __init__(self, ring: Callable[[], None], *, monotonic: Callable[[], float]) -> None:
        self._ring = ring
        self._monotonic = monotonic
        self._at = math.inf
        self._timer: asyncio.TimerHandle | None = None

    def set(self, moment: float) -> None:
        """Ring at this moment unless an earlier one is set; infinity: never."""
        if moment >= self._at:
            return
        self.stop()
        self._at = moment
        seconds = max(_SHORTEST_SECONDS, moment - self._monotonic())
        self._timer = asyncio.get_running_loop().call_later(seconds, self._rings)

    def stop(self) -> None:
        """Cancel the ring."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._at = None, math.inf

    def _rings(self) -> None:
        self.stop()
        self._ring()
