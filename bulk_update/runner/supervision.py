"""The supervision of a run, which decides when it must end.

The supervisor sees every reply and every outcome, keeps the counts for the guards, and consults the
judges in `policy`: streaks of refusals, the circuit breaker and patience.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from bulk_update import policy
from bulk_update.exits import ExitCode, RunEnd
from bulk_update.plan import Guards, judge_duration, judge_failures, judge_window
from bulk_update.records import Issue, Outcome, RefusedRow, Reply, Status

_NO_TROUBLE = Reply(may_have_been_sent=False, status=None, code="")
_FAILURES = frozenset({Status.REJECTED, Status.FAILED, Status.IN_DOUBT})

_LONGEST_LOOK_SECONDS = 30.0
"""How long a run that waits does not look at the wall clock, which can be set at any time.

A timer may be late by as long as the machine was suspended.
"""

_PROBES_IN_PATIENCE = 4
"""How often an open circuit is probed, at least, before patience is used up."""


@dataclass(frozen=True, slots=True)
class RunHalt:
    """The end of a run because of a reply.

    The rows in `row_ids` were refused for the same reason.
    """

    end: RunEnd
    row_ids: tuple[int, ...] = ()


class Supervisor:
    """Decides when one invocation must end. Times are in seconds of one monotonic clock.

    Only `window` depends on the wall clock, in microseconds since the epoch (`now_us`).
    `streaks` includes the replies of the run's earlier invocations.
    """

    def __init__(
        self,
        *,
        guards: Guards,
        patience_seconds: float,
        streaks: policy.RefusalStreaks,
        started_at: float,
    ) -> None:
        self._guards = guards
        self._started_at = started_at
        self._streaks = streaks
        self._refused = {row.row_id: row for row in streaks.history.refused}
        self._patience = policy.Patience(patience_seconds)
        self._trouble = _NO_TROUBLE
        self._sent = 0
        self._failures = 0
        self._attempts = 0
        self.has_response = streaks.history.has_response
        """Whether any attempt of the run, in this or an earlier invocation, got a response."""
        self.breaker = policy.CircuitBreaker(
            longest_wait_seconds=_longest_wait_seconds(patience_seconds)
        )

    def check_at(self, now: float, *, now_us: int) -> float:
        """Return when `overdue` must be checked if nothing else happens; infinity: never."""
        duration, window = self._guards.max_duration_seconds, self._guards.window
        over_at = math.inf if duration is None else self._started_at + duration
        ends_at = min(over_at, self._patience.ends_at)
        if window is None:
            return ends_at
        change_seconds = (window.changes_at_us(now_us) - now_us) / 1_000_000
        return min(ends_at, now + min(change_seconds, _LONGEST_LOOK_SECONDS))

    def overdue(self, now: float, *, now_us: int) -> RunEnd | None:
        """Return how the run ends if its time or patience is used up, or its window is closed."""
        if now >= self._patience.ends_at:
            return self._out_of_patience()
        return judge_duration(self._guards, seconds=now - self._started_at) or self.closed(now_us)

    def closed(self, now_us: int) -> RunEnd | None:
        """Return how the run ends if its window is closed."""
        return judge_window(self._guards, now_us=now_us)

    def after_reply(
        self, row_id: int, reply: Reply, *, departed_at: float, is_probe: bool, now: float
    ) -> RunHalt | None:
        """Record a reply; return how the run ends if this reply ends it."""
        self._attempts += 1
        self.has_response = self.has_response or reply.status is not None
        self.breaker.record(reply, now, is_probe=is_probe)
        self._patience.record(reply, departed_at=departed_at, now=now)
        if code := policy.halt_code_of(reply):
            return RunHalt(_refused(Issue(code, variant="run"), reply.reason))
        if halt := self._streaks.record(row_id, reply):
            return RunHalt(_refused(halt.reason), halt.row_ids)
        if policy.verdict_of(reply) is policy.Verdict.RETRY:
            self._trouble = reply
            if now + (reply.retry_after_seconds or 0.0) >= self._patience.ends_at:
                return RunHalt(self._out_of_patience())
        return None

    def refused_rows(self, row_ids: Iterable[int]) -> list[RefusedRow]:
        """Return those of these rows that were refused and are settled."""
        return [self._refused[row_id] for row_id in row_ids if row_id in self._refused]

    def after_refusal(self, row: RefusedRow) -> None:
        """Remember a refused row for as long as it belongs to a streak that could halt the run."""
        self._refused[row.row_id] = row
        watched = self._streaks.row_ids
        self._refused = {key: row for key, row in self._refused.items() if key in watched}

    def after_row(self, outcome: Outcome) -> RunEnd | None:
        """Record an outcome; return how the run ends if a guard ends it."""
        self._sent += 1
        self._failures += outcome.status in _FAILURES
        return judge_failures(self._guards, failures=self._failures, sent=self._sent)

    def at_the_end(self) -> RunEnd | None:
        """Return how the run ends if no attempt got a response, which means an outage."""
        if self.has_response or not self._attempts:
            return None
        return _refused(Issue("halted-no-answer"), self._trouble.reason)

    def _out_of_patience(self) -> RunEnd:
        params = {
            "patience_seconds": self._patience.seconds,
            "pause_seconds": self._trouble.retry_after_seconds or 0.0,
        }
        variant = "pause" if params["pause_seconds"] >= 1 else "run"
        return _refused(Issue("halted-patience", params, variant), self._trouble.reason)


def _longest_wait_seconds(patience_seconds: float) -> float:
    return min(
        policy.LONGEST_WAIT_SECONDS,
        max(policy.FIRST_WAIT_SECONDS, patience_seconds / _PROBES_IN_PATIENCE),
    )


def _refused(*reasons: Issue) -> RunEnd:
    return RunEnd(ExitCode.SERVICE, reasons)
