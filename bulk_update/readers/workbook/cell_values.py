"""Numbers and dates as they are written become the cells that they show."""

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
"""So many significant digits a spreadsheet program keeps, and shows."""
_FIRST_MOMENT = datetime(1900, 1, 1)  # noqa: DTZ001 - a sheet's clock has no zone
_DAY_THAT_NEVER_WAS = 60
_EXACT_PLACES = 6
"""Of a day: so many are often all that is left of a time, which is off by up to 43 ms then."""
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
"""All from 1900 to 9999."""


def number_cell(written: str, *, look: NumberFormat, epoch: datetime) -> RawCell:
    """Read a number as its format shows it.

    `written` are its characters in the file. What is out of a number's range, and a serial number
    that is no date, becomes an error cell that shows them.
    """
    if not _is_in_range(written):
        return CellKind.ERROR, written
    kind = _NUMBERS.get(look.shape)
    if kind is None:
        return _moment(written, look.shape, epoch) or (CellKind.ERROR, written)
    number = Decimal(written)
    if _FLOAT.search(written):
        number = Decimal(repr(float(written)))  # as spreadsheet programs keep it
    text = canonical(number)
    if look.digits and not text.isdigit():
        return CellKind.STYLED_NUMBER, text  # what 00000 makes of -5 or 1.5 is no padded number
    return kind, text.zfill(look.digits)


def canonical(number: Decimal) -> str:
    """Write a number with a point, without exponent, grouping and needless zeros.

    Fractions are rounded to the 15 digits that spreadsheet programs show (0.1 + 0.2 is 0.3 in
    them). Whole numbers are written in full: from the 16th digit on they were damaged before.
    """
    if number != number.to_integral_value():
        number = Decimal(f"{number:.{_EXACT_DIGITS - 1}e}")
    if number == number.to_integral_value():
        return f"{abs(number) if number.is_zero() else number:.0f}"
    return f"{number.normalize():f}"


def iso_cell(written: str) -> RawCell:
    """Read a date, a time or a span of time that is written out (ISO 8601), not a serial number.

    What is none of these or has a zone, which a sheet's clock has not, becomes an error cell.
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
    """Tell whether a spreadsheet program can hold a number, or would make it infinite or 0."""
    number = float(written)
    return math.isfinite(number) and (number != 0 or Decimal(written).is_zero())


def _moment(written: str, shape: Shape, epoch: datetime) -> RawCell | None:
    """Return what a serial number means as a date or a time; None if it means none."""
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
    except OverflowError:  # the last second that the calendar has
        return CellKind.ERROR, str(moment)
    if shape is Shape.DATE and moment.time() == time():
        return CellKind.DATE, moment.date().isoformat()
    return CellKind.DATETIME, _date_and_clock(moment)


def _to_the_second(moment: datetime) -> datetime:
    """Return the whole second that a moment is meant to be; it may be on the next day.

    Days are counted in fractions, where 12:30 is 0.520833 and a second fewer once it is cut off.
    """
    second = moment.replace(microsecond=0)
    off_ms = moment.microsecond // 1000
    if off_ms > 1000 - _INEXACT_MS:
        return second + timedelta(seconds=1)
    return second if off_ms < _INEXACT_MS else moment


def _is_a_day(moment: datetime, written: str, epoch: datetime) -> bool:
    """Tell whether a moment is on a day that the workbook's calendar has.

    In that of 1900, Excel counts 1900-02-29, a day that never was, as number 60. openpyxl makes
    it the day before, which number 59 is as well.
    """
    if epoch != WINDOWS_EPOCH:
        return moment >= epoch
    if moment.year > _FIRST_MOMENT.year:
        return True
    day = int(round(Decimal(written), _EXACT_PLACES))
    return moment >= _FIRST_MOMENT and day != _DAY_THAT_NEVER_WAS


def _date_and_clock(moment: datetime) -> str:
    return f"{moment.date().isoformat()} {_clock(moment.time())}"


def _clock(moment: time) -> str:
    """Write a time of day to the second, or to the millisecond where the cell has any."""
    return moment.isoformat("milliseconds" if moment.microsecond else "seconds")


def _span(days: Decimal) -> RawCell | None:
    """Return a span of time; None for a longer one than a spreadsheet program shows.

    openpyxl is a second off in spans of centuries.
    """
    if abs(days) > _MOST_DAYS:
        return None
    milliseconds = round(days * _DAY_SECONDS * 1000)
    seconds, fraction = divmod(abs(milliseconds), 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    text = f"{'-' if milliseconds < 0 else ''}{hour:02}:{minute:02}:{second:02}"
    return CellKind.TIME, f"{text}.{fraction:03}" if fraction else text
