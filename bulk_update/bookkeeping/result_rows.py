"""The result of one row, and what else is known about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from bulk_update.records import Attempt
from bulk_update.reference import RecordState


class ResultRow(NamedTuple):
    """The result of one row, in the columns of `results.csv`.

    `reasons` are in their stored form and become the column `message`. `body` is set if the row is
    to be sent and bodies were requested. `verified` is `yes` or `differs` if it was read back.
    """

    number: int
    campaign_id: str | None
    identifier: str | None
    outcome: str
    code: str
    reasons: str
    body: bytes | None
    http_status: int | None = None
    attempts: int = 0
    request_id: str | None = None
    sent_at_us: int | None = None
    finished_at_us: int | None = None
    elapsed_ms: int | None = None
    verified: str | None = None


class OriginalRow(NamedTuple):
    """A row as its run read it, and why it needs attention (stored reasons)."""

    number: int
    cells: tuple[str, ...]
    identifier: str | None
    reasons: str
    http_status: int | None


class Snapshot(NamedTuple):
    """What the API showed of a record at a time."""

    state: RecordState
    read_at_us: int


@dataclass(frozen=True, slots=True)
class RowDetail:
    """Everything that is known about one row; `before` is its record before it was sent."""

    cells: tuple[str, ...]
    body: bytes | None
    attempts: tuple[Attempt, ...]
    result: ResultRow
    before: Snapshot | None = None
