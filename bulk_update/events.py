"""Events during a run, as they happen.

Use cases and the worker pool emit them; progress, `--verbose` and anything else that follows a run
reads them. Events that occur for each row or request are named tuples, which are the cheapest.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Protocol

from bulk_update.records import Attempt, Issue, Outcome


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
    | StageBegan
    | StageEnded
    | RowsRead
    | RecordsRead
    | AttemptMade
    | RowSettled
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
