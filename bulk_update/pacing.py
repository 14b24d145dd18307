"""Rate and concurrency: small state machines that take the time as an argument.

`RateLimiter` spaces requests so that no second contains more than the rate. `Concurrency` limits
the requests in flight, modelled on TCP's congestion control (RFC 5681): one until the first
success, doubling each round trip until the server shows signs of overload, then additive increase
and multiplicative decrease. `Latency` detects when responses take longer than they used to.
"""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

CATCH_UP_SECONDS = 0.02
"""How much earlier the next requests may be sent after one that a busy machine delayed."""

FIRST_HOLD_SECONDS = 20.0
"""How long a limit that was too high is not tried again; doubles each time."""

LONGEST_HOLD_SECONDS = 300.0


_NETWORK = 1.05
"""How far a second at the server may exceed the rate, since the network can bunch requests."""


class _Margin(NamedTuple):
    """Factors that lengthen the window and the interval beyond the rate, to allow for jitter.

    The interval's factor is larger so that a late request, which delays the one a window later, is
    made up for in time.
    """

    window: float
    interval: float


_WIDE = _Margin(window=1.025, interval=1.03)
_NARROW = _Margin(window=1.005, interval=1.01)
"""Sufficient if the network's 5 % amount to at least one whole request."""


class RateLimiter:
    """Spaces requests at `rate` per second; None: unlimited. Starts without a burst.

    At most `rate` requests (rounded up to a whole number) are written in any second. They are
    evenly spaced. After a late one, the next may come up to `CATCH_UP_SECONDS` earlier, as long as
    the limit per second allows. Times are seconds of one monotonic clock.
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
        """Return how long to wait before the next request; 0: it may be sent now."""
        free = self._due
        if self.rate is not None and len(self._recent) >= self._most:
            free = max(free, self._recent[-self._most] + self._window)
        return max(0.0, free - now)

    def departed(self, now: float) -> None:
        """Record that a request is sent now."""
        if self.rate is None:
            return
        begins = self._due == -math.inf  # nothing to catch up on yet
        self._due = max(self._due, now - (0.0 if begins else CATCH_UP_SECONDS)) + self._interval
        while self._recent and self._recent[0] <= now - self._window:
            self._recent.popleft()
        self._recent.append(now)

    def pause_until(self, moment: float) -> None:
        """Send nothing before this moment, because the server asked for a pause."""
        self._due = max(self._due, moment)


class Concurrency:
    """Limits the requests in flight, between 1 and `ceiling`."""

    DECREASE = 0.7
    """Factor applied to the limit after a sign of overload (CUBIC's factor, RFC 9438)."""

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
        """How many requests may be in flight now."""
        return max(1, int(self._limit))

    @property
    def has_place(self) -> bool:
        """Whether one more request may be in flight now."""
        return self._in_flight < self.limit

    def enter(self) -> None:
        """Count a request that is being written."""
        self._in_flight += 1

    def leave(self) -> None:
        """Count a request off after its reply."""
        self._in_flight -= 1

    def on_success(self, now: float) -> None:
        """Raise the limit: by one per success before any overload, then by one per round trip.

        A limit that was too high is not tried again for a while, because every trial pauses all
        workers.
        """
        if self._most is None:
            self._limit = min(self._ceiling, self._limit + 1)
            return
        most = self._ceiling if now >= self._most_until else max(self._limit, self._most)
        self._limit = min(most, self._limit + 1 / self._limit)

    def on_overload(self, now: float, *, sent_at: float, in_flight_at_send: int) -> None:
        """Lower the limit after a 429 or 503, or when responses become slow.

        `in_flight_at_send` counts the other requests in flight then. Of requests that were sent
        together, the first reply decreases the limit. The others show how far it must fall, but
        never below a quarter: the limit doubles each round trip, so it was right two round trips
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
    """Detects slower responses by comparing two moving averages of the response time.

    The slow average adapts to a service that has become permanently slower.
    """

    FAST = 1 / 8
    """The weight of one response in the fast average (as in TCP's round-trip time, RFC 6298)."""
    SLOW = 1 / 256
    RISE = 2.0
    NOTICEABLE_SECONDS = 0.2
    """A smaller rise is noise, from the network or this machine."""

    def __init__(self) -> None:
        self._fast: float | None = None
        self._slow = 0.0

    def is_rising(self, seconds: float) -> bool:
        """Record how long a response took; return whether responses have become slow."""
        if self._fast is None:
            self._fast = self._slow = seconds
        self._fast += self.FAST * (seconds - self._fast)
        self._slow += self.SLOW * (seconds - self._slow)
        return self._fast > max(self._slow * self.RISE, self._slow + self.NOTICEABLE_SECONDS)
