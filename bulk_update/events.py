"""Events during a run, as they happen.

Use cases and the worker pool emit them; progress, `--verbose` and anything else that follows a run
reads them. Events that occur for each row or request are named tuples, which are the cheapest.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple, Protocol

from bulk_update.exits import RunEnd
from bulk_update.records import Attempt, Issue, Outcome, Status


class Stage(StrEnum):
    """The stages of a run that take time."""

    READING = "reading"
    SNAPSHOT = "snapshot"
    SENDING = "sending"
    VERIFYING = "verifying"


class MappingLoaded(NamedTuple):
    """The mapping was read: `job` is its name. It precedes everything that depends on it."""

    job: str
    path: str


class InputChosen(NamedTuple):
    """The file to read has been chosen; `path` names it, even if a pattern was given."""

    path: str


class RunBegan(NamedTuple):
    """Work on a run begins; `continues` is whether an earlier command began the run."""

    run_id: str
    input_path: str
    base_url: str | None
    continues: bool


class PlanMade(NamedTuple):
    """The plan of a run: its data rows, how many have each outcome so far, and how many to send."""

    data_rows: int
    counts: Mapping[Status, int]
    to_send: int
    notices: tuple[Issue, ...]


class PlanApproved(NamedTuple):
    """The plan may be sent; `asked` is False if naming the run counts as approval."""

    asked: bool


class RunStopped(NamedTuple):
    """A guard, the service, a stop request or an error ends the run before all rows are sent."""

    end: RunEnd


class FilesWritten(NamedTuple):
    """The files of a run are in their folder."""

    folder: str
    names: tuple[str, ...]


class CommandEnded(NamedTuple):
    """The command has ended, with a run or without one; no other event follows.

    `outcomes` and `attempts` are those of the whole run, or None without a run. `is_undo` says
    whether the run is an undo, which other remedies help.
    """

    end: RunEnd
    outcomes: Mapping[Status, int] | None
    attempts: int | None
    is_undo: bool = False


class StageBegan(NamedTuple):
    """A stage begins; `total_rows` is None if it is not known yet."""

    stage: Stage
    total_rows: int | None


class StageEnded(NamedTuple):
    """A stage has ended, completed or not."""

    stage: Stage


class RowsRead(NamedTuple):
    """More rows have been read and staged."""

    rows: int


class RecordsRead(NamedTuple):
    """More records of a campaign have been read."""

    records: int


class AttemptMade(NamedTuple):
    """An attempt got its reply."""

    row_id: int
    attempt: Attempt


class RowSettled(NamedTuple):
    """A row got its outcome; `number` is its row number in the spreadsheet."""

    outcome: Outcome
    number: int


class StillSending(NamedTuple):
    """Sending goes on; emitted at regular intervals, even while nothing is answered."""

    in_flight: int


class PauseBegan(NamedTuple):
    """Nothing is sent for this long, because the service asked every client to wait."""

    seconds: float


class CircuitChanged(NamedTuple):
    """The service became unavailable (`is_open`) or available again."""

    is_open: bool


class LimitChanged(NamedTuple):
    """The limit of requests in flight has changed."""

    most_in_flight: int


class Notice(NamedTuple):
    """A message for the user that is not a result."""

    issue: Issue


class BugFound(NamedTuple):
    """An exception that should never occur, for a report to the program's authors."""

    error: Exception


Event = (
    MappingLoaded
    | InputChosen
    | RunBegan
    | PlanMade
    | PlanApproved
    | RunStopped
    | FilesWritten
    | CommandEnded
    | StageBegan
    | StageEnded
    | RowsRead
    | RecordsRead
    | AttemptMade
    | RowSettled
    | StillSending
    | PauseBegan
    | CircuitChanged
    | LimitChanged
    | Notice
    | BugFound
)


class Events(Protocol):
    """A receiver of events. It must not block, and can ignore events."""

    def on_event(self, event: Event) -> None:
        """Receive an event."""
