"""Limits that people write: a number or a per cent of rows, and a span of time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_LIMIT = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?P<percent>%?)")
_DURATION = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>ms|s|m|h|d)?")
_LONGEST_DURATION = 20
_ALL_PERCENT = 100
"""Characters: a longer number would be none that a clock knows."""

_SECONDS = {"ms": 0.001, None: 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many rows, or at most such a share of them."""

    number: Decimal
    percent: bool = False

    def exceeded_by(self, count: int, *, of: int) -> bool:
        """Tell whether `count` rows of `of` are more than the limit allows."""
        return count * 100 > self.number * of if self.percent else count > self.number

    def __str__(self) -> str:
        return f"{self.number} %" if self.percent else str(self.number)


def parse_limit(text: str) -> Limit:
    """Read `20` or `5%`.

    Raises ValueError for anything else, a share above 100 % and a fraction of a row included.
    """
    found = _LIMIT.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no limit (expected a number such as 20, or a share as 5%)")
    number, percent = Decimal(found["number"]), bool(found["percent"])
    if percent and number > _ALL_PERCENT:
        raise ValueError(f"{text!r} is more than all rows (expected at most 100%)")
    if not percent and number != number.to_integral_value():
        raise ValueError(f"{text!r} is no number of rows (expected a whole number)")
    return Limit(number, percent=percent)


def parse_duration(text: str) -> float:
    """Read `90`, `90s`, `15m`, `3h` or `2d` as seconds; raises ValueError for anything else."""
    found = _DURATION.fullmatch(text.strip())
    if found is None or len(text) > _LONGEST_DURATION:
        raise ValueError(f"{text!r} is no duration (expected a number with s, m, h or d: 90s, 3h)")
    return float(found["number"]) * _SECONDS[found["unit"]]
