"""How a spreadsheet program reads a text: as a number, a date or time, or true or false.

It depends on the country that the program is set to. Everything else stays text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache


class Country(StrEnum):
    """The country whose formats a program uses."""

    POLAND = "PL"
    AMERICA = "US"
    BRITAIN = "GB"


class Dates(StrEnum):
    """Which dates a program reads.

    LibreOffice reads none in a CSV file unless "Detect special numbers" is selected; then it reads
    those of ISO 8601 for certain, and usually those with the country's own sign (`OWN`).
    """

    ALL = "all"
    OWN = "own"
    ISO = "iso"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Number:
    """A number; a program formats the cell by how it was written."""

    value: Decimal
    is_grouped: bool = False
    is_percent: bool = False
    is_scientific: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, a time of day or both. A part that is not in the text is None."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    clock: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    """True or false."""

    value: bool


Value = Number | Moment | Truth

SPACES = " \u00a0\u202f"
MONTHS = {
    name: number
    for names in (
        "sty lut mar kwi maj cze lip sie wrz paź lis gru",
        "jan feb mar apr may jun jul aug sep oct nov dec",
        (
            "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik"
            " listopad grudzień"
        ),
        (
            "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października"
            " listopada grudnia"
        ),
        "january february march april may june july august september october november december",
    )
    for number, name in enumerate(names.split(), 1)
}
"""Polish and English names of months, in lower case."""

_TRUTHS = {"true": True, "false": False, "prawda": True, "fałsz": False}
_LONGEST = 60
"""Characters. A longer text is not treated as a number or a date."""

_SEPARATORS = {
    Country.POLAND: (",", SPACES),
    Country.AMERICA: (".", ","),
    Country.BRITAIN: (".", ","),
}
_DATE_SIGNS = {Country.POLAND: ".-/", Country.AMERICA: "-/", Country.BRITAIN: ".-/"}
_OWN_DATE_SIGNS = {Country.POLAND: ".", Country.AMERICA: "/", Country.BRITAIN: "/"}
_CLOCK = re.compile(
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]+)?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?"
)
_ISO_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_THREE_PARTS = re.compile(r"([0-9]{1,4})([.\-/])([0-9]{1,2})\2([0-9]{2,4})")
_TWO_PARTS = re.compile(r"([0-9]{1,4})([.\-/])([0-9]{1,4})")
_NAMED = re.compile(r"([0-9]{1,2})[ .\-]([^\W\d_]{3,12})\.?(?:[ .\-,]+([0-9]{2,4}))?")
_NAME_FIRST = re.compile(r"([^\W\d_]{3,12})[ .\-]([0-9]{1,4})(?:, ?([0-9]{4}))?")
_FIRST_OF_THE_CENTURY, _CENTURY, _PIVOT = 1900, 100, 30
_DIGITS_OF_A_YEAR = 4


@lru_cache(20_000)
def reading(text: str, country: Country, dates: Dates = Dates.ALL) -> Value | None:
    """Return the value that a program of this country reads in a text; None if it stays text."""
    if len(text) > _LONGEST:
        return None
    text = text.strip()
    truth = _TRUTHS.get(text.casefold())
    if truth is not None:
        return Truth(truth)
    if not any(map(str.isdigit, text)):
        return None
    if dates is Dates.ALL or (dates is not Dates.NONE and is_iso_date(text)):
        return moment(text, country) or number(text, country)
    if dates is Dates.OWN:
        own = _OWN_DATE_SIGNS[country]
        return moment(text, country, own) or number(text, country)
    return number(text, country)


def is_iso_date(text: str) -> bool:
    """Return whether a text begins with a date as in ISO 8601."""
    return _ISO_DAY.match(text) is not None


def number(text: str, country: Country) -> Number | None:
    """Read a number as people of a country write it."""
    decimal, groups = _SEPARATORS[country]
    found = _number_pattern(decimal, groups).fullmatch(text)
    if found is None or not (found["whole"] or found["fraction"]):
        return None
    whole = re.sub(f"[{groups}]", "", found["whole"])
    value = Decimal(f"{whole or 0}.{found['fraction'] or 0}e{found['exponent'] or 0}")
    if (found["sign"] == "-") != bool(found["open"]):
        value = value.copy_negate()
    return Number(
        value / 100 if found["percent"] else value,
        is_grouped=whole != found["whole"],
        is_percent=bool(found["percent"]),
        is_scientific=found["exponent"] is not None,
    )


@lru_cache
def _number_pattern(decimal: str, groups: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<open>\()?(?P<sign>[+-]?) ?"
        rf"(?P<whole>[0-9]{{1,3}}(?:[{groups}][0-9]{{3}})+|[0-9]*)"
        rf"(?:\{decimal}(?P<fraction>[0-9]*))?"
        r"(?:[eE](?P<exponent>[+-]?[0-9]{1,3}))?(?: ?(?P<percent>%))?(?(open)\))"
    )


def moment(text: str, country: Country, signs: str | None = None) -> Moment | None:
    """Read a date, a time of day, or both, as people of a country write them.

    `signs` may separate the parts of a date; without it, all that are usual in the country.
    """
    day, gap, clock = text.partition(" ") if ":" in text else (text, "", "")
    if ":" in day and "T" in day:
        day, gap, clock = day.partition("T")
    elif ":" in day:
        day, clock = "", text
    elif gap and not clock[:1].isdigit():  # 12 May 2027 08:15
        day, _, clock = text.rpartition(" ")
    time = clock_of(clock) if clock else None
    if clock and time is None:
        return None
    if not day:
        return Moment(clock=time)
    found = day_of(day, country, signs)
    return found and Moment(found.year, found.month, found.day, time)


def clock_of(text: str) -> tuple[int, int, int] | None:
    """Read a time of day."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] in "Pp" else 0)
    try:
        time(hour, minute, second)
    except ValueError:
        return None
    return hour, minute, second


def day_of(text: str, country: Country, signs: str | None = None) -> Moment | None:
    """Read a date, which may lack its year or its day."""
    if found := _THREE_PARTS.fullmatch(text):
        is_year_first = len(found[1]) == _DIGITS_OF_A_YEAR
        known = _has_usual_sign(found[2], country, signs, is_year_first=is_year_first)
        return _of_three(found[1], found[3], found[4], country) if known else None
    if found := _TWO_PARTS.fullmatch(text):
        known = _has_usual_sign(found[2], country, signs)
        return _of_two(found[1], found[3], country) if known else None
    if found := _NAMED.fullmatch(text):
        day, name, year = found.groups()
        return _valid(_year(year), MONTHS.get(name.casefold()), int(day))
    if found := _NAME_FIRST.fullmatch(text):
        name, after, year = found.groups()
        month = MONTHS.get(name.casefold())
        if year:
            return _valid(int(year), month, int(after))
        return _valid(_year(after), month, None)
    return None


def _has_usual_sign(
    sign: str, country: Country, signs: str | None, *, is_year_first: bool = False
) -> bool:
    if is_year_first:
        return signs is None or sign in f"{signs}-"
    return sign in (_DATE_SIGNS[country] if signs is None else signs)


def _of_three(first: str, second: str, third: str, country: Country) -> Moment | None:
    if len(first) == _DIGITS_OF_A_YEAR:
        return _valid(int(first), int(second), int(third))
    if len(first) > len("31"):
        return None
    day, month = (second, first) if country is Country.AMERICA else (first, second)
    return _valid(_year(third), int(month), int(day))


def _of_two(first: str, second: str, country: Country) -> Moment | None:
    """Read a day and a month, or a month and a year."""
    if len(first) == _DIGITS_OF_A_YEAR:
        return _valid(int(first), int(second), None)
    if len(first) > len("31"):
        return None
    day, month = (second, first) if country is Country.AMERICA else (first, second)
    if max(len(day), len(month)) <= len("31"):
        found = _valid(None, int(month), int(day))
        if found:
            return found
    return _valid(_year(second), int(first), None)


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    if len(text) == _DIGITS_OF_A_YEAR:
        return int(text)
    if len(text) > len("27"):
        return 0  # not in any calendar
    year = _FIRST_OF_THE_CENTURY + int(text)
    return year + _CENTURY if int(text) < _PIVOT else year


def _valid(year: int | None, month: int | None, day: int | None) -> Moment | None:
    """Return a date, or None if there is no such day."""
    if month is None:
        return None
    try:
        date(2000 if year is None else year, month, 1 if day is None else day)
    except ValueError:
        return None
    return Moment(year, month, day)
