"""Numbers, durations, sizes and times in the form that all messages in a language use."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from bulk_update.language import language
from bulk_update.messages.nouns import form_for, with_noun

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_TENTHS_BELOW = 10
"""In seconds; shorter durations are shown with one decimal."""

_SIZES = ("bytes", "KB", "MB", "GB", "TB")
_THOUSAND = 1000

_POLISH_SIGNS = str.maketrans({",": "\N{NO-BREAK SPACE}", ".": ","})

_POLISH_LETTERS = str.maketrans("Yh", "Rg")
_YEAR_AND_HOUR = re.compile("YYYY|YY|hh")
"""The parts of a date format whose letters are those of English words only."""

_MOMENT, _POLISH_MOMENT = "%Y-%m-%d %H:%M:%S UTC", "%d.%m.%Y %H:%M:%S UTC"


def number(count: float) -> str:
    """Return `1,234`, in Polish with a no-break space."""
    return localised(f"{count:,}")


def localised(digits: str) -> str:
    """Return a number that is written as in English the way that the current language does."""
    return digits.translate(_POLISH_SIGNS) if language() == "pl" else digits


def date_letters(shown: str) -> str:
    """Return date formats such as `DD.MM.YYYY hh:mm` in the letters of the current language."""
    if language() != "pl":
        return shown
    return _YEAR_AND_HOUR.sub(lambda found: found[0].translate(_POLISH_LETTERS), shown)


def counted(count: int, noun: str) -> str:
    """Return `1 row` or `1,234 rows`; the noun must be one of `nouns.COUNTED`."""
    return with_noun(number(count), form_for(count, f"{noun}|{noun}s"))


def duration(seconds: float) -> str:
    """Return `0.2 s`, `3 s`, `2 min 10 s`, `1 h 5 min` or `2 d 3 h`."""
    if seconds < _TENTHS_BELOW:
        return localised(f"{seconds:.1f}".removesuffix(".0")) + " s"
    whole = round(seconds)
    for unit, length, smaller, part in (
        ("d", _DAY, "h", _HOUR),
        ("h", _HOUR, "min", _MINUTE),
        ("min", _MINUTE, "s", 1),
    ):
        if whole >= length:
            rest = whole % length // part
            return f"{number(whole // length)} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{whole} s"


def size(count: int) -> str:
    """Return `1 byte`, `28 KB` or `1.2 MB`, in powers of a thousand."""
    if count < _THOUSAND:
        return counted(count, "byte")
    amount, unit = float(count), 0
    while round(amount) >= _THOUSAND and unit < len(_SIZES) - 1:
        amount, unit = amount / _THOUSAND, unit + 1
    shown = f"{amount:.1f}" if round(amount, 1) < _TENTHS_BELOW else f"{round(amount):,}"
    return f"{localised(shown.removesuffix('.0'))} {_SIZES[unit]}"


def moment(microseconds: int | None) -> str:
    """Return a time as `2026-03-01 02:15:00 UTC`, in the zone that run ids and all files use."""
    if microseconds is None:
        return "-"
    form = _POLISH_MOMENT if language() == "pl" else _MOMENT
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC).strftime(form)
