"""Columns of cells, mapped by their distinct cells.

A rule is a pure function of one cell, so it is called once per distinct cell. A column of a million
cells with two different words costs little more than two calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import DTypeLike, NDArray

from bulk_update.cells.ordinary import ReadAtOnce, one_by_one
from bulk_update.records import Issue, TypedCell

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class ColumnRule(Generic[Result]):
    """A rule bound to a column, to several joined columns, or to none (a constant).

    `read` maps a cell or, if the rule `joins` columns, a tuple of cells. `refusal` returns why it
    cannot use this kind of workbook cell, whatever its text. `columns` are the names of the
    columns. `reader_for`, if set, makes a faster `read` for cells, given all their text as one.
    `read_at_once` maps all cells exactly as `read` does, or returns None.
    """

    positions: tuple[int, ...]
    read: Callable[[Any], Result | Issue]
    refusal: Callable[[TypedCell], Issue | None]
    columns: tuple[str, ...] = ()
    joins: bool = False
    read_at_once: ReadAtOnce = one_by_one
    reader_for: Callable[[str], Callable[[Any], Result | Issue]] | None = None

    def map_cells(self, frame: pd.DataFrame) -> MappedColumn[Result]:
        """Map the cells of the rule's columns, each distinct cell once."""
        index_of_distinct, distinct = pd.factorize(self._cells(frame))
        cells = distinct.tolist()
        text = _all_text(chain.from_iterable(cells) if self.joins else cells)
        read = self.read if self.reader_for is None else self.reader_for(text)
        results: list[Any] = self.read_at_once(cells) or list(map(read, cells))
        issues: dict[int, Issue] = {}
        if Issue in set(map(type, results)):
            for index, result in enumerate(results):
                if isinstance(result, Issue):
                    issues[index] = results[index] = replace(result, columns=self.columns)
        return MappedColumn(self, index_of_distinct, cells, text, results, issues)

    def _cells(self, frame: pd.DataFrame) -> NDArray[np.object_]:
        if not self.positions:
            return np.full(len(frame), "", dtype=object)
        columns = [frame[position].to_numpy(dtype=object) for position in self.positions]
        if not self.joins:
            return columns[0]
        return np.fromiter(zip(*columns, strict=True), dtype=object, count=len(frame))


def _all_text(cells: Iterable[Any]) -> str:
    return "\n".join([cell for cell in cells if type(cell) is str])


@dataclass(frozen=True, slots=True)
class MappedColumn(Generic[Result]):
    """The distinct cells of a column with their results, and for each row the index of its cell.

    `text` holds the texts of all distinct cells, one per line. `issues` are the results that are
    an Issue, by index.
    """

    rule: ColumnRule[Result]
    index_of_distinct: NDArray[np.intp]
    distinct: list[Any]
    text: str
    results: list[Result | Issue]
    issues: dict[int, Issue]

    @property
    def is_invalid(self) -> NDArray[np.bool_]:
        """For each row, whether its result is an Issue."""
        flags = np.zeros(len(self.results), dtype=np.bool_)
        flags[list(self.issues)] = True
        return flags[self.index_of_distinct]

    def issue_at(self, row_index: int) -> Issue | None:
        """Return the row's Issue, or None."""
        return self.issues.get(int(self.index_of_distinct[row_index]))

    def valid_results(self) -> list[Result | None]:
        """Return each row's result, with None in place of an Issue."""
        valid: list[Any] = self.results
        if self.issues:
            valid = [None if isinstance(result, Issue) else result for result in valid]
        rows: list[Result | None] = self.spread(valid, np.object_).tolist()
        return rows

    def spread(self, values: Sequence[Any], dtype: DTypeLike) -> NDArray[Any]:
        """Return one entry per row, given one per distinct result."""
        return np.array(values, dtype=dtype)[self.index_of_distinct]
