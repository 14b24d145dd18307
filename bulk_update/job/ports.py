"""What a use case needs from its caller: handling events and approving the plan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from bulk_update.events import Events, Stage, StageBegan, StageEnded
from bulk_update.plan import Plan


@dataclass(frozen=True, slots=True)
class Target:
    """The system and user that a plan would be sent to and as."""

    host: str
    user: str


class Observer(Events, Protocol):
    """The caller of a use case, such as a terminal, a web page or a test."""

    def consents(self, plan: Plan, target: Target) -> bool:
        """Show the plan and ask; raises ConsentError if there is no terminal."""


@contextmanager
def stage_of(events: Events, stage: Stage, *, total_rows: int | None = None) -> Iterator[None]:
    """Emit the start and the end of a stage, even if it fails."""
    events.on_event(StageBegan(stage, total_rows))
    try:
        yield
    finally:
        events.on_event(StageEnded(stage))
