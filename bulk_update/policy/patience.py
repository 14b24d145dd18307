"""How long the service may go without a final response before the run ends."""

from __future__ import annotations

import math

from bulk_update.policy.verdicts import Verdict, verdict_of
from bulk_update.records import Reply


class Patience:
    """Measures how long the service has given no final response.

    A response that asks for another attempt (408, 423, 425, 429, 5xx, a 403 with `Retry-After`) is
    not final. The count starts once an attempt has ended without a final response; a pending
    request alone does not start it. It is measured from when the earliest such attempt was sent, or
    from the last final response if that came later. Times are seconds of one monotonic clock.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._final_response_at = -math.inf
        self._since: float | None = None

    @property
    def ends_at(self) -> float:
        """When patience runs out if no final response arrives; infinity: nothing is wrong."""
        return math.inf if self._since is None else self._since + self.seconds

    def record(self, reply: Reply, *, departed_at: float, now: float) -> None:
        """Record the reply to an attempt that was sent, or tried to connect, at `departed_at`."""
        if reply.status is not None and verdict_of(reply) is not Verdict.RETRY:
            self._final_response_at = now
            self._since = None
            return
        departed_at = max(departed_at, self._final_response_at)
        self._since = departed_at if self._since is None else min(self._since, departed_at)
