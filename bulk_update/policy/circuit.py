"""The circuit breaker: when the service is out of order, stop knocking and look in now and then.

closed ──20 failures in a row──▶ open ──the wait is over──▶ half-open (one probe)
  ▲                               ▲                            │
  │                               └──the probe fails: wait twice as long
  └──────────────── any answer that is no failure ─────────────┘
"""

from __future__ import annotations

from enum import StrEnum

from bulk_update.records import Reply

FAILURES_TO_OPEN = 20
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0
SECONDS_BETWEEN_LOOKS_AT_A_PROBE = 0.25

_REQUEST_TIMEOUT = 408
_SERVER_ERRORS = 500
_NEITHER = frozenset({423, 425, 429})


class _State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class CircuitBreaker:
    """Decides whether an attempt may leave now. Every `now` is of one monotonic clock, in seconds.

    5xx, 408 and attempts without an answer are failures. 423, 425 and 429 ask for a pause and are
    neither failure nor success; every other answer, a refusal too, shows a service that works.
    """

    def __init__(self) -> None:
        self._state = _State.CLOSED
        self._failures = 0
        self._opened_at = 0.0
        self._probe_at = 0.0
        self._wait_seconds = FIRST_WAIT_SECONDS

    @property
    def is_closed(self) -> bool:
        """Whether attempts may leave freely."""
        return self._state is _State.CLOSED

    def admit(self, now: float) -> float:
        """Return 0 if an attempt may leave now, else the seconds after which to ask again.

        Once the wait is over, the first to ask becomes the probe; whoever was admitted reports
        back with `record`, or with `withdraw` if the attempt did not take place.
        """
        if self._state is _State.CLOSED:
            return 0.0
        if self._state is _State.HALF_OPEN:
            return SECONDS_BETWEEN_LOOKS_AT_A_PROBE
        if now < self._probe_at:
            return self._probe_at - now
        self._state = _State.HALF_OPEN
        return 0.0

    def withdraw(self, now: float) -> None:
        """Take an admission back: the attempt did not take place, another may probe at once."""
        if self._state is _State.HALF_OPEN:
            self._state = _State.OPEN
            self._probe_at = now

    def record(self, reply: Reply, now: float) -> None:
        """Take note of a reply."""
        if _is_failure(reply):
            self._failed(reply, now)
        elif self._state is not _State.CLOSED or reply.status not in _NEITHER:
            self._state = _State.CLOSED
            self._failures = 0
            self._wait_seconds = FIRST_WAIT_SECONDS

    def exhausted(self, now: float, patience_seconds: float) -> bool:
        """Tell whether sending has been held up for longer than patience allows."""
        return self._state is not _State.CLOSED and now - self._opened_at >= patience_seconds

    def _failed(self, reply: Reply, now: float) -> None:
        self._failures += 1
        match self._state:
            case _State.CLOSED if self._failures >= FAILURES_TO_OPEN:
                self._opened_at = now
            case _State.HALF_OPEN:
                self._wait_seconds = min(LONGEST_WAIT_SECONDS, self._wait_seconds * 2)
            case _:  # still closed; or already open, and this is a reply from before
                return
        self._state = _State.OPEN
        self._probe_at = now + max(self._wait_seconds, reply.retry_after_seconds or 0.0)


def _is_failure(reply: Reply) -> bool:
    return (
        reply.status is None or reply.status == _REQUEST_TIMEOUT or reply.status >= _SERVER_ERRORS
    )
