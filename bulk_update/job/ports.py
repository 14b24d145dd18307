"""What a use case needs from its caller: handling events and approving the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bulk_update.events import (
    Events,
    FilesWritten,
    PlanMade,
    RunBegan,
    Stage,
    StageBegan,
    StageEnded,
)
from bulk_update.ledger import Run
from bulk_update.plan import Plan
from bulk_update.results import RunFile


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


def announce_run(events: Events, run: Run, *, continues: bool = False) -> None:
    """Emit that work on a run begins."""
    events.on_event(RunBegan(run.run_id, run.input_path, run.base_url, continues))


def announce_plan(events: Events, plan: Plan) -> None:
    """Emit the numbers and notices of a plan."""
    events.on_event(PlanMade(plan.data_rows, plan.counts, plan.to_send, plan.notices))


def announce_files(events: Events, files: Mapping[RunFile, Path]) -> None:
    """Emit which files of a run were written, if any were."""
    if files:
        folder = next(iter(files.values())).parent
        events.on_event(FilesWritten(str(folder), tuple(path.name for path in files.values())))
