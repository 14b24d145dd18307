"""The counts of a run's rows, from which every number in a plan or summary is taken."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from bulk_update.records import Status

_Key = TypeVar("_Key", bound=Hashable)

Entry = tuple[str, str, str | None, bytes | None, int]
"""Outcome, code, campaign, field mask, and how many rows have this combination.

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
        found = _sums((entry[:4], entry[4]) for entry in parts)
        return cls(tuple((*kind, count) for kind, count in found.items()))

    @property
    def counts(self) -> dict[Status, int]:
        """The number of rows by outcome; every outcome is a key."""
        found = _sums((outcome, count) for outcome, _, _, _, count in self.entries)
        return {status: found.get(status, 0) for status in Status}

    @property
    def codes(self) -> list[tuple[str, str, int]]:
        """The number of rows by outcome and code, the most frequent codes of an outcome first.

        Rows that are in flight or cut off are not included.
        """
        found = _sums(((outcome, code), count) for outcome, code, _, _, count in self.entries)
        found.pop(_CUT_OFF, None)
        ordered = sorted(found.items(), key=lambda item: (item[0][0], -item[1]))
        return [(outcome, code, count) for (outcome, code), count in ordered]

    @property
    def cut_off(self) -> int:
        """The number of rows that have an attempt but no outcome yet."""
        return sum(count for *end, _, _, count in self.entries if tuple(end) == _CUT_OFF)

    @property
    def identical(self) -> int:
        """How many duplicates request exactly the same change as another row of the file."""
        return sum(count for _, code, _, _, count in self.entries if code == "identical")

    @property
    def campaign_ids(self) -> tuple[str, ...]:
        """The ids of the rows' campaigns, sorted."""
        return tuple(sorted({campaign for _, _, campaign, _, _ in self.entries if campaign}))

    @property
    def masks(self) -> list[tuple[bytes, int]]:
        """The number of rows to be sent by field mask, which says the fields they set or clear."""
        return list(_sums((mask, n) for _, _, _, mask, n in self.entries if mask).items())

    @property
    def campaigns(self) -> list[tuple[str, int]]:
        """The number of rows to be sent by campaign."""
        found = _sums((name, n) for _, _, name, mask, n in self.entries if mask and name)
        return sorted(found.items())

    @property
    def to_send(self) -> int:
        """How many rows are to be sent."""
        return sum(count for _, _, _, mask, count in self.entries if mask)


def _sums(pairs: Iterable[tuple[_Key, int]]) -> dict[_Key, int]:
    found: dict[_Key, int] = {}
    for key, count in pairs:
        found[key] = found.get(key, 0) + count
    return found
