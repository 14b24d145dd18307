"""What the page shows of a run, as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from bulk_update.records import Status


class AttentionRow(NamedTuple):
    """A row that needs attention, in the columns of the page's table.

    `cells` are the original ones, in the order of the page's `columns`.
    """

    number: int
    campaign_id: str
    identifier: str
    outcome: str
    code: str
    message: str
    cells: tuple[str, ...] = ()


class OutcomeCount(NamedTuple):
    """How many rows have an outcome, and what it means."""

    status: Status
    rows: int
    meaning: str


class RankedReason(NamedTuple):
    """A frequent reason: how many rows of an outcome have it, one of them, and what to do."""

    outcome: str
    code: str
    rows: int
    example: int
    sentence: str
    remedy: str


class StatusMoved(NamedTuple):
    """How many records go from one status to another, as people call them."""

    before: str
    after: str
    rows: int


class PausedFor(NamedTuple):
    """A time in which nothing was sent."""

    from_us: int
    seconds: float


@dataclass(frozen=True, slots=True)
class RequestsOverTime:
    """How many requests were made in each span of time, from `first_us` (UTC) to `last_us`.

    `pauses` are the longest, in the order of time.
    """

    first_us: int
    last_us: int
    span_seconds: float
    counts: tuple[int, ...]
    pauses: tuple[PausedFor, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A run as the page shows it.

    `outcomes` are those that occur. `stopped` says why the run ended early, or is empty.
    `needing_attention` is the number of rows in `failed.csv`, and `attention` yields them, once.
    `columns` are the names of their original columns.
    `commands` are the next ones, and `parameters` names and values of the run, both ready to show.
    `kept_status` are records that had the status already that they were sent.
    `verified` are the numbers of records that show what was sent, and of those that differ.
    """

    run_id: str
    command: str
    job: str
    is_plan: bool
    is_sending: bool = False
    data_rows: int
    outcomes: tuple[OutcomeCount, ...]
    left_to_send: int = 0
    stopped: str = ""
    needing_attention: int
    attention: Iterable[AttentionRow]
    columns: tuple[str, ...] = ()
    reasons: tuple[RankedReason, ...] = ()
    reasons_left_out: int = 0
    requests: RequestsOverTime | None = None
    tried_again: int = 0
    verified: tuple[int, int] | None = None
    status_moves: tuple[StatusMoved, ...] = ()
    kept_status: int = 0
    parameters: tuple[tuple[str, str], ...] = ()
    commands: tuple[str, ...] = ()
