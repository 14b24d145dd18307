"""Parsers for the numbers in settings, shared by the command line and the mapping.

Each parser takes the text as written, and raises ValueError with a message that quotes it and says
what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bulk_update.printable import quoted

_WHOLE = re.compile("[0-9]{1,18}")
_RATE = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_LIMIT = re.compile(r"(?P<number>[0-9]{1,18}(?:\.[0-9]{1,9})?)\s?(?P<percent>%?)")
_DURATION = re.compile(r"(?P<number>[0-9]{1,12}(?:\.[0-9]{1,9})?)\s?(?P<unit>[smhd]?)")
_ALL_PERCENT = 100

_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LONGEST_SECONDS = 36_500 * _SECONDS["d"]
"""About a century; clocks and timers cannot handle longer spans."""

MOST_WORKERS = 10_000
MOST_RETRIES = 1_000


@dataclass(frozen=True, slots=True)
class Limit:
    """At most this many rows, or at most this share of them."""

    number: Decimal
    percent: bool = False

    def exceeded_by(self, count: int, *, of: int) -> bool:
        """Return whether `count` out of `of` rows is more than the limit allows."""
        return count * 100 > self.number * of if self.percent else count > self.number

    def __str__(self) -> str:
        return f"{self.number} %" if self.percent else str(self.number)


def parse_limit(text: str) -> Limit:
    """Parse `20` or `5%`; a share above 100 % or a fraction of a row is refused."""
    found = _LIMIT.fullmatch(text.strip())
    if found is None:
        raise ValueError(
            f"{quoted(text)} is not a valid limit (expected a number such as 20 or a share like 5%)"
        )
    number, percent = Decimal(found["number"]), bool(found["percent"])
    if percent and number > _ALL_PERCENT:
        raise ValueError(f"{quoted(text)} is more than all rows (expected at most 100%)")
    if not percent and number != number.to_integral_value():
        raise ValueError(f"{quoted(text)} is not a number of rows (expected a whole number)")
    return Limit(number, percent=percent)


def parse_duration(text: str) -> float:
    """Parse `90`, `90s`, `15m`, `3h` or `90d`, and return seconds."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError(
            f"{quoted(text)} is not a valid duration "
            "(expected seconds, or a number with s, m, h or d: 90, 90s, 15m, 3h, 90d)"
        )
    seconds = float(found["number"]) * _SECONDS[found["unit"]]
    if seconds > _LONGEST_SECONDS:
        raise ValueError(f"{quoted(text)} is too long (expected at most 36500d)")
    return seconds


def parse_positive_duration(text: str) -> float:
    """Parse a duration like `parse_duration`, but refuse 0."""
    seconds = parse_duration(text)
    if not seconds:
        raise ValueError(f"{quoted(text)} is not a valid duration (expected more than 0 seconds)")
    return seconds


def parse_rate(text: str) -> float | Literal["unlimited"]:
    """Parse requests per second, such as `5` or `0.5`, or `unlimited`."""
    if text == "unlimited":
        return "unlimited"
    if not _RATE.fullmatch(text) or not Decimal(text):
        raise ValueError(
            f"{quoted(text)} is not a valid rate "
            "(expected requests per second such as 5 or 0.5, or unlimited)"
        )
    return float(text)


def whole_number(*, least: int, most: int | None = None) -> Callable[[str], int]:
    """Return a parser for whole numbers from `least` to `most`."""
    bounds = f"from {least} on" if most is None else f"from {least} to {most}"

    def read(text: str) -> int:
        number = int(text) if _WHOLE.fullmatch(text) else -1
        if number < least or (most is not None and number > most):
            raise ValueError(f"{quoted(text)} is not a whole number {bounds}")
        return number

    return read


parse_workers = whole_number(least=1, most=MOST_WORKERS)
parse_retries = whole_number(least=0, most=MOST_RETRIES)
