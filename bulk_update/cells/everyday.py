"""Dates and numbers as people write them, for cells that a person corrects.

Only texts with a single meaning are read. In 03/04/2027, either number may be the month, and 1,234
may be one thousand or little more than one: these are left to the notation that a rule sets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bulk_update.cells.date_formats import DateFormat, parse_date_format
from bulk_update.cells.issue_codes import IssueCode
from bulk_update.cells.numbers import NumberNotation, decimal_converter, integer_converter
from bulk_update.cells.values import Converter
from bulk_update.records import Issue, Param

_TIMES = ("", " %H:%M", " %H:%M:%S")
_DOTTED = tuple(parse_date_format(f"%d.%m.%Y{time}") for time in _TIMES)
_NAMED = tuple(parse_date_format(f"%d %B %Y{time}") for time in _TIMES)
_MONTHS, _YEARS = ("%m", "%b", "%B"), ("%Y", "%y")

_INTEGERS = tuple(integer_converter(NumberNotation(grouping=each)) for each in (None, " "))
_PLAIN_DECIMALS = tuple(decimal_converter(NumberNotation(each)) for each in ".,")
_DECIMALS = (
    *_PLAIN_DECIMALS,
    *(
        decimal_converter(NumberNotation(decimal, grouping))
        for decimal, groupings in ((".", " ',"), (",", "'."))
        for grouping in groupings
    ),
)
_BELOW_ONE = re.compile(r"[-+\u2212]?0[.,]")
"""Such as 0,125, in which no separator is one of thousands."""


def everyday_dates(formats: Sequence[str]) -> tuple[DateFormat, ...]:
    """Return formats with one meaning in a column that has these formats of its own.

    Where the column itself has the month first, the numbers of 03.04.2027 may be so, too.
    """
    return _NAMED if any(map(_is_month_first, formats)) else (*_DOTTED, *_NAMED)


def _is_month_first(text: str) -> bool:
    """Return whether a format has the month before the day, and the year last."""
    month, year = (max(map(text.find, each)) for each in (_MONTHS, _YEARS))
    return month < text.find("%d") < year


def everyday_examples(formats: Sequence[DateFormat], *, has_time: bool) -> tuple[DateFormat, ...]:
    """Return those of the formats that a sentence names; months by name are understood anyway."""
    return tuple(each for each in formats if each is _DOTTED[1 if has_time else 0])


def everyday_integer(text: str) -> str | Issue:
    """Convert an integer with or without spaces between thousands."""
    return _only_reading(text, _INTEGERS, code=IssueCode.BAD_INTEGER)


def everyday_decimal(text: str) -> str | Issue:
    """Convert a number with a decimal comma or point, and with or without separated thousands."""
    converters = _PLAIN_DECIMALS if _BELOW_ONE.match(text) else _DECIMALS
    return _only_reading(text, converters, code=IssueCode.BAD_NUMBER)


def or_everyday(
    strict: Converter, everyday: Converter, *, shown: Sequence[DateFormat]
) -> Converter:
    """Make the converter that reads a text in everyday notation if `strict` cannot read it.

    What `strict` finds ambiguous stays so. `shown` are formats that the sentence about a text which
    neither can read names, besides those of `strict`.
    """

    def convert(text: str) -> str | Issue:
        first = strict(text)
        if isinstance(first, str) or first.variant or first.code not in _UNREADABLE:
            return first
        second = everyday(text)
        if isinstance(second, str) or second.variant or second.code != first.code:
            return second
        return _naming(first, shown)

    return convert


_UNREADABLE = {IssueCode.BAD_DATE, IssueCode.BAD_NUMBER, IssueCode.BAD_INTEGER}


def _naming(issue: Issue, shown: Sequence[DateFormat]) -> Issue:
    formats = issue.params.get("formats")
    if not isinstance(formats, tuple):
        return issue
    names = dict.fromkeys((*formats, *(each.shown for each in shown)))
    params: dict[str, Param] = {**issue.params, "formats": tuple(names)}
    return Issue(issue.code, params, issue.variant, issue.columns)


def _only_reading(text: str, converters: Sequence[Converter], *, code: IssueCode) -> str | Issue:
    results = [convert(text) for convert in converters]
    readings = [*dict.fromkeys(each for each in results if isinstance(each, str))]
    if len(readings) > 1:
        params: dict[str, Param] = {"text": text, "first": readings[0], "second": readings[1]}
        return Issue(code, params, "ambiguous")
    return readings[0] if readings else results[0]
