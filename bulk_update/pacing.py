"""How fast, and how much at once: small state machines that receive the time.

`RateLimiter` spaces departures so that no second holds more than the rate. `Concurrency` says how
many requests may be in flight, after TCP's congestion control (RFC 5681): one until the first
success, twice as many each round trip until the server shows strain, then additive increase and
multiplicative decrease. `Latency` tells when answers take longer than they used to.
"""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

CATCH_UP_SECONDS = 0.02
"""How far the next departures may make up for one that a busy machine delayed."""

FIRST_HOLD_SECONDS = 20.0
"""How long a number in flight that was too much is not tried again: twice as long each time."""

LONGEST_HOLD_SECONDS = 300.0


_NETWORK = 1.05
"""What a second at the server may hold of the rate, since requests may catch up on the way."""


class _Margin(NamedTuple):
    """How much longer than the rate asks a window and an interval are: room for jitter.

    The interval's margin is the greater one, so that a departure that came late and delayed the
    one a window later is made up for in time.
    """

    window: float
    interval: float


_WIDE = _Margin(window=1.025, interval=1.03)
_NARROW = _Margin(window=1.005, interval=1.01)
"""Enough where the 5 % that the network may add are at least one whole request."""


class RateLimiter:
    """Spaces departures at `rate` a second; None: unlimited. Starts without a burst.

    In any second at most `rate` requests leave (rounded up, where it is no whole number), judged
    by the moments at which they were written. Departures are spaced evenly. One that comes late
    lets the next come up to `CATCH_UP_SECONDS` earlier, as far as the second allows. Times are
    seconds of one monotonic clock.
    """

    def __init__(self, rate: float | None) -> None:
        self.rate = rate
        self._due = -math.inf
        self._recent: deque[float] = deque()
        if rate is not None:
            self._most = math.ceil(rate)
            margin = _NARROW if math.floor(rate * _NETWORK) > self._most else _WIDE
            self._interval = margin.interval / rate
            self._window = margin.window * self._most / rate

    def wait_seconds(self, now: float) -> float:
        """Return how long it takes until a request may leave; 0: it may leave now."""
        free = self._due
        if self.rate is not None and len(self._recent) >= self._most:
            free = max(free, self._recent[-self._most] + self._window)
        return max(0.0, free - now)

    def departed(self, now: float) -> None:
        """Take note that a request leaves now."""
        if self.rate is None:
            return
        begins = self._due == -math.inf  # there is nothing to catch up with yet
        self._due = max(self._due, now - (0.0 if begins else CATCH_UP_SECONDS)) + self._interval
        while self._recent and self._recent[0] <= now - self._window:
            self._recent.popleft()
        self._recent.append(now)

    def pause_until(self, moment: float) -> None:
        """Send nothing before a moment: the server asked for it."""
        self._due = max(self._due, moment)


class Concurrency:
    """Says how many requests may be in flight, between 1 and `ceiling`."""

    DECREASE = 0.7
    """What is left of the limit after a sign of strain (CUBIC's factor, RFC 9438)."""

    def __init__(self, ceiling: int) -> None:
        self._ceiling = float(ceiling)
        self._limit = 1.0
        self._in_flight = 0
        self._decreased_at = float("-inf")
        self._most: float | None = None
        self._most_until = float("-inf")
        self._most_seconds = FIRST_HOLD_SECONDS
        self._least = 1.0

    @property
    def limit(self) -> int:
        """How many may be in flight now."""
        return max(1, int(self._limit))

    @property
    def has_place(self) -> bool:
        """Whether one more may be in flight now."""
        return self._in_flight < self.limit

    def enter(self) -> None:
        """Take a place in flight: the request is being written."""
        self._in_flight += 1

    def leave(self) -> None:
        """Give a place back: the answer is there."""
        self._in_flight -= 1

    def on_success(self, now: float) -> None:
        """Allow more: one more a success before any strain, after it one more a round trip.

        What was too much is not tried again for a while, since every trial costs a pause of all.
        """
        if self._most is None:
            self._limit = min(self._ceiling, self._limit + 1)
            return
        most = self._ceiling if now >= self._most_until else max(self._limit, self._most)
        self._limit = min(most, self._limit + 1 / self._limit)

    def on_overload(self, now: float, *, sent_at: float, in_flight_at_send: int) -> None:
        """Allow less: the server said 429 or 503, or slowed down.

        `in_flight_at_send` counts the other requests in flight then. Of requests that were sent
        together, the first to come back decreases the limit; the others say how far it must go,
        though never below a quarter: the limit doubles each round trip, so it was right two trips
        ago.
        """
        if sent_at >= self._decreased_at:
            self._decrease(now)
        self._most = max(self._least, min(self._most or self._ceiling, in_flight_at_send))
        self._limit = min(self._limit, self._most)

    def _decrease(self, now: float) -> None:
        if self._most is not None and now >= self._most_until:
            self._most_seconds = min(LONGEST_HOLD_SECONDS, self._most_seconds * 2)
        self._decreased_at = now
        self._most = float(self.limit)
        self._most_until = now + self._most_seconds
        self._least = max(1.0, self._limit / 4)
        self._limit = max(1.0, self._limit * self.DECREASE)


class Latency:
    """Tells whether answers take longer than they used to, by two moving averages of their time.

    The slow average follows a service that has become slower for good.
    """

    FAST = 1 / 8
    """The weight of one answer in the fast average (as in TCP's round-trip time, RFC 6298)."""
    SLOW = 1 / 256
    RISE = 2.0
    NOTICEABLE_SECONDS = 0.2
    """A rise below this is noise: of the network, or of this machine itself."""

    def __init__(self) -> None:
        self._fast: float | None = None
        self._slow = 0.0

    def is_rising(self, seconds: float) -> bool:
        """Take note of how long an answer took; return whether answers have become slow."""
        if self._fast is None:
            self._fast = self._slow = seconds
        self._fast += self.FAST * (seconds - self._fast)
        self._slow += self.SLOW * (seconds - self._slow)
        return self._fast > max(self._slow * self.RISE, self._slow + self.NOTICEABLE_SECONDS)
