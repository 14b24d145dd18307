"""What was read of the records of rows, before and after these were sent."""

from __future__ import annotations

from typing import NamedTuple

from bulk_update.readback import Verified
from bulk_update.reference import RecordState


class WaitingRow(NamedTuple):
    """A row that is to be sent, when it was exported, and what its record shows now."""

    row_id: int
    exported_at_us: int | None
    now: RecordState


class StatusMove(NamedTuple):
    """How many records go from one status to another; `before` is blank if they have none."""

    before: str
    after: str
    rows: int


class SentRow(NamedTuple):
    """A row that was sent, and what its record showed before and shows now."""

    row_id: int
    body: bytes
    in_doubt: bool
    before: RecordState | None
    now: RecordState


class ReadBack(NamedTuple):
    """What reading back its record says of a row; `settles`: the row ends `updated`."""

    row_id: int
    verified: Verified
    settles: bool = False


class Unseen(NamedTuple):
    """How many expected records were not found, with the first of them and its row's number."""

    records: int
    campaign_id: str
    identifier: str
    number: int
