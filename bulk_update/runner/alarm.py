"""Something to be done at a moment, unless it is put off or called off before."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

_SHORTEST_SECONDS = 0.001
"""A timer may ring early by the resolution of its clock."""


class Alarm:
    """Rings once at the earliest moment it was set to; moments are of one monotonic clock."""

    def __init__(self, ring: Callable[[], None], *, monotonic: Callable[[], float]) -> None:
        self._ring = ring
        self._monotonic = monotonic
        self._at = math.inf
        self._timer: asyncio.TimerHandle | None = None

    def set(self, moment: float) -> None:
        """Ring at a moment, unless it is set to an earlier one; infinity: never."""
        if moment >= self._at:
            return
        self.stop()
        self._at = moment
        seconds = max(_SHORTEST_SECONDS, moment - self._monotonic())
        self._timer = asyncio.get_running_loop().call_later(seconds, self._rings)

    def stop(self) -> None:
        """Do not ring."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._at = None, math.inf

    def _rings(self) -> None:
        self.stop()
        self._ring()
