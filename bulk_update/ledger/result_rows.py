"""The result of one row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from bulk_update.records import Attempt


class ResultRow(NamedTuple):
    """The result of one row, in the columns of `results.csv`.

    `reasons` are in their stored form and become the column `message`. `body` is set if the row is
    to be sent and bodies were requested.
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


class OriginalRow(NamedTuple):
    """A row as its run read it, and why it needs attention (stored reasons)."""

    number: int
    cells: tuple[str, ...]
    identifier: str | None
    reasons: str
    http_status: int | None


@dataclass(frozen=True, slots=True)
class RowDetail:
    """Everything that is known about one row."""

    cells: tuple[str, ...]
    body: bytes | None
    attempts: tuple[Attempt, ...]
    result: ResultRow
