"""Date formats: a small, strict subset of strptime's directives.

The whole text must match the format, in ASCII digits. `%Y` is exactly four digits and `%y` two
(69-99 are 1969-1999, as in POSIX). `%d`, `%m`, `%H` and `%I` are one or two digits, but exactly two
next to other digits. `%M` and `%S` are two digits. `%b` and `%B` are names of months. A space in
the format matches any run of spaces, and spaces are allowed before an offset.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta, timezone

from bulk_update.cells.month_names import month_number
from bulk_update.invalid_value import InvalidValueError
from bulk_update.records import Issue

_SHOWN = {
    "%d": "DD",
    "%m": "MM",
    "%b": "MMM",
    "%B": "MMMM",
    "%Y": "YYYY",
    "%y": "YY",
    "%H": "hh",
    "%I": "hh",
    "%p": "AM/PM",
    "%M": "mm",
    "%S": "ss",
    "%f": "ffffff",
    "%z": "±hh:mm",
    "%%": "%",
}
_OFFSET = "Z|[+-][0-9]{2}(?::?[0-9]{2})?"
_NAME = r"[^\W\d_]{3,12}\.?"
_EXACT = {
    "%d": "[0-9]{2}",
    "%m": "[0-9]{2}",
    "%b": _NAME,
    "%B": _NAME,
    "%Y": "[0-9]{4}",
    "%y": "[0-9]{2}",
    "%H": "[0-9]{2}",
    "%I": "[0-9]{2}",
    "%p": "[AaPp][Mm]",
    "%M": "[0-9]{2}",
    "%S": "[0-9]{2}",
    "%f": "[0-9]+",
    "%z": _OFFSET,
}
_ONE_OR_TWO = frozenset({"%d", "%m", "%H", "%I"})
_DIGITS = frozenset(_EXACT) - {"%z", "%b", "%B", "%p"}
_NEEDS = (("%M", "%H"), ("%S", "%M"), ("%f", "%S"), ("%z", "%H"), ("%I", "%p"), ("%p", "%I"))
_PARTS = re.compile(r"%.?|\s+|[^%\s]+")
_FIRST_YEAR_OF_TWO_DIGITS = 69
_MINUTES_OF_AN_HOUR = 60
_HOURS_OF_A_CLOCK = 12
_MICROSECOND_DIGITS = 6


_POSITIONS = ("Y", "y", "m", "b", "B", "d", "H", "I", "M", "S")
"""The directives in the order of `datetime`'s arguments; each requires those before it."""


class DateFormat:
    """A format of dates, with or without a time; `shown` is the format as people write it."""

    def __init__(self, shown: str, pattern: str) -> None:
        self.shown = shown
        self.begins_with_year = pattern.startswith("(?P<Y>")
        self._pattern = re.compile(pattern)
        groups = self._pattern.groupindex
        self._parts = tuple(part for part in _POSITIONS if part in groups)
        self._has_only_numbers = not groups.keys() & {"y", "b", "B", "I"}
        self._hour = "H" if "H" in groups else "I" if "I" in groups else None
        self._has_more = "f" in groups or "z" in groups

    def read(self, text: str, *, time_of_day: time | None = None) -> datetime | None:
        """Return the moment, or None if the text does not match; aware only if it has an offset.

        A date without a time of day gets `time_of_day`, or midnight if that is None.
        """
        found = self._pattern.fullmatch(text)
        if found is None:
            return None
        try:
            # mypy cannot see that there are at most six numbers
            moment = datetime(*self._numbers(found))  # type: ignore[arg-type]  # noqa: DTZ001 - the rule has the zone
            if time_of_day and not (self._hour and found[self._hour]):
                moment = datetime.combine(moment, time_of_day)
            return _with_rest(moment, found.groupdict()) if self._has_more else moment
        except ValueError:  # 31 February, 25:00, an offset of 99 hours, an unknown month
            return None

    def _numbers(self, found: re.Match[str]) -> list[int]:
        if self._has_only_numbers:
            return [int(part or 0) for part in found.group(*self._parts)]
        parts = found.groupdict()
        return [_number(part, parts) for part in self._parts]


def _number(part: str, parts: dict[str, str | None]) -> int:
    text = parts[part] or "0"
    if part in "bB":
        return month_number(text)
    if part == "y":
        return int(text) + (1900 if int(text) >= _FIRST_YEAR_OF_TWO_DIGITS else 2000)
    return _hour_of_a_clock(int(text), parts["p"] or "") if part == "I" else int(text)


def _hour_of_a_clock(hour: int, half: str) -> int:
    if not 1 <= hour <= _HOURS_OF_A_CLOCK:
        raise ValueError(hour)
    return hour % _HOURS_OF_A_CLOCK + (_HOURS_OF_A_CLOCK if half.upper() == "PM" else 0)


_DATE = "(?P<Y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"
_TIME = (
    r"(?P<H>[0-9]{2}):(?P<M>[0-9]{2})(?::(?P<S>[0-9]{2})(?:[.,](?P<f>[0-9]+))?)?"
    rf"(?:\s*(?P<z>{_OFFSET}))?"
)
ISO_DATE = DateFormat("YYYY-MM-DD", rf"{_DATE}(?:(?:T|\s+){_TIME})?")
"""A calendar date in ISO 8601, with or without a time of day."""
ISO_DATETIME = DateFormat("YYYY-MM-DD hh:mm", rf"{_DATE}(?:(?:T|\s+){_TIME})?")
"""The same, for columns where a time of day is expected."""
ISO_WITH_T = DateFormat("YYYY-MM-DDThh:mm", f"{_DATE}T{_TIME}")
"""A form that only programs write; it cannot be confused with any format that people use."""


def parse_date_format(text: str) -> DateFormat:
    """Compile a format such as `%d.%m.%Y %H:%M`; raises InvalidValueError if it is not one."""
    parts = _PARTS.findall(text)
    _check(text, [part for part in parts if part.startswith("%") and part != "%%"])
    pattern = "".join(
        _part_pattern(part, before=before, after=after)
        for before, part, after in zip(["", *parts], parts, [*parts[1:], ""], strict=False)
    )
    shown = "".join(_SHOWN.get(part, part) for part in parts)
    return DateFormat(shown, pattern)


def _check(text: str, directives: list[str]) -> None:
    known = " ".join(_EXACT)
    for directive in directives:
        if directive not in _EXACT:
            raise _invalid("directive", text, directive=directive, known=known)
        if directives.count(directive) > 1:
            raise _invalid("directive-twice", text, directive=directive)
    months = {"%m", "%b", "%B"} & set(directives)
    if "%d" not in directives or not months:
        raise _invalid("no-day-and-month", text)
    if len(months) > 1:
        raise _invalid("month-twice", text)
    if {"%H", "%I"} <= set(directives):
        raise _invalid("hour-twice", text)
    if ("%Y" in directives) == ("%y" in directives):
        raise _invalid("year", text)
    for directive, needed in _NEEDS:
        given = [*directives, "%H"] if "%I" in directives else directives
        if directive in directives and needed not in given:
            raise _invalid("directive-alone", text, directive=directive, needed=needed)


def _invalid(variant: str, text: str, **params: str) -> InvalidValueError:
    return InvalidValueError(Issue("mapping", {"text": text, **params}, variant))


def _part_pattern(part: str, *, before: str, after: str) -> str:
    if part == "%%":
        return "%"
    if part.isspace():
        return r"\s+"
    if part not in _EXACT:
        return re.escape(part)
    if part == "%z" and not before.isspace():
        return rf"\s*(?P<z>{_OFFSET})"
    joined = {before, after} & _DIGITS or before[-1:].isdigit() or after[:1].isdigit()
    digits = "[0-9]{1,2}" if part in _ONE_OR_TWO and not joined else _EXACT[part]
    return f"(?P<{part[1]}>{digits})"


def _with_rest(moment: datetime, parts: dict[str, str | None]) -> datetime:
    offset, fraction = parts.get("z"), (parts.get("f") or "")[:_MICROSECOND_DIGITS]
    return moment.replace(
        microsecond=int(fraction.ljust(_MICROSECOND_DIGITS, "0")),
        tzinfo=_zone(offset) if offset else None,
    )


def _zone(offset: str) -> timezone:
    if offset == "Z":
        return UTC
    sign = -1 if offset[0] == "-" else 1
    hours, minutes = int(offset[1:3]), int(offset[3:].removeprefix(":") or 0)
    if minutes >= _MINUTES_OF_AN_HOUR:
        raise ValueError(offset)
    return timezone(sign * timedelta(hours=hours, minutes=minutes))


def shown_formats(formats: Iterable[DateFormat]) -> tuple[str, ...]:
    """Return formats as people write them (`DD.MM.YYYY hh:mm`), without repeats."""
    return tuple(dict.fromkeys(known.shown for known in formats))
