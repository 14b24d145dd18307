"""From the text of a cell to the text that is sent: numbers, booleans, dates.

A converter is a pure function of one text. It returns the canonical text or an Issue, and no
number ever becomes a float on the way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bulk_update.cells.date_formats import ISO_DATE, ISO_DATETIME, DateFormat, shown_formats
from bulk_update.cells.issue_codes import IssueCode
from bulk_update.records import Issue, Param

Converter = Callable[[str], str | Issue]

TRUE_WORDS = ("1", "true", "yes", "tak")
FALSE_WORDS = ("0", "false", "no", "nie")
"""The words for true and false if the rule lists none of its own; case does not matter."""

_INTEGER = re.compile("(?P<sign>[+-]?)(?P<whole>[0-9]+)")
_POINT = re.compile(r"(?P<sign>[+-]?)(?P<whole>[0-9]*)(?:\.(?P<fraction>[0-9]+))?(?<=[0-9])")
# Polish Excel groups thousands by a space, a no-break space or a narrow one.
_COMMA = re.compile(
    "(?P<sign>[+-]?)"
    "(?P<whole>[0-9]*|[0-9]{1,3}(?P<space>[ \u00a0\u202f])[0-9]{3}(?:(?P=space)[0-9]{3})*)"
    "(?:,(?P<fraction>[0-9]+))?(?<=[0-9])"
)
_PLAIN = {
    separator: re.compile(rf"(?:0|[1-9][0-9]*)(?:[{separator}][0-9]+)?") for separator in ".,"
}
"""Nearly all numbers: canonical except for the decimal separator."""
_SPACES = str.maketrans("", "", " \u00a0\u202f")


def some(texts: Iterable[str], *, most: int) -> dict[str, Param]:
    """Return the parameters that list what was expected: the first few, and how many more."""
    listed = tuple(texts)
    return {"expected": listed[:most], "left_out": max(0, len(listed) - most)}


def integer(text: str) -> str | Issue:
    """Convert a whole number: sign and ASCII digits; `+007` is `7`."""
    found = _INTEGER.fullmatch(text)
    if found is None:
        return Issue(IssueCode.BAD_INTEGER, {"text": text})
    return _canonical(found["sign"], found["whole"], None)


def decimal_converter(separator: str) -> Converter:
    """Make the converter of numbers with this decimal separator, `.` or `,`.

    With a comma, thousands may be grouped by spaces (1 234,56), as Polish Excel writes them;
    any other grouping is refused.
    """
    pattern, example = (_COMMA, "1234,56") if separator == "," else (_POINT, "1234.56")
    plain = _PLAIN[separator]

    def convert(text: str) -> str | Issue:
        if plain.fullmatch(text):
            return text.replace(separator, ".")
        found = pattern.fullmatch(text)
        if found is None:
            return Issue(IssueCode.BAD_NUMBER, {"text": text, "example": example})
        return _canonical(found["sign"], found["whole"], found["fraction"])

    return convert


def _canonical(sign: str, whole: str, fraction: str | None) -> str:
    digits = whole.translate(_SPACES).lstrip("0") or "0"
    number = digits if fraction is None else f"{digits}.{fraction}"
    is_zero = not number.strip("0.")
    return f"-{number}" if sign == "-" and not is_zero else number


def boolean_converter(true_words: Sequence[str], false_words: Sequence[str]) -> Converter:
    """Make the converter of these words to `1` and `0`; case does not matter."""
    meanings = dict.fromkeys((word.casefold() for word in false_words), "0")
    meanings |= dict.fromkeys((word.casefold() for word in true_words), "1")
    expected = some([*true_words, *false_words], most=10)

    def convert(text: str) -> str | Issue:
        meaning = meanings.get(text.casefold())
        if meaning is None:
            return Issue(IssueCode.BAD_BOOLEAN, {"text": text, **expected})
        return meaning

    return convert


def date_converter(formats: Sequence[DateFormat]) -> Converter:
    """Make the converter to `YYYY-MM-DD`; without formats, of ISO 8601 dates.

    A time of day is refused unless it is midnight, which is how databases and spreadsheet
    programs write a date.
    """
    readers = tuple(formats) or (ISO_DATE,)
    expected = shown_formats(readers)

    def convert(text: str) -> str | Issue:
        moment = _read(text, readers)
        if moment is None:
            return _bad_date(text, expected)
        if moment != moment.replace(hour=0, minute=0, second=0, microsecond=0):
            return Issue(IssueCode.BAD_DATE, {"text": text}, "time-of-day")
        return moment.date().isoformat()

    return convert


def datetime_converter(
    formats: Sequence[DateFormat], *, zone: ZoneInfo, sent_in: ZoneInfo
) -> Converter:
    """Make the converter to `YYYY-MM-DD hh:mm` in the zone `sent_in`.

    `zone` is that of texts without an offset. Seconds are read and dropped: the API has none.
    Without formats, ISO 8601 is expected.
    """
    readers = tuple(formats) or (ISO_DATETIME,)
    expected = shown_formats(readers)

    def convert(text: str) -> str | Issue:
        moment = _read(text, readers)
        if moment is None:
            return _bad_date(text, expected)
        try:
            return _local_time(moment, text, zone=zone, sent_in=sent_in)
        except OverflowError:  # the first or the last day of the calendar
            return _bad_date(text, expected)

    return convert


def _read(text: str, readers: Sequence[DateFormat]) -> datetime | None:
    for known in readers:
        moment = known.read(text)
        if moment is not None:
            return moment
    return None


def _bad_date(text: str, formats: tuple[str, ...]) -> Issue:
    return Issue(IssueCode.BAD_DATE, {"text": text, "formats": formats})


def _local_time(moment: datetime, text: str, *, zone: ZoneInfo, sent_in: ZoneInfo) -> str | Issue:
    if moment.tzinfo is None:
        issue = _clock_change(moment, text, zone)
        if issue or zone is sent_in:
            return issue or _minutes(moment)
        moment = moment.replace(tzinfo=zone)
    local = moment.astimezone(sent_in).replace(tzinfo=None, fold=0)
    return _clock_change(local, text, sent_in) or _minutes(local)


def _clock_change(local: datetime, text: str, zone: ZoneInfo) -> Issue | None:
    if _has_no_change(local.date(), zone):
        return None
    first = local.replace(tzinfo=zone, fold=0).utcoffset() or timedelta()
    second = local.replace(tzinfo=zone, fold=1).utcoffset() or timedelta()
    if first < second:
        return Issue(IssueCode.NO_SUCH_TIME, {"text": text, "zone": zone.key})
    if first > second:
        return Issue(IssueCode.AMBIGUOUS_TIME, {"text": text, "zone": zone.key})
    return None


@lru_cache(maxsize=4096)
def _has_no_change(day: date, zone: ZoneInfo) -> bool:
    """Return whether a day, and so each of its times, has only one offset."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    offsets = {
        midnight.replace(hour=hour, fold=fold).utcoffset() for hour in (0, 23) for fold in (0, 1)
    }
    return len(offsets) == 1


def _minutes(local: datetime) -> str:
    return local.isoformat(" ", "minutes")


def either(written: Converter, canonical: Converter, *, code: IssueCode) -> Converter:
    """Make the converter for files of ours: the rule's notation, or the one that we write.

    A text that the two read differently is refused: 2026-03-04 under `%Y-%d-%m`.
    """

    def convert(text: str) -> str | Issue:
        first, second = written(text), canonical(text)
        if isinstance(second, Issue) or first == second:
            return first
        if isinstance(first, Issue):
            return second
        return Issue(code, {"text": text, "first": first, "second": second}, "ambiguous")

    return convert
