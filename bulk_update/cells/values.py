"""Conversion of a cell's text to the text that is sent: booleans and dates.

A converter is a pure function of one text. It returns the canonical text or an Issue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bulk_update.cells.comparison import as_seen
from bulk_update.cells.date_formats import (
    ISO_DATE,
    ISO_DATETIME,
    ISO_WITH_T,
    DateFormat,
    shown_formats,
)
from bulk_update.cells.issue_codes import IssueCode
from bulk_update.records import Issue, Param

Converter = Callable[[str], str | Issue]

TRUE_WORDS = ("1", "true", "yes", "tak")
FALSE_WORDS = ("0", "false", "no", "nie")
"""The default words for true and false, if the rule lists none."""

_MIDNIGHT = time()


def some(texts: Iterable[str], *, most: int) -> dict[str, Param]:
    """Return message parameters that list the expected texts: the first few, and how many more."""
    listed = tuple(texts)
    return {"expected": listed[:most], "left_out": max(0, len(listed) - most)}


def boolean_converter(
    true_words: Sequence[str] = TRUE_WORDS,
    false_words: Sequence[str] = FALSE_WORDS,
    *,
    any_case: bool = False,
) -> Converter:
    """Make the converter from these words, as people see them, to `1` and `0`."""
    form: Callable[[str], str] = str.casefold if any_case else str
    meanings = {form(as_seen(word)): "0" for word in false_words}
    meanings |= {form(as_seen(word)): "1" for word in true_words}
    expected = some([*true_words, *false_words], most=10)

    def convert(text: str) -> str | Issue:
        meaning = meanings.get(form(as_seen(text)))
        if meaning is None:
            return Issue(IssueCode.BAD_BOOLEAN, {"text": text, **expected})
        return meaning

    return convert


def date_converter(formats: Sequence[DateFormat], *, zone: ZoneInfo) -> Converter:
    """Make the converter to `YYYY-MM-DD`; without formats, ISO 8601 is expected.

    A time of day is refused unless it is midnight (as written or, if it has an offset, in
    `zone`), since databases and spreadsheet programs write dates that way.
    """
    read = _reader(formats, iso=ISO_DATE)

    def convert(text: str) -> str | Issue:
        moment = read(text)
        if isinstance(moment, Issue):
            return moment
        day = _day_that_begins(moment, zone)
        return day.isoformat() if day else Issue(IssueCode.BAD_DATE, {"text": text}, "time-of-day")

    return convert


def _day_that_begins(moment: datetime, zone: ZoneInfo) -> date | None:
    """Return the day that begins at this moment, or None."""
    if moment.time() == _MIDNIGHT:
        return moment.date()
    if moment.tzinfo is None:
        return None
    try:
        local = moment.astimezone(zone)
    except OverflowError:  # the first or the last day of the calendar
        return None
    return local.date() if local.time() == _MIDNIGHT else None


def datetime_converter(
    formats: Sequence[DateFormat],
    *,
    zone: ZoneInfo,
    sent_in: ZoneInfo,
    time_of_day: time | None = None,
) -> Converter:
    """Make the converter to `YYYY-MM-DD hh:mm` in the zone `sent_in`.

    `zone` applies to texts without an offset, `time_of_day` to dates without a time. Seconds are
    accepted and dropped, since the API has none. Without formats, ISO 8601 is expected.
    """
    read = _reader(formats, iso=ISO_DATETIME, time_of_day=time_of_day)

    def convert(text: str) -> str | Issue:
        moment = read(text)
        if isinstance(moment, Issue):
            return moment
        try:
            return _local_time(moment, text, zone=zone, sent_in=sent_in)
        except OverflowError:  # the first or the last day of the calendar
            return _bad_date(text, shown_formats(formats or [ISO_DATETIME]))

    return convert


def _reader(
    formats: Sequence[DateFormat], *, iso: DateFormat, time_of_day: time | None = None
) -> Callable[[str], datetime | Issue]:
    """Make the function that reads a moment in one of the formats, or ISO 8601 without formats.

    ISO 8601 with a `T` is always accepted, unless a format is so similar that day and month could
    be swapped.
    """
    readers = tuple(formats) or (iso,)
    expected = shown_formats(readers)
    has_own_order = any(known.begins_with_year for known in formats)

    def read(text: str) -> datetime | Issue:
        found = [known.read(text, time_of_day=time_of_day) for known in readers]
        moments = list(dict.fromkeys(filter(None, found)))
        if len(moments) > 1:
            return _ambiguous_date(text, *moments[:2])
        if not moments and formats and not has_own_order:
            moments = list(filter(None, [ISO_WITH_T.read(text)]))
        return moments[0] if moments else _bad_date(text, expected)

    return read


def _ambiguous_date(text: str, first: datetime, second: datetime) -> Issue:
    readings = {"first": _minutes(first), "second": _minutes(second)}
    return Issue(IssueCode.AMBIGUOUS_DATE, {"text": text, **readings})


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
    """Return whether the zone's offset is the same for the whole day."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    offsets = {
        midnight.replace(hour=hour, fold=fold).utcoffset() for hour in (0, 23) for fold in (0, 1)
    }
    return len(offsets) == 1


def _minutes(local: datetime) -> str:
    return local.isoformat(" ", "minutes")


def either(written: Converter, canonical: Converter, *, code: IssueCode) -> Converter:
    """Make the converter for failed files, which accepts the rule's notation and this tool's own.

    A text that the two read differently is refused, such as 2026-03-04 with `%Y-%d-%m`.
    """

    def convert(text: str) -> str | Issue:
        first, second = written(text), canonical(text)
        if isinstance(second, Issue) or first == second:
            return first
        if isinstance(first, Issue):
            return second
        return Issue(code, {"text": text, "first": first, "second": second}, "ambiguous")

    return convert
