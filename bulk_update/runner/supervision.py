"""Watches a run as it goes, and says when it has to end.

It sees every reply and every outcome, keeps the counts that running guards need, and knows the
judges of `policy`: streaks of refusals, the circuit breaker, patience.
"""

from __future__ import annotations

from dataclasses import dataclass

from bulk_update import policy
from bulk_update.plan import Guards, Trip, judge_duration, judge_failures
from bulk_update.records import Outcome, RefusedRow, Reply, Status
from bulk_update.runner.stopping import Stop

GUARD_EXIT_CODE = 3
REFUSED_EXIT_CODE = 4

_FAILURES = frozenset({Status.REJECTED, Status.FAILED, Status.IN_DOUBT})


@dataclass(frozen=True, slots=True)
class Condemnation:
    """The run is to stop; the rows of `row_ids` were refused for its sake, not for theirs."""

    stop: Stop
    row_ids: tuple[int, ...] = ()


class Supervisor:
    """Judges one invocation's sending; told the time in seconds of one monotonic clock."""

    def __init__(
        self,
        *,
        guards: Guards,
        patience_seconds: float,
        streaks: policy.RefusalStreaks,
        started_at: float,
    ) -> None:
        self._guards = guards
        self._patience = patience_seconds
        self._started_at = started_at
        self._held_since: float | None = None
        self._sent = 0
        self._failures = 0
        self._streaks = streaks
        self.breaker = policy.CircuitBreaker()

    @property
    def refused_before(self) -> tuple[RefusedRow, ...]:
        """Rows of earlier invocations that a streak of refusals may yet condemn."""
        return self._streaks.history.refused

    def before_row(self, now: float) -> Stop | None:
        """Say whether another row may be taken."""
        return _guard_stop(judge_duration(self._guards, seconds=now - self._started_at))

    def while_open(self, now: float) -> Stop | None:
        """Say whether the circuit has been open for longer than patience allows."""
        if not self.breaker.exhausted(now, self._patience):
            return None
        return self._out_of_patience("the service has been out of order")

    def after_reply(
        self, row_id: int, reply: Reply, *, pause_seconds: float, now: float
    ) -> Condemnation | None:
        """Take note of a reply; say whether it condemns the run.

        `pause_seconds` is how long it holds sending up, 0 for not at all.
        """
        self.breaker.record(reply, now)
        if code := policy.halt_code_of(reply):
            return Condemnation(_refused(code, f"{policy.CODES[code]}: {reply.message}"))
        if halt := self._streaks.record(row_id, reply):
            return Condemnation(_refused(halt.code, halt.message), halt.row_ids)
        stop = self._judge_pause(reply, pause_seconds=pause_seconds, now=now)
        return Condemnation(stop) if stop else None

    def after_row(self, outcome: Outcome) -> Stop | None:
        """Take note of how a row ended; say whether a guard ends the run."""
        self._sent += 1
        self._failures += outcome.status in _FAILURES
        return _guard_stop(judge_failures(self._guards, failures=self._failures, sent=self._sent))

    def _judge_pause(self, reply: Reply, *, pause_seconds: float, now: float) -> Stop | None:
        if policy.verdict_of(reply) is not policy.Verdict.RETRY:
            self._held_since = None
            return None
        if not pause_seconds:
            return None
        if self._held_since is None:
            self._held_since = now
        if now + pause_seconds - self._held_since <= self._patience:
            return None
        return self._out_of_patience(
            f"the service answers {reply.code}", asked_seconds=reply.retry_after_seconds or 0.0
        )

    def _out_of_patience(self, finding: str, *, asked_seconds: float = 0.0) -> Stop:
        asked = f" and asks for {asked_seconds:.0f} s of pause" if asked_seconds >= 1 else ""
        return _refused(
            "halted-patience", f"{finding}{asked}; --patience is {self._patience:.0f} s"
        )


def _refused(code: str, message: str) -> Stop:
    return Stop(code, message, REFUSED_EXIT_CODE)


def _guard_stop(trip: Trip | None) -> Stop | None:
    return Stop(trip.code, trip.message, GUARD_EXIT_CODE) if trip else None
