"""Serialization of workbook cells between processes: as text, or as kind and text.

The text of a typed cell is the one that this tool writes to its files. The cell's value can be
restored from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from bulk_update.records import CellKind, CellValue, TypedCell

RawCell = str | tuple[CellKind, str]
"""A serialized cell."""

_HOURS_OF_A_DAY = 24
_ELAPSED = re.compile(r"(-?)([0-9]+):([0-9]{2}):([0-9]{2})(?:\.([0-9]{3}))?")


def typed_cell(kind: CellKind, text: str) -> TypedCell:
    """Restore a typed cell with its value."""
    return TypedCell(kind, text, _VALUES[kind](text))


def _time_value(text: str) -> time | timedelta | None:
    """Parse a time of day, or else a duration."""
    found = _ELAPSED.fullmatch(text)
    if found is None:
        return time.fromisoformat(text)
    sign, hours, minutes, seconds, fraction = found.groups()
    if not sign and int(hours) < _HOURS_OF_A_DAY:
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
