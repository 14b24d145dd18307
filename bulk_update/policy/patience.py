"""How long the service may give no final answer before the run ends."""

from __future__ import annotations

import math

from bulk_update.policy.verdicts import Verdict, verdict_of
from bulk_update.records import Reply


class Patience:
    """Counts from the departure of the first attempt since the last final answer.

    An answer that asks for another attempt is none (408, 425, 429, 5xx, a 403 with `Retry-After`).
    A request that has not been answered yet is no trouble yet: the count begins with the first
    attempt that ended without a final answer. Times are seconds of one monotonic clock.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._answered_at = -math.inf
        self._since: float | None = None

    @property
    def ends_at(self) -> float:
        """When patience is used up unless a final answer comes; infinity: nothing is wrong."""
        return math.inf if self._since is None else self._since + self.seconds

    def record(self, reply: Reply, *, departed_at: float, now: float) -> None:
        """Take note of the reply to an attempt that departed, or tried to, at a moment."""
        if reply.status is not None and verdict_of(reply) is not Verdict.RETRY:
            self._answered_at = now
            self._since = None
            return
        departed_at = max(departed_at, self._answered_at)
        self._since = departed_at if self._since is None else min(self._since, departed_at)
