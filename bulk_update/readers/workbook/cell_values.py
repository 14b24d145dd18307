"""Converts the numbers and dates stored in a workbook to the cells that people see."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from openpyxl.utils.datetime import WINDOWS_EPOCH, from_excel

from bulk_update.readers.workbook.cells import RawCell
from bulk_update.readers.workbook.number_formats import NumberFormat, Shape
from bulk_update.records import CellKind

_NUMBERS = {Shape.NUMBER: CellKind.NUMBER, Shape.STYLED_NUMBER: CellKind.STYLED_NUMBER}
_EXACT_DIGITS = 15
"""Significant digits that a spreadsheet program keeps and shows."""
_FIRST_MOMENT = datetime(1900, 1, 1)  # noqa: DTZ001 - a sheet has no time zone
_NON_EXISTENT_DAY = 60
_EXACT_PLACES = 6
"""Decimal places of a day that many programs keep for a time, which is then off by up to 43 ms."""
_INEXACT_MS = 44
_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})?"
    r"(?:(?:^|T|^T)([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?))?"
)
_CLOCK_CHARACTERS = len("00:00:00.000000")
_DURATION = re.compile(
    r"PT(?=[0-9])(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)S)?"
)
_FLOAT = re.compile("[.eE]")
_DAY_SECONDS = 86_400
_MOST_DAYS = 2_958_466
"""The days from 1900 to 9999."""


def number_cell(written: str, *, look: NumberFormat, epoch: datetime) -> RawCell:
    """Convert a number to what its format shows.

    `written` is its text in the file. A number out of range, or a serial number that is not a
    date, becomes an error cell that shows this text.
    """
    if not _is_in_range(written):
        return CellKind.ERROR, written
    kind = _NUMBERS.get(look.shape)
    if kind is None:
        return _moment(written, look.shape, epoch) or (CellKind.ERROR, written)
    number = Decimal(written)
    if _FLOAT.search(written):
        number = Decimal(repr(float(written)))  # as spreadsheet programs store it
    text = canonical(number)
    if look.digits and not text.isdigit():
        return CellKind.STYLED_NUMBER, text  # -5 or 1.5 in the format 00000 is not a padded number
    return kind, text.zfill(look.digits)


def canonical(number: Decimal) -> str:
    """Format a number with a decimal point, without exponent, grouping or trailing zeros.

    Fractions are rounded to the 15 digits that spreadsheet programs show (so 0.1 + 0.2 is 0.3).
    Integers are written in full; any damage from the 16th digit on happened before.
    """
    if number != number.to_integral_value():
        number = Decimal(f"{number:.{_EXACT_DIGITS - 1}e}")
    if number == number.to_integral_value():
        return f"{abs(number) if number.is_zero() else number:.0f}"
    return f"{number.normalize():f}"


def iso_cell(written: str) -> RawCell:
    """Read a date, a time or a duration in ISO 8601 instead of a serial number.

    Anything else, or a text with a time zone (which sheets do not have), becomes an error cell.
    """
    found = _ISO.fullmatch(written.strip())
    if found is None or found[0] == "":
        return _duration(written.strip()) or (CellKind.ERROR, written)
    day, clock = found[1], found[2] and found[2][:_CLOCK_CHARACTERS]
    try:
        if clock is None:
            return CellKind.DATE, date.fromisoformat(day).isoformat()
        if day is None:
            return CellKind.TIME, _clock(time.fromisoformat(clock))
        moment = datetime.fromisoformat(f"{day} {clock}")
    except ValueError:
        return CellKind.ERROR, written
    return _dated(moment, Shape.DATETIME)


def _duration(written: str) -> RawCell | None:
    found = _DURATION.fullmatch(written)
    if found is None:
        return None
    hours, minutes, seconds = (Decimal(part or 0) for part in found.groups())
    return _span((hours * 3600 + minutes * 60 + seconds) / _DAY_SECONDS)


def _is_in_range(written: str) -> bool:
    """Return whether a spreadsheet program can store a number, instead of infinity or 0."""
    number = float(written)
    return math.isfinite(number) and (number != 0 or Decimal(written).is_zero())


def _moment(written: str, shape: Shape, epoch: datetime) -> RawCell | None:
    """Convert a serial number to a date or time; return None if it is not one."""
    if shape is Shape.ELAPSED:
        return _span(Decimal(written))
    try:
        value = from_excel(float(written), epoch)
    except OverflowError:
        return None
    match value:
        case time() if shape is Shape.TIME:
            return CellKind.TIME, _clock(value)
        case time() if epoch != WINDOWS_EPOCH:
            return _dated(datetime.combine(epoch, value), shape)
        case datetime() if _is_a_day(value, written, epoch):
            return _dated(value, shape)
        case _:
            return None


def _dated(moment: datetime, shape: Shape) -> RawCell:
    try:
        moment = _to_the_second(moment)
    except OverflowError:  # the last second of the calendar
        return CellKind.ERROR, str(moment)
    if shape is Shape.DATE and moment.time() == time():
        return CellKind.DATE, moment.date().isoformat()
    return CellKind.DATETIME, _date_and_clock(moment)


def _to_the_second(moment: datetime) -> datetime:
    """Round a moment to the second that was meant; it may be on the next day.

    Times are fractions of a day: 12:30 is 0.520833..., which is a second less if truncated.
    """
    second = moment.replace(microsecond=0)
    off_ms = moment.microsecond // 1000
    if off_ms > 1000 - _INEXACT_MS:
        return second + timedelta(seconds=1)
    return second if off_ms < _INEXACT_MS else moment


def _is_a_day(moment: datetime, written: str, epoch: datetime) -> bool:
    """Return whether a moment is on a real day of the workbook's calendar.

    In the 1900 calendar, Excel counts the non-existent day 1900-02-29 as number 60. openpyxl
    converts it to the day before, which is number 59.
    """
    if epoch != WINDOWS_EPOCH:
        return moment >= epoch
    if moment.year > _FIRST_MOMENT.year:
        return True
    day = int(round(Decimal(written), _EXACT_PLACES))
    return moment >= _FIRST_MOMENT and day != _NON_EXISTENT_DAY


def _date_and_clock(moment: datetime) -> str:
    return f"{moment.date().isoformat()} {_clock(moment.time())}"


def _clock(moment: time) -> str:
    """Format a time of day to the second, or to the millisecond if the cell has any."""
    return moment.isoformat("milliseconds" if moment.microsecond else "seconds")


def _span(days: Decimal) -> RawCell | None:
    """Return a duration; None if it is longer than spreadsheet programs show.

    openpyxl is not used because it is one second off for durations of centuries.
    """
    if abs(days) > _MOST_DAYS:
        return None
    milliseconds = round(days * _DAY_SECONDS * 1000)
    seconds, fraction = divmod(abs(milliseconds), 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    text = f"{'-' if milliseconds < 0 else ''}{hour:02}:{minute:02}:{second:02}"
    return CellKind.TIME, f"{text}.{fraction:03}" if fraction else text
