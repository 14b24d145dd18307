"""The usual range of a figure, from its earlier values.

The range reaches `_WIDTH` standard deviations to both sides of the median. The deviation is
estimated from the median absolute deviation (MAD), which a few extreme values do not change. A
floor keeps the range from becoming so narrow that ordinary nights are outside it.

Some jobs have quiet weekends, but the median is that of a working day. The range therefore also
covers, with the same floor, what was seen twice, or even once as long as few values are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import median
from typing import NamedTuple

_WIDTH = 6.0
_MAD_TO_DEVIATION = 1.4826
"""For a normal distribution."""

_MANY_VALUES = 10
"""This many nights always include two at a weekend."""

_CHANCE_WIDTH = 5.0
"""How many standard deviations of a random sample are still chance."""

_FEWEST_ROWS = 10
"""A share is not unusual because of fewer rows than this."""


class Usual(NamedTuple):
    """A range of values, both ends included."""

    low: float
    high: float


class Part(NamedTuple):
    """A number of rows or cells, and of how many."""

    counted: int
    of: int

    @property
    def share(self) -> float:
        """The share from 0 to 1; `of` must not be 0."""
        return self.counted / self.of


_RELATIVE_FLOOR = 0.25
"""A share of 40 % varies more from night to night than one of 2 %."""


def usual_range(values: Sequence[float], *, floor: float) -> Usual:
    """Return the usual range of a figure, given at least one earlier value."""
    middle = median(values)
    deviation = _MAD_TO_DEVIATION * median(abs(value - middle) for value in values)
    reach = max(_WIDTH * deviation, floor)
    ordered = sorted(values)
    seen = 2 if len(values) >= _MANY_VALUES else 1
    return Usual(
        low=min(middle - reach, ordered[seen - 1] - floor),
        high=max(middle + reach, ordered[-seen] + floor),
    )


def usual_share(now: Part, earlier: Sequence[Part], *, floor: float) -> Usual:
    """Return the usual range of a share, which is wider if few rows are judged.

    `of` must not be 0 in any part.
    """
    shares = [part.share for part in earlier]
    middle = median(shares)
    chance = _CHANCE_WIDTH * sqrt(middle * (1 - middle) / now.of)
    relative = _RELATIVE_FLOOR * min(middle, 1 - middle)
    return usual_range(shares, floor=max(floor, relative, chance, _FEWEST_ROWS / now.of))


def chance_of_all(now: Part, earlier: Sequence[Part]) -> float:
    """Return how likely all of `now` would be counted, if it were like the most extreme run.

    One more of each kind is assumed than was seen, so that a few rows prove little.
    """
    highest = max((part.counted + 1) / (part.of + 2) for part in earlier)
    return float(highest**now.of)
