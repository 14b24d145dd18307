"""What happens during a run, as it happens.

Use cases and the worker pool emit these values; progress, `--verbose` and whatever else wants to
follow a run reads them. Those that each row or request makes are named tuples, which cost least.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Protocol

from bulk_update.records import Attempt, Outcome


class Stage(StrEnum):
    """The parts of a run that take time."""

    READING = "reading"
    SENDING = "sending"


class StageBegan(NamedTuple):
    """A stage begins; `total_rows` is None where it is not known yet."""

    stage: Stage
    total_rows: int | None


class StageEnded(NamedTuple):
    """A stage is over, completed or not."""

    stage: Stage


class RowsRead(NamedTuple):
    """More rows have been read and staged."""

    rows: int


class AttemptMade(NamedTuple):
    """An attempt got its reply."""

    row_id: int
    attempt: Attempt


class RowSettled(NamedTuple):
    """A row has its outcome; `number` is that of the spreadsheet's row."""

    outcome: Outcome
    number: int


class PauseBegan(NamedTuple):
    """Nothing is sent for this long: the service asked every client to wait."""

    seconds: float


class CircuitChanged(NamedTuple):
    """The service became unavailable (`is_open`), or available again."""

    is_open: bool


class LimitChanged(NamedTuple):
    """How many requests may be in flight has changed."""

    most_in_flight: int


class Notice(NamedTuple):
    """Something to tell a person; not a result."""

    text: str


class BugFound(NamedTuple):
    """An exception that should not exist, for a report to the program's authors."""

    error: Exception


Event = (
    StageBegan
    | StageEnded
    | RowsRead
    | AttemptMade
    | RowSettled
    | PauseBegan
    | CircuitChanged
    | LimitChanged
    | Notice
    | BugFound
)


class Events(Protocol):
    """A reader of events. It must not block, and may ignore what it has no use for."""

    def on_event(self, event: Event) -> None:
        """Take note of an event."""
