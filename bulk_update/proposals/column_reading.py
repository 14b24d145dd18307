"""Determines the `type` that a column needs: the only reading that fits all its cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from bulk_update.cells.numbers import Negative
from bulk_update.cells.typed_cells import CellType
from bulk_update.messages.remarks import Remark
from bulk_update.proposals.blank_words import is_blank_word
from bulk_update.proposals.evidence import ColumnEvidence
from bulk_update.proposals.readings import Fit, Reading
from bulk_update.records import CellKind, Param

RuleKeys = tuple[tuple[str, str | tuple[str, ...]], ...]
"""Keys of a rule with their values, in the order of writing."""

_DATES = frozenset({CellType.DATE, CellType.DATETIME})
_DATE_CELLS = frozenset({CellKind.DATE, CellKind.DATETIME})
_NUMBER_CELLS = frozenset({CellKind.NUMBER, CellKind.STYLED_NUMBER})
_UNREADABLE = frozenset({CellKind.ERROR, CellKind.NO_VALUE})
_WORDS: Mapping[str, str] = MappingProxyType(
    {"tak": "nie", "yes": "no", "true": "false", "t": "n", "y": "n", "prawda": "fałsz"}
)
_NEARLY = 0.8
_USUAL_PHONE_SIGNS = " -()"


@dataclass(frozen=True, slots=True)
class ColumnReading:
    """The keys that a rule of the column needs, with remarks for the user.

    `is_certain` is False if no type reads all cells, so that some rows would be invalid.
    """

    keys: RuleKeys = ()
    remarks: tuple[Remark, ...] = ()
    is_certain: bool = True


_TEXT = ColumnReading()


def reading_of(column: ColumnEvidence, *, negated: bool = False) -> ColumnReading:
    """Return how to read a column as a field of the campaign: as text, unless that is wrong."""
    found = _of_kinds(column, negated=negated)
    keys, remarks = blanks_of(column)
    if column.unreadable:
        remarks = (*remarks, Remark("error-cells", {"count": column.unreadable}))
    if not remarks:
        return found
    return ColumnReading((*found.keys, *keys), (*found.remarks, *remarks), is_certain=False)


def blanks_of(column: ColumnEvidence) -> tuple[RuleKeys, tuple[Remark, ...]]:
    """Return `blanks` and its question for a column with words that may mean no value."""
    if not column.blank_words:
        return (), ()
    words = tuple(text for text, _ in column.blank_words)
    return (("blanks", words),), (Remark("blank-words", {"texts": words}),)


def date_fits(column: ColumnEvidence) -> list[Fit]:
    """Return the readings that fit every filled cell of a column of dates."""
    kinds = {kind for kind, count in column.kinds.items() if count} - _UNREADABLE
    if not kinds <= {None, *_DATE_CELLS}:
        return []
    of_texts = [fit for fit in column.fits if fit.fits_all and fit.reading.type in _DATES]
    if column.date_cells is None:
        return of_texts
    if not column.texts:
        return [column.date_cells]
    return [_joined(fit, column.date_cells) for fit in of_texts]


def date_keys(fit: Fit) -> RuleKeys:
    """Return `type` and `formats` of a column of dates, with or without times."""
    is_date = not fit.timed
    cell_type = CellType.DATE if is_date else CellType.DATETIME
    return _keys(Reading(cell_type, formats=fit.reading.formats))


def near_date_fit(column: ColumnEvidence) -> Fit | None:
    """Return the reading of dates that fits nearly all texts of a column, if exactly one does."""
    cells = column.date_cells
    if cells is not None and not date_fits(column):
        return _nearly_all(column, cells)
    near = [
        fit
        for fit in column.fits
        if fit.reading.type in _DATES
        and fit.misses
        and fit.cells >= _NEARLY * (fit.cells + fit.misses)
    ]
    return near[0] if len(near) == 1 else None


def _nearly_all(column: ColumnEvidence, cells: Fit) -> Fit | None:
    """Return the reading of a workbook's date cells, with the other cells as misses."""
    misses = sum(column.kinds.values()) - column.unreadable - cells.cells
    if cells.cells < _NEARLY * (cells.cells + misses) or not column.misplaced_text:
        return None
    return replace(cells, misses=misses, example=column.misplaced_text)


def ambiguous_dates(column: ColumnEvidence, fits: Iterable[Fit]) -> Remark:
    """Return the remark that several formats fit a column."""
    formats = tuple(dict.fromkeys(fit.reading.shown for fit in fits))
    return Remark("several-formats", {"examples": column.examples, "formats": formats})


def _joined(one: Fit, other: Fit) -> Fit:
    return Fit(
        one.reading,
        cells=one.cells + other.cells,
        future=one.future + other.future,
        timed=one.timed + other.timed,
    )


def _of_kinds(column: ColumnEvidence, *, negated: bool) -> ColumnReading:
    kinds = {kind for kind, count in column.kinds.items() if count} - _UNREADABLE
    if kinds <= {None}:
        return _of_texts(column, negated=negated)
    if kinds <= {None, CellKind.NUMBER}:
        return _of_number_cells(column)
    if kinds & _DATE_CELLS:
        return _of_date_cells(column)
    if kinds == {CellKind.BOOLEAN}:
        remarks = (Remark("negated"),) if negated else ()
        return ColumnReading((("type", CellType.BOOLEAN),), remarks, is_certain=not negated)
    if kinds <= _NUMBER_CELLS:
        return ColumnReading((("type", CellType.DECIMAL),))
    return ColumnReading((), (Remark("mixed-cells"),), is_certain=False)


def _of_number_cells(column: ColumnEvidence) -> ColumnReading:
    """Return the reading as text, which fits all of these cells, unless nearly all are decimals.

    The numbers may be phone numbers, some of which are typed without signs.
    """
    if column.phone_signs:
        return _of_phones(column)
    cells, texts = column.kinds[CellKind.NUMBER], column.texts
    if not texts or not column.has_fractions or cells < _NEARLY * (cells + texts):
        return _TEXT
    reading = Reading(CellType.DECIMAL)
    misses = misfit(Fit(reading, cells, misses=texts, example=column.misplaced_text))
    return ColumnReading(_keys(reading), (misses,), is_certain=False)


def _of_date_cells(column: ColumnEvidence) -> ColumnReading:
    mixed = ColumnReading((), (Remark("mixed-cells"),), is_certain=False)
    return _as_dates(column) or mixed


def _as_dates(column: ColumnEvidence) -> ColumnReading | None:
    """Return the reading of cells that are all or nearly all dates; None if they are not."""
    fits = date_fits(column)
    if fits:
        return _of_dates(column, fits)
    near = near_date_fit(column)
    return ColumnReading(date_keys(near), (misfit(near),), is_certain=False) if near else None


def _of_texts(column: ColumnEvidence, *, negated: bool) -> ColumnReading:
    dates = _as_dates(column)
    if dates:
        return dates
    words = _words_of_booleans(column)
    if words and negated:
        return ColumnReading((), (Remark("negated"),))
    if words:
        return ColumnReading((("type", CellType.BOOLEAN), *words))
    if column.phone_signs:
        return _of_phones(column)
    return _of_numbers(column)


def misfit(fit: Fit) -> Remark:
    """Return the remark about cells that a reading does not fit."""
    params: dict[str, Param] = {
        "format": fit.reading.shown,
        "count": fit.misses,
        "text": fit.example,
    }
    return Remark("some-do-not-fit", params)


def _of_dates(column: ColumnEvidence, fits: list[Fit]) -> ColumnReading:
    if len(fits) > 1:
        return ColumnReading((), (ambiguous_dates(column, fits),))
    return ColumnReading(date_keys(fits[0]))


def _of_numbers(column: ColumnEvidence) -> ColumnReading:
    fits = [fit for fit in column.fits if fit.fits_all and fit.reading.decimal]
    marked = [fit for fit in fits if fit.marked]
    if not marked:
        return _of_whole_numbers(column, fits)
    fit = marked[0]
    if fit.unclear == fit.marked:
        return ColumnReading((), (Remark("three-digits", {"examples": column.examples}),))
    return ColumnReading(_keys(fit.reading))


def _of_whole_numbers(column: ColumnEvidence, fits: list[Fit]) -> ColumnReading:
    """Return text, or a question if the numbers are written like amounts."""
    for fit in fits:
        if fit.reading.grouping or fit.reading.negative is not Negative.LEADING:
            remark = Remark("grouped", {"examples": column.examples})
            keys = _keys(replace(fit.reading, type=CellType.INTEGER, decimal=""))
            return ColumnReading(keys, (remark,), is_certain=False)
    return _TEXT


def _of_phones(column: ColumnEvidence) -> ColumnReading:
    signs = _USUAL_PHONE_SIGNS
    signs += "".join(sign for sign in column.phone_signs if sign not in signs)
    remark = Remark("phone-signs", {"examples": column.examples})
    return ColumnReading((("remove", signs),), (remark,), is_certain=False)


def _keys(reading: Reading) -> RuleKeys:
    keys: list[tuple[str, str | tuple[str, ...]]] = [("type", reading.type)]
    if reading.formats:
        keys.append(("formats", reading.formats))
    if reading.decimal == ",":
        keys.append(("decimal", reading.decimal))
    if reading.grouping and (reading.decimal, reading.grouping) != (",", " "):
        keys.append(("grouping", reading.grouping))
    if reading.negative is not Negative.LEADING:
        keys.append(("negative", reading.negative))
    return tuple(keys)


def _words_of_booleans(column: ColumnEvidence) -> RuleKeys:
    """Return the words for true and false, in each spelling, if a column holds one known pair."""
    spellings: dict[str, list[str]] = defaultdict(list)
    for text, _ in column.values or ():
        if not is_blank_word(text):
            spellings[text.casefold()].append(text)
    for true, false in _WORDS.items():
        if set(spellings) == {true, false}:
            return (("true", tuple(spellings[true])), ("false", tuple(spellings[false])))
    return ()
