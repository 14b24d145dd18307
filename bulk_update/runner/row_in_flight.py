"""A row that is being sent, and what has happened to it so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from bulk_update import policy
from bulk_update.exits import RunEnd
from bulk_update.records import Attempt, RecordUpdate, RefusedRow


@dataclass(slots=True)
class RowInFlight:
    """A row being sent: its attempts in this invocation, and the pause before the next.

    `verdict` is that of the last reply. `asked_seconds` is the part of the pause that the service
    asked for (`Retry-After`). `retries_used` counts the attempts that used up a retry.
    """

    update: RecordUpdate
    attempts_now: list[Attempt] = field(default_factory=list)
    verdict: policy.Verdict | None = None
    retries_used: int = 0
    pause_seconds: float = 0.0
    asked_seconds: float = 0.0
    halted_by: RunEnd | None = None

    @property
    def history(self) -> RefusedRow:
        """The row with all its attempts, including those of earlier invocations."""
        return RefusedRow(self.update.row_id, (*self.update.earlier, *self.attempts_now))

    @property
    def is_unsent(self) -> bool:
        """Whether it is certain that no part of the row was ever sent."""
        return not self.update.earlier and not any(
            attempt.reply is None or attempt.reply.may_have_been_sent
            for attempt in self.attempts_now
        )
