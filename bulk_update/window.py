"""The daily window in which rows may be sent, by the local time of a zone.

The clock on the wall decides, to the minute: of a night in which clocks go forward, the skipped
hour is missing; of one in which they go back, the repeated hour counts both times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from bulk_update.invalid_value import InvalidValueError
from bulk_update.records import Issue

_TIME = "([01]?[0-9]|2[0-3]):([0-5][0-9])"
_HOURS = re.compile(rf"{_TIME}\s?-\s?(?:{_TIME}|24:00)")
_MINUTES_A_DAY = 24 * 60
_MICROSECONDS = 1_000_000
_MINUTE_US = 60 * _MICROSECONDS

_MINUTES_TO_NEXT_CHANGE = 4 * _MINUTES_A_DAY
"""A window opens and closes every day, except where clocks skip it: at most a whole day."""


@dataclass(frozen=True, slots=True)
class DailyHours:
    """A part of each day, in minutes since midnight; if it ends first, it lasts past midnight."""

    opens: int
    closes: int

    def contain(self, minute: int) -> bool:
        """Return whether a minute of the day is in it; the last one is not."""
        if self.opens < self.closes:
            return self.opens <= minute < self.closes
        return minute >= self.opens or minute < self.closes

    def __str__(self) -> str:
        return f"{_shown(self.opens)}-{_shown(self.closes)}"


def _shown(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def parse_hours(text: str) -> DailyHours:
    """Parse `20:00-06:00`; refuse hours that end when they begin, which could mean all or none."""
    found = _HOURS.fullmatch(text.strip())
    if found is None:
        raise InvalidValueError(Issue("usage", {"text": text}, "hours"))
    opens, opens_minute, closes, closes_minute = (int(part or 0) for part in found.groups())
    hours = DailyHours(opens * 60 + opens_minute, closes * 60 + closes_minute)
    if hours.opens == hours.closes:
        raise InvalidValueError(Issue("usage", {"text": text}, "no-hours"))
    return hours


@dataclass(frozen=True, slots=True)
class SendingWindow:
    """Daily hours in a time zone. Moments are UTC, in microseconds since the epoch."""

    hours: DailyHours
    zone: ZoneInfo

    def is_open(self, now_us: int) -> bool:
        """Return whether rows may be sent at a moment."""
        local = datetime.fromtimestamp(now_us // _MICROSECONDS, self.zone)
        return self.hours.contain(local.hour * 60 + local.minute)

    def changes_at_us(self, now_us: int) -> int:
        """Return when the window closes if it is open, and opens if it is closed."""
        return _change_after(self, now_us // _MINUTE_US)

    def outside(self, now_us: int, *, code: str = "window") -> Issue | None:
        """Return when the window opens next, under a code, or None if it is open."""
        if self.is_open(now_us):
            return None
        opens = datetime.fromtimestamp(self.changes_at_us(now_us) // _MICROSECONDS, self.zone)
        return Issue(
            code,
            {
                "begins": _shown(self.hours.opens),
                "ends": _shown(self.hours.closes),
                "zone": self.zone.key,
                "opens": opens.strftime("%Y-%m-%d %H:%M"),
            },
        )

    def __str__(self) -> str:
        return str(self.hours)


@lru_cache(maxsize=16)
def _change_after(window: SendingWindow, minute: int) -> int:
    """Return the first later minute, as a moment, in which the window has opened or closed.

    Trying each minute is the only way that needs no rules for the nights in which clocks change.
    """
    later = range(minute + 1, minute + _MINUTES_TO_NEXT_CHANGE)
    was_open = window.is_open(minute * _MINUTE_US)
    changed = (at for at in later if window.is_open(at * _MINUTE_US) is not was_open)
    return next(changed, later.stop) * _MINUTE_US
