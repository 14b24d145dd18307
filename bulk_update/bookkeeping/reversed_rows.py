"""The rows of runs that undo others, and the rows that they undo."""

from __future__ import annotations

from typing import NamedTuple

from bulk_update.reference import RecordState
from bulk_update.reversal import Reversal, SentBefore, Verdict


class UndoneRow(NamedTuple):
    """A row that changed its record or may have, and what is known about that record.

    `known` is None if it was not asked for.
    """

    number: int
    campaign_id: str
    identifier: str
    cells: bytes
    body: bytes
    sent_at_us: int | None
    before: RecordState | None
    known: SentBefore | None


class ReversedRow(NamedTuple):
    """A row that undoes another, with its first verdict; `fields` is its mask."""

    undone: UndoneRow
    reversal: Reversal
    verdict: Verdict
    fields: bytes | None


class WaitingReversal(NamedTuple):
    """What is known about undoing a row, which has this number."""

    number: int
    reversal: Reversal


class Judged(NamedTuple):
    """The verdict on a row that undoes another; `fields` is its mask."""

    row_id: int
    verdict: Verdict
    fields: bytes | None
