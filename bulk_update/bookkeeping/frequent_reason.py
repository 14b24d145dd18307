"""A reason that many rows share."""

from __future__ import annotations

from typing import NamedTuple

from bulk_update.records import Issue


class FrequentReason(NamedTuple):
    """A reason, the number of rows of an outcome that have it, and the first of these rows.

    The outcome has `kinds` different reasons, and `place` 1 is the most frequent one. `reason` is
    taken from the row `example`; `code` is a different one if something halted that row.
    """

    outcome: str
    place: int
    code: str
    rows: int
    example: int
    reason: Issue
    kinds: int
