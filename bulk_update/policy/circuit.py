"""The circuit breaker: while the service is unavailable, only an occasional probe is sent.

closed ──20 failures in a row──▶ open ──the wait is over──▶ half-open (one probe)
  ▲                               ▲                            │
  │                               └──the probe fails: wait twice as long
  └──────────────── any reply that is not a failure ───────────┘
"""

from __future__ import annotations

from enum import StrEnum

from bulk_update.policy.verdicts import Verdict, verdict_of
from bulk_update.records import Reply

FAILURES_TO_OPEN = 20
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0
SECONDS_BETWEEN_PROBE_CHECKS = 0.25

_REQUEST_TIMEOUT = 408
_SERVER_ERRORS = 500


class _State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class CircuitBreaker:
    """Decides whether an attempt may be sent now. Times are seconds of one monotonic clock.

    5xx, 408 and attempts without a response are failures. Other responses that ask the client to
    wait (423, 425, 429, a 403 with `Retry-After`) are neither failures nor successes. Every final
    response, even a refusal, shows that the service works.
    """

    def __init__(self, *, longest_wait_seconds: float = LONGEST_WAIT_SECONDS) -> None:
        self._longest_wait_seconds = longest_wait_seconds
        self._state = _State.CLOSED
        self._failures = 0
        self._probe_at = 0.0
        self._wait_seconds = FIRST_WAIT_SECONDS

    @property
    def is_closed(self) -> bool:
        """Whether attempts may be sent without restriction."""
        return self._state is _State.CLOSED

    @property
    def is_probing(self) -> bool:
        """Whether a probe has been admitted and has no reply yet."""
        return self._state is _State.HALF_OPEN

    def admit(self, now: float) -> float:
        """Return 0 if an attempt may be sent now, else the seconds after which to ask again.

        After the wait, the first attempt to ask becomes the probe; `record` must get its reply.
        """
        if self._state is _State.CLOSED:
            return 0.0
        if self._state is _State.HALF_OPEN:
            return SECONDS_BETWEEN_PROBE_CHECKS
        if now < self._probe_at:
            return self._probe_at - now
        self._state = _State.HALF_OPEN
        return 0.0

    def record(self, reply: Reply, now: float, *, is_probe: bool) -> None:
        """Record the reply to an attempt, and whether the attempt was admitted as a probe."""
        if _is_failure(reply):
            self._failed(reply, now, is_probe=is_probe)
        elif self._state is not _State.CLOSED or verdict_of(reply) is not Verdict.RETRY:
            self._state = _State.CLOSED
            self._failures = 0
            self._wait_seconds = FIRST_WAIT_SECONDS

    def _failed(self, reply: Reply, now: float, *, is_probe: bool) -> None:
        self._failures += 1
        if self._state is _State.HALF_OPEN and is_probe:
            self._wait_seconds = min(self._longest_wait_seconds, self._wait_seconds * 2)
        elif self._state is not _State.CLOSED or self._failures < FAILURES_TO_OPEN:
            return  # still closed; or an attempt sent before the circuit opened
        self._state = _State.OPEN
        self._probe_at = now + max(self._wait_seconds, reply.retry_after_seconds or 0.0)


def _is_failure(reply: Reply) -> bool:
    return (
        reply.status is None or reply.status == _REQUEST_TIMEOUT or reply.status >= _SERVER_ERRORS
    )
