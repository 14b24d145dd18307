"""How fast, and how much at once: small state machines that are told the time.

`TokenBucket` spaces departures so that no second holds more than the rate. `Concurrency` says how
many requests may be in flight, after TCP's congestion control (RFC 5681): one until the first
success, twice as many each round trip until the server shows strain, then additive increase and
multiplicative decrease. `Latency` tells when answers take longer than they used to.
"""

from __future__ import annotations

CATCH_UP_SECONDS = 0.02
"""How far departures that a busy machine delayed may be made up for.

At 200 requests a second that is 4, within the 5 % that the network may add.
"""

SPACING = 1.005
"""Departures lie half a per cent further apart than the rate asks: room for a network's jitter."""

FIRST_HOLD_SECONDS = 20.0
"""How long a number in flight that was too much is not tried again: twice as long each time."""

LONGEST_HOLD_SECONDS = 300.0


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
        begins = self._next == float("-inf")  # there is nothing to catch up with yet
        earliest = now if begins or not self._interval else now - CATCH_UP_SECONDS
        place = max(self._next, earliest)
        self._next = place + self._interval
        return max(0.0, place - now)

    def allows(self, now: float, *, due: float) -> bool:
        """Tell whether a place that was due at a moment may still be used now.

        Not while the client pauses; and not much later than it was due, lest all who a busy
        machine held up leave together.
        """
        late = bool(self._interval) and now - due > CATCH_UP_SECONDS
        return now >= self._paused_until and not late

    def pause_until(self, moment: float) -> None:
        """Let nobody leave before a moment: the server asked for it."""
        self._paused_until = max(self._paused_until, moment)
        self._next = max(self._next, moment)


class Concurrency:
    """Says how many requests may be in flight, between 1 and `ceiling`."""

    DECREASE = 0.7
    """What is left of the limit after a sign of strain (CUBIC's factor, RFC 9438)."""

    def __init__(self, ceiling: int) -> None:
        self._ceiling = float(ceiling)
        self._limit = 1.0
        self._in_flight = 0
        self._aside = 0
        self._decreased_at = float("-inf")
        self._most: float | None = None
        self._most_until = float("-inf")
        self._most_seconds = FIRST_HOLD_SECONDS
        self._least = 1.0

    @property
    def limit(self) -> int:
        """How many may be in flight now."""
        return max(1, int(self._limit))

    def enter(self) -> bool:
        """Take a place in flight, or say that there is none."""
        if self._in_flight >= self.limit:
            return False
        self._in_flight += 1
        return True

    def leave(self) -> None:
        """Give a place back."""
        self._in_flight -= 1

    def step_aside(self) -> bool:
        """Tell whether more hold a place than now may leave: then this one waits with its place."""
        exceeded = self._in_flight - self._aside > self.limit
        self._aside += exceeded
        return exceeded

    def step_back(self) -> bool:
        """Tell whether one of those aside may leave now."""
        allowed = self._aside > 0 and self._in_flight - self._aside < self.limit
        self._aside -= allowed
        return allowed

    def succeeded(self, now: float) -> None:
        """Allow more: one more a success before any strain, after it one more a round trip.

        What was too much is not tried again for a while, since every trial costs a pause of all.
        """
        if self._most is None:
            self._limit = min(self._ceiling, self._limit + 1)
            return
        most = self._ceiling if now >= self._most_until else max(self._limit, self._most)
        self._limit = min(most, self._limit + 1 / self._limit)

    def strained(self, now: float, *, sent_at: float, beside: int) -> None:
        """Allow less: the server said 429 or 503, or slowed down.

        `beside` says how many others were on the way when the request left. Of requests that left
        together, the first to come back decreases the limit; the others tell how far it must go,
        though never below a quarter: whoever doubles each round trip was right two trips ago.
        """
        if sent_at >= self._decreased_at:
            self._decrease(now)
        self._most = max(self._least, min(self._most or self._ceiling, beside))
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
        """Take note of how long an answer took; tell whether answers have become slow."""
        if self._fast is None:
            self._fast = self._slow = seconds
        self._fast += self.FAST * (seconds - self._fast)
        self._slow += self.SLOW * (seconds - self._slow)
        return self._fast > max(self._slow * self.RISE, self._slow + self.NOTICEABLE_SECONDS)
