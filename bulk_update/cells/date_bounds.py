"""The earliest and latest allowed date: a fixed day, or one relative to today."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bulk_update.cells.issue_codes import IssueCode
from bulk_update.cells.values import Converter
from bulk_update.invalid_value import InvalidValueError
from bulk_update.limits import parse_duration
from bulk_update.records import Issue

_TODAY = "today"
_ISO_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class DateBound:
    """A day, fixed or relative; `from_today` counts days from the day of the run."""

    day: date | None = None
    from_today: int = 0

    def on(self, today: date) -> date:
        """Return the day that the bound means on the given day."""
        return self.day or today + timedelta(days=self.from_today)


def parse_date_bound(text: str) -> DateBound:
    """Read `2027-12-31`, `today`, `365d` or `-30d`; raises InvalidValueError for anything else."""
    if text == _TODAY:
        return DateBound()
    if _ISO_DATE.fullmatch(text):
        try:
            return DateBound(date.fromisoformat(text))
        except ValueError:
            raise InvalidValueError(Issue("mapping", {"text": text}, "date")) from None
    return DateBound(from_today=_whole_days(text))


def _whole_days(text: str) -> int:
    try:
        days, rest = divmod(parse_duration(text.removeprefix("-")), _SECONDS_A_DAY)
    except InvalidValueError:
        raise InvalidValueError(Issue("mapping", {"text": text}, "date-bound")) from None
    if rest:
        raise InvalidValueError(Issue("mapping", {"text": text}, "part-of-a-day"))
    return -int(days) if text.startswith("-") else int(days)


def bounds_converter(earliest: date | None, latest: date | None) -> Converter:
    """Make the step that refuses a date (in the format that is sent) outside the bounds."""
    first, last = (day.isoformat() if day else None for day in (earliest, latest))

    def step(text: str) -> str | Issue:
        day = text[:10]
        if first is not None and day < first:
            return Issue(IssueCode.OUT_OF_BOUNDS, {"text": text, "bound": first})
        if last is not None and day > last:
            return Issue(IssueCode.OUT_OF_BOUNDS, {"text": text, "bound": last}, "late")
        return text

    return step
