"""Notes for the plan: values that are valid but may not be what the author meant.

The text of all distinct cells of a chunk is searched at once first, which costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulk_update.cells.damage import GUARD, unguarded
from bulk_update.cells.typed_cells import CellType
from bulk_update.mapping import Mapping
from bulk_update.mapping.schema import ExportColumn
from bulk_update.records import Chunk, Issue, Param, Status
from bulk_update.translation.column_rules import MappedColumns
from bulk_update.translation.filter_words import FilterWords
from bulk_update.translation.mapped_columns import MappedColumn
from bulk_update.translation.row_filter import RowFilter

NULL_WORDS = frozenset({"NULL", "\\N"})
"""Texts that databases export for a cell without a value."""

DISTANT_YEARS = 5

_LEAST_DIGITS = 12
"""A number with its country code twice has at least as many; most correct ones have fewer."""

Found = dict[int, str]
"""Noteworthy texts, by the index of their distinct cell."""


@dataclass(slots=True)
class _Count:
    """The number of rows with a note, and the first of them."""

    text: str
    row: int
    rows: int = 0


class FileNotes:
    """Counts the rows with notes, chunk by chunk."""

    def __init__(self, mapping: Mapping, *, today: date) -> None:
        self._counts: dict[tuple[str, str, tuple[str, ...]], _Count] = {}
        self._null_words = tuple(_null_words(mapping))
        self._doubled = dict(_doubled_prefixes(mapping))
        self._calls = _CallDates(mapping, today)
        self._filter = RowFilter(mapping.where)
        self.filter_words = FilterWords(self._filter)

    def see(self, chunk: Chunk, columns: MappedColumns, outcomes: Sequence[str | None]) -> None:
        """Count the notes of a chunk; rows that `where` excludes get notes about `where` only."""
        rows = _Rows(chunk, outcomes)
        self.filter_words.see(columns.takes_part, outcomes)
        for column, words in zip(columns, self._null_words, strict=True):
            if GUARD in column.text:
                self._note("guarded-cells", column, _guarded(column), rows)
            if any(word in column.text for word in words):
                self._note("null-words", column, _cells_among(column, words), rows)
        for index, doubled in self._doubled.items():
            column = columns.fields[index]
            self._note("doubled-prefix", column, _beginning_with(column, doubled), rows)
        for code, column, found in self._calls.of(columns):
            self._note(code, column, found, rows)
        column = columns.takes_part
        left_out, kept = self._filter.decided_by_capitals(column.distinct)
        self._note("capitals", column, left_out, rows, filtered=True)
        self._note("capitals", column, kept, rows, variant="kept")

    def issues(self) -> Iterator[Issue]:
        """Yield the notes, each with the number of rows and the first of them."""
        for (code, variant, columns), count in self._counts.items():
            params: dict[str, Param] = {"count": count.rows, "text": count.text, "row": count.row}
            yield Issue(code, params, variant, columns)

    def _note(
        self,
        code: str,
        column: MappedColumn[Any],
        found: Found,
        rows: _Rows,
        *,
        variant: str = "",
        filtered: bool = False,
    ) -> None:
        if not found:
            return
        is_noted = np.isin(column.index_of_distinct, list(found))
        indexes = np.flatnonzero(is_noted & (rows.is_filtered() == filtered))
        if not len(indexes):
            return
        first = int(indexes[0])
        text = found[int(column.index_of_distinct[first])]
        key = (code, variant, column.rule.columns)
        count = self._counts.setdefault(key, _Count(text, rows.number(first)))
        count.rows += len(indexes)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a chunk: their numbers, and which of them `where` excludes."""

    chunk: Chunk
    outcomes: Sequence[str | None]

    def number(self, index: int) -> int:
        return int(self.chunk.frame.index[index])

    def is_filtered(self) -> NDArray[np.bool_]:
        return np.array([outcome == Status.FILTERED for outcome in self.outcomes], dtype=np.bool_)


def _null_words(mapping: Mapping) -> Iterator[frozenset[str]]:
    """Yield the noteworthy words of each column, in the order of `MappedColumns`."""
    yield frozenset()  # where
    yield frozenset()  # campaign
    yield NULL_WORDS - mapping.blank_words(mapping.identifier)
    for _, rule in mapping.update.rules():
        yield NULL_WORDS - mapping.blank_words(rule) - set(rule.lookup or ())
    if isinstance(mapping.not_called_since, ExportColumn):
        yield frozenset()  # no such word is a valid time


def _doubled_prefixes(mapping: Mapping) -> Iterator[tuple[int, str]]:
    """Yield the fields, by index, whose prefix has a sign and digits, as in `+48`, with the digits.

    A `pattern` decides what such a field may look like. Example: `+4848`.
    """
    for index, (_, rule) in enumerate(mapping.update.rules()):
        prefix = rule.prefix or ""
        digits = prefix.lstrip("+")
        if digits != prefix and digits.isdigit() and rule.pattern is None:
            yield index, prefix + digits


def _beginning_with(column: MappedColumn[Any], doubled: str) -> Found:
    return {
        index: result
        for index, result in enumerate(column.results)
        if isinstance(result, str)
        and result.startswith(doubled)
        and sum(map(str.isdigit, result)) >= _LEAST_DIGITS
    }


def _parts(column: MappedColumn[Any]) -> Iterator[tuple[int, str]]:
    """Yield the trimmed texts of each distinct cell or tuple of cells, with its index."""
    for index, cells in enumerate(column.distinct):
        for cell in cells if column.rule.joins else (cells,):
            if isinstance(cell, str):
                yield index, cell.strip()


def _guarded(column: MappedColumn[Any]) -> Found:
    return {index: text for index, text in _parts(column) if unguarded(text) != text}


def _cells_among(column: MappedColumn[Any], words: frozenset[str]) -> Found:
    return {index: text for index, text in _parts(column) if text in words}


class _CallDates:
    """Finds implausible values of `next_call_date`, for limits that its rule does not set."""

    def __init__(self, mapping: Mapping, today: date) -> None:
        paths = [path for path, _ in mapping.update.rules()]
        rule = mapping.update.next_call_date
        is_date = rule is not None and rule.type in {CellType.DATE, CellType.DATETIME}
        self._index = paths.index(("next_call_date",)) if is_date else None
        self._first = today.isoformat() if rule and not rule.earliest else None
        last = _years_later(today, DISTANT_YEARS)
        self._last = last.isoformat() if rule and not rule.latest else None

    def of(self, columns: MappedColumns) -> Iterator[tuple[str, MappedColumn[str | None], Found]]:
        """Yield the code, column and texts of each note."""
        if self._index is None:
            return
        column = columns.fields[self._index]
        days = {
            index: result
            for index, result in enumerate(column.results)
            if isinstance(result, str) and result
        }
        if days and self._first and min(days.values()) < self._first:
            yield "past-calls", column, {i: day for i, day in days.items() if day < self._first}
        if days and self._last and max(days.values())[:10] > self._last:
            late = {i: day for i, day in days.items() if day[:10] > self._last}
            yield "distant-calls", column, late


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)
