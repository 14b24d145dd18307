"""Parsers for the numbers in settings, shared by the command line and the mapping.

Each parser takes the text as written, and raises InvalidValueError, whose message quotes it and
says what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bulk_update.invalid_value import InvalidValueError
from bulk_update.records import Issue

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
        raise _invalid(text, "limit")
    number, percent = Decimal(found["number"]), bool(found["percent"])
    if percent and number > _ALL_PERCENT:
        raise _invalid(text, "above-all-rows")
    if not percent and number != number.to_integral_value():
        raise _invalid(text, "part-of-a-row")
    return Limit(number, percent=percent)


def parse_duration(text: str) -> float:
    """Parse `90`, `90s`, `15m`, `3h` or `90d`, and return seconds."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise _invalid(text, "duration")
    seconds = float(found["number"]) * _SECONDS[found["unit"]]
    if seconds > _LONGEST_SECONDS:
        raise _invalid(text, "long-duration")
    return seconds


def parse_positive_duration(text: str) -> float:
    """Parse a duration like `parse_duration`, but refuse 0."""
    seconds = parse_duration(text)
    if not seconds:
        raise _invalid(text, "zero-duration")
    return seconds


def parse_rate(text: str) -> float | Literal["unlimited"]:
    """Parse requests per second, such as `5` or `0.5`, or `unlimited`."""
    if text == "unlimited":
        return "unlimited"
    if not _RATE.fullmatch(text) or not Decimal(text):
        raise _invalid(text, "rate")
    return float(text)


def whole_number(*, least: int, most: int | None = None) -> Callable[[str], int]:
    """Return a parser for whole numbers from `least` to `most`."""

    def read(text: str) -> int:
        number = int(text) if _WHOLE.fullmatch(text) else -1
        if number < least or (most is not None and number > most):
            raise InvalidValueError(_not_whole(text, least, most))
        return number

    return read


def _not_whole(text: str, least: int, most: int | None) -> Issue:
    if most is None:
        return Issue("usage", {"text": text, "least": least}, "whole-number")
    return Issue("usage", {"text": text, "least": least, "most": most}, "whole-number-between")


def _invalid(text: str, variant: str) -> InvalidValueError:
    return InvalidValueError(Issue("usage", {"text": text}, variant))


parse_workers = whole_number(least=1, most=MOST_WORKERS)
parse_retries = whole_number(least=0, most=MOST_RETRIES)
