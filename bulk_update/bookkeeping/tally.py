"""The counts of a run's rows, from which every number in a plan or summary is taken."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from bulk_update.records import Status

_Key = TypeVar("_Key", bound=Hashable)

Entry = tuple[str, str, str | None, bytes | None, int, int]
"""Outcome, code, campaign, field mask, how many rows have this combination, and the first of them.

The mask is None for rows that are not, or no longer, to be sent. The code is empty for rows that
have an attempt but no outcome yet: they are in flight, or were cut off by a crash.
"""

_CUT_OFF = (Status.IN_DOUBT, "")


@dataclass(frozen=True, slots=True)
class Tally:
    """The rows of a run, counted by kind in a single pass."""

    entries: tuple[Entry, ...]

    @classmethod
    def of(cls, parts: Iterable[Entry]) -> Tally:
        """Add up the counts of several parts."""
        rows: dict[tuple[str, str, str | None, bytes | None], tuple[int, int]] = {}
        for outcome, code, campaign, mask, count, first in parts:
            key = (outcome, code, campaign, mask)
            known, earlier = rows.get(key, (0, first))
            rows[key] = (known + count, min(earlier, first))
        return cls(tuple((*key, *found) for key, found in rows.items()))

    @property
    def counts(self) -> dict[Status, int]:
        """The number of rows by outcome; every outcome is a key."""
        found = _sums((outcome, count) for outcome, _, _, _, count, _ in self.entries)
        return {status: found.get(status, 0) for status in Status}

    @property
    def codes(self) -> list[tuple[str, str, int]]:
        """The number of rows by outcome and code, the most frequent codes of an outcome first.

        Rows that are in flight or cut off are not included.
        """
        found = _sums(((outcome, code), count) for outcome, code, _, _, count, _ in self.entries)
        found.pop(_CUT_OFF, None)
        ordered = sorted(found.items(), key=lambda item: (item[0][0], -item[1]))
        return [(outcome, code, count) for (outcome, code), count in ordered]

    @property
    def cut_off(self) -> int:
        """The number of rows that have an attempt but no outcome yet."""
        return sum(count for *end, _, _, count, _ in self.entries if tuple(end) == _CUT_OFF)

    @property
    def identical(self) -> int:
        """How many duplicates request exactly the same change as another row of the file."""
        return sum(count for _, code, _, _, count, _ in self.entries if code == "identical")

    @property
    def campaign_ids(self) -> tuple[str, ...]:
        """The ids of the rows' campaigns, sorted."""
        return tuple(sorted({campaign for _, _, campaign, _, _, _ in self.entries if campaign}))

    @property
    def masks(self) -> list[tuple[bytes, int]]:
        """The number of rows to be sent by field mask, which says the fields they set or clear."""
        return list(_sums((mask, n) for _, _, _, mask, n, _ in self.entries if mask).items())

    @property
    def first_rows(self) -> list[tuple[bytes, int]]:
        """The number of the first row to be sent with each field mask."""
        found: dict[bytes, int] = {}
        for _, _, _, mask, _, first in self.entries:
            if mask:
                found[mask] = min(first, found.get(mask, first))
        return list(found.items())

    @property
    def campaigns(self) -> list[tuple[str, int]]:
        """The number of rows to be sent by campaign."""
        found = _sums((name, n) for _, _, name, mask, n, _ in self.entries if mask and name)
        return sorted(found.items())

    @property
    def to_send(self) -> int:
        """How many rows are to be sent."""
        return sum(count for _, _, _, mask, count, _ in self.entries if mask)


def _sums(pairs: Iterable[tuple[_Key, int]]) -> dict[_Key, int]:
    found: dict[_Key, int] = {}
    for key, count in pairs:
        found[key] = found.get(key, 0) + count
    return found
