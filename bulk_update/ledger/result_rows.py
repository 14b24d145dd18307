"""What became of one row: for files, and for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from bulk_update.records import Attempt


class ResultRow(NamedTuple):
    """One row's end, in the order and with the meaning of the columns of `results.csv`.

    `reasons` are stored, and stand for the column `message`.
    """

    number: int
    campaign_id: str | None
    identifier: str | None
    outcome: str
    code: str
    reasons: str
    http_status: int | None
    attempts: int
    request_id: str | None
    sent_at_us: int | None
    finished_at_us: int | None
    elapsed_ms: int | None


class OriginalRow(NamedTuple):
    """A row as its run read it, and why it needs a person (stored reasons)."""

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
