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
from bulk_update.cells.numbers import GROUPINGS, Negative
from bulk_update.cells.typed_cells import CellType

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
_MOST_DIGITS = 15
_GROUPING_OF = {each: grouping for grouping, alike in GROUPINGS.items() for each in alike}
_SPACE = " "
_DIGITS_OF_A_GROUP = 3

_Read = Callable[[str], datetime | None]


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a column: a type and the keys that it needs."""

    type: CellType = CellType.TEXT
    formats: tuple[str, ...] = ()
    decimal: str = ""
    grouping: str = ""
    negative: Negative = Negative.LEADING

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

    def __init__(self, reading: Reading, read: _Read, *, today: date) -> None:
        self._reading, self._read = reading, read
        self._today = datetime(today.year, today.month, today.day)  # noqa: DTZ001 - a file has no time zone
        self._cells = self._misses = self._missed_texts = 0
        self._future = self._timed = 0
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
            self._note_moment(value, text, count)
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
            future=self._future,
            timed=self._timed,
        )


class NumberTrial:
    """Tries to read the texts of a column as numbers with one decimal separator.

    Grouping and sign are those that the texts show; a column that shows two of either is none.
    """

    def __init__(self, decimal: str) -> None:
        self._decimal = decimal
        self._pattern = _NUMBERS[decimal]
        self._groupings: set[str] = set()
        self._negatives: set[Negative] = set()
        self._cells = self._marked = self._unclear = 0
        self._is_refuted = False

    def take(self, texts: Iterable[tuple[str, int]]) -> bool:
        """Try different texts with how often they occur; return whether to go on with this."""
        for text, count in texts:
            found = self._pattern.fullmatch(text)
            if (
                found is None
                or not _has_one_sign(found)
                or sum(map(str.isdecimal, text)) > _MOST_DIGITS
            ):
                self._is_refuted = True
                return False
            if found["group"]:
                self._groupings.add(_GROUPING_OF[found["group"]])
            if found["open"] or found["trailing"]:
                self._negatives.add(Negative.PARENTHESES if found["open"] else Negative.TRAILING)
            self._cells += count
            self._marked += count * bool(found["fraction"])
            self._unclear += count * _may_be_grouped(found)
        return True

    def fit(self) -> Fit | None:
        """Return how the column is read; None if it is not."""
        groupings = self._groupings
        if self._decimal == "," and len(groupings) > 1:
            groupings = groupings - {_SPACE}  # with a decimal comma, spaces are always read
        if self._is_refuted or not self._cells or max(len(groupings), len(self._negatives)) > 1:
            return None
        reading = Reading(
            CellType.DECIMAL,
            decimal=self._decimal,
            grouping=next(iter(groupings), ""),
            negative=next(iter(self._negatives), Negative.LEADING),
        )
        return Fit(reading, self._cells, marked=self._marked, unclear=self._unclear)


def _may_be_grouped(number: re.Match[str]) -> bool:
    """Return whether the only separator may also be one between thousands: `1,500`."""
    fraction, whole = number["fraction"] or "", number["whole"]
    return len(fraction) == _DIGITS_OF_A_GROUP >= len(whole) and whole != "0"


def _number_pattern(decimal: str) -> re.Pattern[str]:
    """Make the pattern of plain numbers, which excludes codes such as `007`."""
    groups = "".join(_GROUPING_OF).replace(decimal, "")
    grouped = f"[1-9][0-9]{{0,2}}(?:(?P<group>[{groups}])[0-9]{{3}}(?:(?P=group)[0-9]{{3}})*)"
    number = f"(?P<whole>{grouped}|0|[1-9][0-9]*)(?:[{decimal}](?P<fraction>[0-9]+))?"
    return re.compile(
        rf"(?P<open>\()?(?P<sign>[-+\u2212] ?)?{number}(?P<trailing> ?[-\u2212])?(?P<close>\))?"
    )


def _has_one_sign(number: re.Match[str]) -> bool:
    """Return whether parentheses are complete, and at most one notation of a sign is used."""
    signs = [number["open"], number["sign"], number["trailing"]]
    return bool(number["open"]) == bool(number["close"]) and sum(map(bool, signs)) <= 1


_NUMBERS = {decimal: _number_pattern(decimal) for decimal in ".,"}


def trials(today: date) -> Iterator[Trial | NumberTrial]:
    """Yield a fresh trial of every reading."""
    for reading, read in _date_readings():
        yield Trial(reading, read, today=today)
    yield from map(NumberTrial, ".,")


@lru_cache(1)
def _date_readings() -> tuple[tuple[Reading, _Read], ...]:
    """Return every reading of dates with its function."""
    dates = [
        (
            Reading(CellType.DATETIME if "%H" in text else CellType.DATE, formats=(text,)),
            _dated(parse_date_format(text).read),
        )
        for text in _FORMATS
    ]
    return ((Reading(CellType.DATETIME), _dated(ISO_DATETIME.read)), *dates)


_FORMATS = tuple(f"{day}{time}" for day in _DAYS for time in ("", *_TIMES))


def _dated(read: _Read) -> _Read:
    def dated(text: str) -> datetime | None:
        if not text[:1].isdigit():
            return None
        value = read(text)
        return value if value and _FIRST_YEAR <= value.year <= _LAST_YEAR else None

    return dated
