"""Whether a text is how a spreadsheet program shows a value that it has read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from functools import lru_cache

from bulk_update.corrections.readings import (
    SPACES,
    Country,
    Moment,
    Number,
    Truth,
    Value,
    clock_of,
    day_of,
)


class DateOrder(StrEnum):
    """How a program shows dates."""

    POLISH = "29.01.2027"
    AMERICAN = "1/29/2027"
    BRITISH = "29/01/2027"
    ISO = "2027-01-29"


@dataclass(frozen=True, slots=True)
class Style:
    """How a program shows values.

    `scientific_from` is the number of digits from which whole numbers are shown as `4,86E+10`,
    which depends on the width of the column. `is_typed`: the values are cells of a workbook, and
    their texts are those that our reader gives to them.
    """

    decimal: str
    order: DateOrder
    scientific_from: int = 99
    is_typed: bool = False


_EXACT_DIGITS = 15
_FEWEST_OF_ROUNDED = 9
"""Significant digits: with fewer, a fraction is not rounded to fit its cell."""
_WIDE = Context(prec=2000)
_TINY = Decimal("0.0001")
_ZERO_DAY = date(1899, 12, 30)
_LAST_SERIAL = 2_958_465
_SERIAL = re.compile("[1-9][0-9]{0,6}")
_ORDERS = {
    DateOrder.POLISH: re.compile(r"[0-9]{1,2}\.[0-9]{2}\.(?:[0-9]{4}|[0-9]{2})"),
    DateOrder.AMERICAN: re.compile(r"[0-9]{1,2}/[0-9]{1,2}/(?:[0-9]{4}|[0-9]{2})"),
    DateOrder.BRITISH: re.compile(r"[0-9]{1,2}/[0-9]{1,2}/(?:[0-9]{4}|[0-9]{2})"),
    DateOrder.ISO: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
}
_COUNTRIES = {
    DateOrder.POLISH: Country.POLAND,
    DateOrder.AMERICAN: Country.AMERICA,
    DateOrder.BRITISH: Country.BRITAIN,
    DateOrder.ISO: Country.POLAND,
}
_WITH_A_NAME = re.compile(r"[^\W\d_]{3}")
_TRUTHS = {",": {True: "PRAWDA", False: "FAŁSZ"}, ".": {True: "TRUE", False: "FALSE"}}


def shows(value: Value, text: str, style: Style) -> bool:
    """Return whether a program of this style may show a value as this text."""
    match value:
        case Number():
            return _shows_number(value, text, style)
        case Moment():
            return _shows_moment(value, text, style)
        case Truth():
            return text == _TRUTHS[style.decimal][value.value]


def _shows_number(number: Number, text: str, style: Style) -> bool:
    plain, scientific = _patterns(style.decimal)
    if found := scientific.fullmatch(text):
        mantissa = found[1].replace(",", ".")
        return _may_be_scientific(number, style) and _is_rounded(
            number.value, Decimal(f"{mantissa}E{found[2]}"), len(mantissa.replace("-", "")) - 1
        )
    found = plain.fullmatch(text)
    if found is None:
        return False
    whole = re.sub(f"[{SPACES},]" if style.decimal == "." else f"[{SPACES}]", "", found["whole"])
    fraction = found["fraction"] or ""
    is_grouped = whole != found["whole"]
    if fraction.endswith("0") and not (number.is_grouped or number.is_percent or is_grouped):
        return False
    shown = Decimal(f"{found['sign']}{whole}.{fraction or 0}")
    if found["percent"]:
        return number.is_percent and shown == number.value * 100
    if not fraction and len(whole) >= style.scientific_from and not is_grouped:
        return False
    return _equals(number.value, shown, fraction)


@lru_cache
def _patterns(decimal: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    groups = SPACES if decimal == "," else f"{SPACES},"
    plain = (
        rf"(?P<sign>-?)(?P<whole>0|[1-9][0-9]*|[1-9][0-9]{{0,2}}(?:[{groups}][0-9]{{3}})+)"
        rf"(?:\{decimal}(?P<fraction>[0-9]+))?(?: ?(?P<percent>%))?"
    )
    return re.compile(plain), re.compile(rf"(-?[0-9](?:\{decimal}[0-9]+)?)E([+-][0-9]{{2,3}})")


def _may_be_scientific(number: Number, style: Style) -> bool:
    if style.is_typed:
        return False
    value = abs(number.value)
    digits = value.adjusted() + 1
    return (
        number.is_scientific
        or digits >= min(style.scientific_from, _EXACT_DIGITS + 1)
        or 0 < value < _TINY
    )


def _is_rounded(value: Decimal, shown: Decimal, places: int) -> bool:
    """Return whether a mantissa of this length, including the separator, fits the value."""
    digits = max(places, 1)
    return any(
        Context(prec=digits, rounding=rounding).plus(value) == shown
        for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN)
    )


def _equals(value: Decimal, shown: Decimal, fraction: str) -> bool:
    if shown == value:
        return True
    if len(value.normalize().as_tuple().digits) > _EXACT_DIGITS:
        kept = [Context(prec=_EXACT_DIGITS, rounding=how).plus(value)
                for how in (ROUND_DOWN, ROUND_HALF_UP)]  # fmt: skip
        if shown in (*kept, Decimal(repr(float(value)))):
            return True
    if not fraction or len(shown.as_tuple().digits) < _FEWEST_OF_ROUNDED:
        return False
    return value.quantize(shown, rounding=ROUND_HALF_UP, context=_WIDE) == shown


def _shows_moment(moment: Moment, text: str, style: Style) -> bool:
    day, _, clock = text.partition(" ") if ":" in text else (text, "", "")
    if ":" in day:
        day, clock = "", text
    time = clock_of(clock) if clock else None
    if (clock and time is None) or not _same_clock(moment.clock, time):
        return False
    if moment.month is None:
        return not day
    shown = _shown_day(day, style)
    return shown is not None and _same_day(moment, shown)


def _same_clock(read: tuple[int, int, int] | None, shown: tuple[int, int, int] | None) -> bool:
    """Compare times: midnight need not be shown, nor need seconds."""
    one, other = read or (0, 0, 0), shown or (0, 0, 0)
    return one == other or (one[:2] == other[:2] and other[2] == 0)


def _shown_day(text: str, style: Style) -> Moment | None:
    if _ORDERS[style.order].fullmatch(text):
        return day_of(text, _COUNTRIES[style.order])
    if style.is_typed:
        return None
    if _WITH_A_NAME.search(text):
        return day_of(text, Country.BRITAIN)
    if _SERIAL.fullmatch(text) and int(text) <= _LAST_SERIAL:
        day = _ZERO_DAY + timedelta(days=int(text))
        return Moment(day.year, day.month, day.day)
    return None


def _same_day(read: Moment, shown: Moment) -> bool:
    """Compare dates; a missing year can be any year, and a missing day is the first one."""
    if read.month != shown.month:
        return False
    if read.year is not None and shown.year not in (read.year, None):
        return False
    if read.year is not None and shown.year is None:
        return False
    if read.year is None and shown.day is None and shown.year is not None:
        return shown.year % 100 == read.day  # maj.12, which may be read as May 2012
    return shown.day == read.day or (read.day is None and shown.day == 1)
