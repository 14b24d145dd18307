"""How many rows of a run are alike: the source of every number that a plan or a summary shows."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from bulk_update.records import Status

_Key = TypeVar("_Key", bound=Hashable)

Entry = tuple[str, str, str | None, bytes | None, int]
"""Outcome, code, campaign, field mask, and how many rows have them.

The mask is None for a row that is not to be sent (any more). The code of a row is empty where it
has an attempt and no outcome yet: it is in flight, or a crash cut it off.
"""

_CUT_OFF = (Status.IN_DOUBT, "")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows are alike in how they ended, counted in one pass over the rows."""

    entries: tuple[Entry, ...]

    @classmethod
    def of(cls, parts: Iterable[Entry]) -> Tally:
        """Add up what was counted in parts."""
        found = _sums((entry[:4], entry[4]) for entry in parts)
        return cls(tuple((*kind, count) for kind, count in found.items()))

    @property
    def counts(self) -> dict[Status, int]:
        """How many rows ended how; every outcome is a key."""
        found = _sums((outcome, count) for outcome, _, _, _, count in self.entries)
        return {status: found.get(status, 0) for status in Status}

    @property
    def codes(self) -> list[tuple[str, str, int]]:
        """How many rows ended how and with which code, the most frequent of an outcome first.

        Rows that are in flight or cut off are not among them.
        """
        found = _sums(((outcome, code), count) for outcome, code, _, _, count in self.entries)
        found.pop(_CUT_OFF, None)
        ordered = sorted(found.items(), key=lambda item: (item[0][0], -item[1]))
        return [(outcome, code, count) for (outcome, code), count in ordered]

    @property
    def cut_off(self) -> int:
        """How many rows have an attempt and no outcome yet."""
        return sum(count for *end, _, _, count in self.entries if tuple(end) == _CUT_OFF)

    @property
    def identical(self) -> int:
        """How many duplicates ask for just what another row of the file asks for."""
        return sum(count for _, code, _, _, count in self.entries if code == "identical")

    @property
    def campaign_ids(self) -> tuple[str, ...]:
        """The campaigns that the rows name, sorted."""
        return tuple(sorted({campaign for _, _, campaign, _, _ in self.entries if campaign}))

    @property
    def masks(self) -> list[tuple[bytes, int]]:
        """How many of the rows to be sent set or clear the same fields, by field mask."""
        return list(_sums((mask, n) for _, _, _, mask, n in self.entries if mask).items())

    @property
    def campaigns(self) -> list[tuple[str, int]]:
        """How many rows are to be sent to which campaign."""
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
