"""What a workbook's cell is: text, or a typed cell with its canonical text.

A typed cell travels between processes as its kind and its text; the text alone gives its value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from bulk_update.readers.number_formats import NumberFormat, Shape
from bulk_update.records import CellKind, CellValue, TypedCell

RawCell = str | tuple[CellKind, str]
"""A cell on its way between processes."""

_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,4})?")
_EXACT_DIGITS = 15
"""So many significant digits a spreadsheet program keeps, and shows."""
_LARGEST_EXPONENT = 308
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_DAY_MS = 86_400_000
_ISO = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})?T?"
    r"(?P<clock>(?<=T)[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?|^[0-9]{2}:[0-9]{2}:[0-9]{2})?"
)
_ELAPSED = re.compile(r"(-?)([0-9]+):([0-9]{2}):([0-9]{2})(?:\.([0-9]{3}))?")

EPOCH_1900: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's clock has no zone
EPOCH_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001 - a sheet's clock has no zone
_FIRST_TRUE_SERIAL = 61
"""1900-03-01. Excel counts 60 as 1900-02-29, a day that never was."""
_LARGEST_SERIAL = 2_958_465
"""9999-12-31."""


def typed_cell(kind: CellKind, text: str) -> TypedCell:
    """Give a typed cell its value again."""
    return TypedCell(kind, text, _VALUES[kind](text))


def unescaped(text: str) -> str:
    """Decode the escapes of characters that XML cannot hold, such as `_x000D_`.

    ECMA-376, part 1, 22.9.2.19 (ST_Xstring).
    """
    if "_x" not in text:
        return text
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)


def number_cell(text: str, look: NumberFormat, epoch: datetime) -> RawCell:
    """Read a number as its format shows it.

    What is no number, and a serial number that is no date, becomes an error cell.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text) is None:
        return CellKind.ERROR, text
    number = Decimal(text)
    if abs(number.adjusted()) > _LARGEST_EXPONENT:
        return CellKind.ERROR, text
    if look.shape is Shape.NUMBER:
        return CellKind.NUMBER, _padded(canonical(number), look.digits)
    if look.shape is Shape.STYLED_NUMBER:
        return CellKind.STYLED_NUMBER, canonical(number)
    return _moment(number, look.shape, epoch) or (CellKind.ERROR, canonical(number))


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


def boolean_cell(text: str) -> RawCell:
    """Read TRUE and FALSE, which workbooks hold as 1 and 0."""
    match text.strip().lower():
        case "1" | "true":
            return CellKind.BOOLEAN, "TRUE"
        case "0" | "false":
            return CellKind.BOOLEAN, "FALSE"
        case _:
            return error_cell(text)


def error_cell(text: str) -> RawCell:
    """Keep what an error cell shows, such as `#N/A`."""
    return CellKind.ERROR, text


def iso_cell(text: str) -> RawCell:
    """Read a cell that holds its date in ISO 8601 form (type `d`)."""
    text = text.strip()
    found = _ISO.fullmatch(text)
    if found is None:
        return CellKind.ERROR, text
    kind = CellKind.DATE if found["clock"] is None else CellKind.DATETIME
    kind = CellKind.TIME if found["day"] is None else kind
    plain = " ".join(part for part in (found["day"], found["clock"]) if part)
    try:
        typed_cell(kind, plain)
    except ValueError:
        return CellKind.ERROR, text
    return kind, plain


def _padded(text: str, digits: int) -> str:
    return text.zfill(digits) if digits and text.isdigit() else text


def _moment(number: Decimal, shape: Shape, epoch: datetime) -> RawCell | None:
    """Return what a serial number means as a date or a time; None if it means none."""
    if abs(number) > _LARGEST_SERIAL + 1:
        return None
    milliseconds = int((number * _DAY_MS).to_integral_value())
    if shape is Shape.ELAPSED:
        return CellKind.TIME, _elapsed(milliseconds)
    if shape is Shape.TIME and 0 <= milliseconds < _DAY_MS:
        return CellKind.TIME, _clock((epoch + timedelta(milliseconds=milliseconds)).time())
    moment = _instant(milliseconds, epoch)
    if moment is None:
        return None
    if shape is Shape.DATE and milliseconds % _DAY_MS == 0:
        return CellKind.DATE, moment.date().isoformat()
    return CellKind.DATETIME, f"{moment.date().isoformat()} {_clock(moment.time())}"


def _instant(milliseconds: int, epoch: datetime) -> datetime | None:
    """Return the point in time so long after a workbook's day 0; None where there is none."""
    days = milliseconds // _DAY_MS
    if days < 0 or (epoch == EPOCH_1900 and days in (0, _FIRST_TRUE_SERIAL - 1)):
        return None
    if epoch == EPOCH_1900 and days < _FIRST_TRUE_SERIAL:
        milliseconds += _DAY_MS
    try:
        return epoch + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None


def _clock(moment: time) -> str:
    """Write a time of day to the second, or to the millisecond where the cell has any."""
    return moment.isoformat("milliseconds" if moment.microsecond else "seconds")


def _elapsed(milliseconds: int) -> str:
    seconds, fraction = divmod(abs(milliseconds), 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    text = f"{'-' if milliseconds < 0 else ''}{hour:02}:{minute:02}:{second:02}"
    return f"{text}.{fraction:03}" if fraction else text


def _time_value(text: str) -> time | timedelta | None:
    """Read a time of day, or a span of time where it is none."""
    found = _ELAPSED.fullmatch(text)
    if found is None:
        return time.fromisoformat(text)
    sign, hours, minutes, seconds, fraction = found.groups()
    if not sign and int(hours) < 24:  # noqa: PLR2004 - a day's hours
        return time.fromisoformat(text)
    span = timedelta(
        hours=int(hours),
        minutes=int(minutes),
        seconds=int(seconds),
        milliseconds=int(fraction or 0),
    )
    return -span if sign else span


def _no_value(_: str) -> None:
    return None


_VALUES: dict[CellKind, Callable[[str], CellValue]] = {
    CellKind.NUMBER: Decimal,
    CellKind.STYLED_NUMBER: Decimal,
    CellKind.BOOLEAN: "TRUE".__eq__,
    CellKind.DATE: date.fromisoformat,
    CellKind.DATETIME: datetime.fromisoformat,
    CellKind.TIME: _time_value,
    CellKind.ERROR: _no_value,
    CellKind.NO_VALUE: _no_value,
}
