"""How fast, and how much at once: two small state machines that are told the time.

`TokenBucket` spaces departures so that no second holds more than the rate. `Concurrency` says how
many requests may be in flight: one until the first success, then the ceiling, fewer when the
server shows strain (additive increase, multiplicative decrease, as in TCP's congestion control,
RFC 5681).
"""

from __future__ import annotations

CATCH_UP_SECONDS = 0.02
"""How far departures that a busy machine delayed may be made up for.

At 200 requests a second that is 4, within the 5 % that the network may add.
"""

SPACING = 1.005
"""Departures lie half a per cent further apart than the rate asks: room for a network's jitter."""


class TokenBucket:
    """Spaces departures evenly at `rate` a second; None: unlimited. Starts without a burst.

    Times are seconds of one monotonic clock.
    """

    def __init__(self, rate: float | None) -> None:
        self._interval = SPACING / rate if rate else 0.0
        self._next = float("-inf")
        self._paused_until = float("-inf")

    def reserve(self, now: float) -> float:
        """Take the next place and return the seconds to wait for it."""
        earliest = now - CATCH_UP_SECONDS if self._interval else now
        place = max(self._next, earliest, self._paused_until)
        self._next = place + self._interval
        return max(0.0, place - now)

    def pause_until(self, moment: float) -> None:
        """Let nobody leave before a moment: the server asked for it."""
        self._paused_until = max(self._paused_until, moment)
        self._next = max(self._next, moment)

    def paused_for(self, now: float) -> float:
        """Return for how many seconds nobody may leave."""
        return max(0.0, self._paused_until - now)


class Concurrency:
    """Says how many requests may be in flight, between 1 and `ceiling`."""

    DECREASE = 0.7
    """What is left of the limit after a sign of strain (CUBIC's factor, RFC 9438)."""

    def __init__(self, ceiling: int) -> None:
        self._ceiling = ceiling
        self._limit = 1.0
        self._proven = False
        self._in_flight = 0
        self._decreased_at = float("-inf")

    @property
    def limit(self) -> int:
        """How many may be in flight now."""
        return max(1, int(self._limit))

    @property
    def proven(self) -> bool:
        """Whether a success was seen: before it, requests go one by one."""
        return self._proven

    @property
    def free(self) -> int:
        """How many more may be in flight now."""
        return max(0, self.limit - self._in_flight)

    def enter(self) -> bool:
        """Take a place in flight, or say that there is none."""
        if self._in_flight >= self.limit:
            return False
        self._in_flight += 1
        return True

    def leave(self) -> None:
        """Give a place back."""
        self._in_flight -= 1

    def succeeded(self) -> None:
        """Allow a little more; after the very first success, everything."""
        if not self._proven:
            self._proven = True
            self._limit = float(self._ceiling)
        self._limit = min(float(self._ceiling), self._limit + 1 / self._limit)

    def strained(self, now: float, *, sent_at: float) -> None:
        """Allow less: the server said 429 or 503, or slowed down.

        Requests that left before the last decrease say nothing new.
        """
        if sent_at < self._decreased_at:
            return
        self._decreased_at = now
        self._limit = max(1.0, self._limit * self.DECREASE)
