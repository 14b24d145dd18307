"""Date formats: a small, strict subset of strptime's directives.

A text must match a format as a whole, in ASCII digits. `%Y` is exactly four digits and `%y` two
(69-99 are 1969-1999, as in POSIX); `%d`, `%m` and `%H` are one or two digits, but exactly two
next to other digits; `%M` and `%S` are two. A space in the format is
any run of spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

_SHOWN = {
    "%d": "DD",
    "%m": "MM",
    "%Y": "YYYY",
    "%y": "YY",
    "%H": "hh",
    "%M": "mm",
    "%S": "ss",
    "%f": "ffffff",
    "%z": "±hh:mm",
    "%%": "%",
}
_OFFSET = "Z|[+-][0-9]{2}(?::?[0-9]{2})?"
_EXACT = {
    "%d": "[0-9]{2}",
    "%m": "[0-9]{2}",
    "%Y": "[0-9]{4}",
    "%y": "[0-9]{2}",
    "%H": "[0-9]{2}",
    "%M": "[0-9]{2}",
    "%S": "[0-9]{2}",
    "%f": "[0-9]{1,6}",
    "%z": _OFFSET,
}
_ONE_OR_TWO = frozenset({"%d", "%m", "%H"})
_DIGITS = frozenset(_EXACT) - {"%z"}
_NEEDS = (("%M", "%H"), ("%S", "%M"), ("%f", "%S"), ("%z", "%H"))
_PARTS = re.compile(r"%.?|\s+|[^%\s]+")
_FIRST_YEAR_OF_TWO_DIGITS = 69
_MINUTES_OF_AN_HOUR = 60


_POSITIONS = ("Y", "y", "m", "d", "H", "M", "S")
"""The parts in the order of `datetime`'s arguments; each needs those before it."""


class DateFormat:
    """One way to write a date or a date and time; `shown` is how people write the format."""

    def __init__(self, shown: str, pattern: str) -> None:
        self.shown = shown
        self._pattern = re.compile(pattern)
        groups = self._pattern.groupindex
        self._parts = tuple(part for part in _POSITIONS if part in groups)
        self._has_short_year = "y" in groups
        self._has_more = "f" in groups or "z" in groups

    def read(self, text: str) -> datetime | None:
        """Return the moment, or None if the text is not one; aware only if it has an offset.

        A part that the text lacks is 0: a date is its midnight.
        """
        found = self._pattern.fullmatch(text)
        if found is None:
            return None
        numbers = [int(part or 0) for part in found.group(*self._parts)]
        if self._has_short_year:
            numbers[0] += 1900 if numbers[0] >= _FIRST_YEAR_OF_TWO_DIGITS else 2000
        try:
            moment = datetime(*numbers)  # type: ignore[arg-type]  # noqa: DTZ001 - at most six numbers; the rule names the zone
            return _with_rest(moment, found.groupdict()) if self._has_more else moment
        except ValueError:  # 31 February, 25 o'clock, an offset of 99 hours
            return None


_ISO = (
    "(?P<Y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"
    r"(?:[ T](?P<H>[0-9]{2}):(?P<M>[0-9]{2})(?::(?P<S>[0-9]{2})(?:\.(?P<f>[0-9]{1,6}))?)?"
)
ISO_DATE = DateFormat("YYYY-MM-DD", f"{_ISO})?")
"""ISO 8601's calendar date, alone or with a time of day that has no offset."""
ISO_DATETIME = DateFormat("YYYY-MM-DD hh:mm", f"{_ISO}(?P<z>{_OFFSET})?)?")
"""The same; the time of day may have an offset."""


def parse_date_format(text: str) -> DateFormat:
    """Compile a format such as `%d.%m.%Y %H:%M`; raises ValueError if it is not one."""
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
            raise ValueError(f"unknown directive {directive} in {text!r} (expected one of {known})")
        if directives.count(directive) > 1:
            raise ValueError(f"{directive} occurs twice in {text!r}")
    if "%d" not in directives or "%m" not in directives:
        raise ValueError(f"{text!r} has no day and month (expected a format such as %d.%m.%Y)")
    if ("%Y" in directives) == ("%y" in directives):
        raise ValueError(f"{text!r} must have the year once, as %Y or %y")
    for directive, needed in _NEEDS:
        if directive in directives and needed not in directives:
            raise ValueError(f"{text!r} has {directive} but no {needed}")


def _part_pattern(part: str, *, before: str, after: str) -> str:
    if part == "%%":
        return "%"
    if part.isspace():
        return r"\s+"
    if part not in _EXACT:
        return re.escape(part)
    joined = {before, after} & _DIGITS or before[-1:].isdigit() or after[:1].isdigit()
    digits = "[0-9]{1,2}" if part in _ONE_OR_TWO and not joined else _EXACT[part]
    return f"(?P<{part[1]}>{digits})"


def _with_rest(moment: datetime, parts: dict[str, str | None]) -> datetime:
    offset, fraction = parts.get("z"), parts.get("f") or ""
    return moment.replace(
        microsecond=int(fraction.ljust(6, "0")), tzinfo=_zone(offset) if offset else None
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
    """Return formats as people write them: `DD.MM.YYYY hh:mm`, each once."""
    return tuple(dict.fromkeys(known.shown for known in formats))
