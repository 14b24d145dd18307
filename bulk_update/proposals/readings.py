"""Readings of a column's texts: a fixed list of date and number formats, tried on every cell.

A single cell decides nothing: a reading is used only if it fits the whole column and no other
reading fits, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from bulk_update.cells.date_formats import ISO_DATETIME, parse_date_format
from bulk_update.cells.numbers import NumberNotation, decimal_converter
from bulk_update.cells.typed_cells import CellType
from bulk_update.records import Issue

_DAYS = (
    "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%Y", "%m-%d-%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d",
    "%Y.%m.%d", "%d.%m.%y", "%m.%d.%y", "%y.%m.%d", "%d/%m/%y", "%m/%d/%y", "%y/%m/%d",
    "%d-%m-%y", "%m-%d-%y", "%y-%m-%d", "%Y%m%d",
)  # fmt: skip
_TIMES = (" %H:%M", " %H:%M:%S", ", %H:%M", "T%H:%M:%S")
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
"""Eight digits are read as a date only if the year is plausible."""
_MOST_MISSES = 20
"""A reading that does not fit more distinct texts is not mentioned."""
_STARTS_LIKE_A_NUMBER = re.compile("[-+]?[0-9]")
_MOST_DIGITS = 15
_LEADING_ZERO = re.compile("[+-]?0[0-9]")
_THREE_DIGITS = re.compile("[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_GROUPED = {
    ".": re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+"),
    ",": re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a column: a type and the keys that it needs."""

    type: CellType
    formats: tuple[str, ...] = ()
    decimal: str = ""
    grouping: str = ""

    @property
    def shown(self) -> str:
        """The format as people write it: `DD.MM.YYYY`."""
        if not self.formats:
            return "ISO 8601" if self.type in {CellType.DATE, CellType.DATETIME} else self.type
        return parse_date_format(self.formats[0]).shown


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a reading fits the texts of a column.

    `cells` counts the texts that it reads, `misses` those that it does not, with an example.
    `marked` counts cells that contain the decimal separator, `unclear` those in which it could also
    be a thousands separator. `future` counts dates from today on, `timed` dates with a time.
    """

    reading: Reading
    cells: int = 0
    misses: int = 0
    example: str = ""
    marked: int = 0
    unclear: int = 0
    future: int = 0
    timed: int = 0

    @property
    def fits_all(self) -> bool:
        """Whether the reading fits every text of the column."""
        return self.cells > 0 and not self.misses


class Trial:
    """Tries one reading on the texts of a column until too many do not fit."""

    def __init__(self, reading: Reading, read: Callable[[str], object], *, today: date) -> None:
        self._reading, self._read = reading, read
        self._today = datetime(today.year, today.month, today.day)  # noqa: DTZ001 - a file's dates have no zone
        self._cells = self._misses = self._missed_texts = 0
        self._marked = self._unclear = self._future = self._timed = 0
        self._example = ""

    def take(self, texts: Iterable[tuple[str, int]]) -> bool:
        """Try distinct texts with their counts; return whether to go on with this reading."""
        read = self._read
        for text, count in texts:
            value = read(text)
            if value is None:
                self._misses += count
                self._missed_texts += 1
                self._example = self._example or text
                if self._missed_texts > _MOST_MISSES:
                    return False
                continue
            self._cells += count
            if isinstance(value, datetime):
                self._note_moment(value, text, count)
            else:
                self._marked += count * (self._reading.decimal in text)
                self._unclear += count * (_THREE_DIGITS.fullmatch(text) is not None)
        return True

    def _note_moment(self, value: datetime, text: str, count: int) -> None:
        moment = value.replace(tzinfo=None)
        self._future += count * (moment >= self._today)
        self._timed += count * (":" in text)

    def fit(self) -> Fit | None:
        """Return how well the reading fits; None if too many texts do not fit."""
        if self._missed_texts > _MOST_MISSES or not self._cells:
            return None
        return Fit(
            self._reading,
            self._cells,
            self._misses,
            self._example,
            self._marked,
            self._unclear,
            self._future,
            self._timed,
        )


def trials(today: date) -> Iterator[Trial]:
    """Yield a fresh trial of every reading."""
    for reading, read in _readings():
        yield Trial(reading, read, today=today)


@lru_cache(1)
def _readings() -> tuple[tuple[Reading, Callable[[str], object]], ...]:
    """Return every reading with its function: plain numbers before those with thousands."""
    dates = [
        (
            Reading(CellType.DATETIME if "%H" in text else CellType.DATE, formats=(text,)),
            _dated(parse_date_format(text).read),
        )
        for text in _FORMATS
    ]
    numbers = [
        (Reading(CellType.DECIMAL, decimal=separator), _number(separator)) for separator in ".,"
    ]
    grouped = [
        (
            Reading(CellType.DECIMAL, decimal=decimal, grouping=grouping),
            _grouped(_GROUPED[grouping], decimal),
        )
        for grouping, decimal in (".,", ",.")
    ]
    iso = (Reading(CellType.DATETIME), _dated(ISO_DATETIME.read))
    return (iso, *dates, *numbers, *grouped)


_FORMATS = tuple(f"{day}{time}" for day in _DAYS for time in ("", *_TIMES))


def _dated(read: Callable[[str], datetime | None]) -> Callable[[str], object]:
    def dated(text: str) -> object:
        if not text[:1].isdigit():
            return None
        value = read(text)
        return value if value and _FIRST_YEAR <= value.year <= _LAST_YEAR else None

    return dated


def _number(separator: str) -> Callable[[str], object]:
    convert = decimal_converter(NumberNotation(separator))

    def number(text: str) -> object:
        """Read a number, unless it may be a code or has been shortened."""
        if _STARTS_LIKE_A_NUMBER.match(text) is None or _LEADING_ZERO.match(text):
            return None
        found = convert(text)
        if isinstance(found, Issue) or len(found.lstrip("-").replace(".", "")) > _MOST_DIGITS:
            return None
        return found

    return number


def _grouped(pattern: re.Pattern[str], decimal: str) -> Callable[[str], object]:
    number = _number(decimal)

    def grouped(text: str) -> object:
        return text if pattern.fullmatch(text) else number(text)

    return grouped
