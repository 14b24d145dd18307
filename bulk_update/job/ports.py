"""What a use case needs from its caller: a reader of events, and an answer to one question."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from bulk_update.events import Events, Stage, StageBegan, StageEnded
from bulk_update.plan import Plan


@dataclass(frozen=True, slots=True)
class Target:
    """Where a plan would go, and how fast; `requests_per_second` None: that is not known."""

    host: str
    user: str
    requests_per_second: float | None = None


class Observer(Events, Protocol):
    """The caller of a use case: a terminal, a page, a test."""

    def consents(self, plan: Plan, target: Target) -> bool:
        """Show the plan and ask; raises ConsentError if nobody can answer."""


@contextmanager
def stage_of(events: Events, stage: Stage, *, total_rows: int | None = None) -> Iterator[None]:
    """Emit that a stage begins, and that it has ended, completed or not."""
    events.on_event(StageBegan(stage, total_rows))
    try:
        yield
    finally:
        events.on_event(StageEnded(stage))
