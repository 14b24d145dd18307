"""A column of cells, mapped through its distinct cells.

A rule is a pure function of one cell, so it is called once for each distinct cell: a column of a
million cells with two words costs little more than the two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import DTypeLike, NDArray

from bulk_update.cells.ordinary import ReadAtOnce, one_by_one
from bulk_update.records import Issue, TypedCell

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class ColumnRule(Generic[Result]):
    """What the mapping makes of a column, of several joined ones, or of none (a constant).

    `read` maps a cell or, where the rule `joins` columns, a tuple of cells. `refusal` says why
    it cannot use a workbook's cell, whatever the text of the cell is. `columns` are the names of
    the columns. `read_at_once` maps all cells just as `read` does, or returns None.
    """

    positions: tuple[int, ...]
    read: Callable[[Any], Result | Issue]
    refusal: Callable[[TypedCell], Issue | None]
    columns: tuple[str, ...] = ()
    joins: bool = False
    read_at_once: ReadAtOnce = one_by_one

    def map_cells(self, frame: pd.DataFrame) -> MappedColumn[Result]:
        """Map the cells of the rule's columns, each distinct one once."""
        index_of_distinct, distinct = pd.factorize(self._cells(frame))
        cells = distinct.tolist()
        results: list[Any] = self.read_at_once(cells) or list(map(self.read, cells))
        issues: dict[int, Issue] = {}
        if Issue in set(map(type, results)):
            for index, result in enumerate(results):
                if isinstance(result, Issue):
                    issues[index] = results[index] = replace(result, columns=self.columns)
        return MappedColumn(self, index_of_distinct, results, issues)

    def _cells(self, frame: pd.DataFrame) -> NDArray[np.object_]:
        if not self.positions:
            return np.full(len(frame), "", dtype=object)
        columns = [frame[position].to_numpy(dtype=object) for position in self.positions]
        if not self.joins:
            return columns[0]
        return np.fromiter(zip(*columns, strict=True), dtype=object, count=len(frame))


@dataclass(frozen=True, slots=True)
class MappedColumn(Generic[Result]):
    """The distinct results of a rule, and for each row the index of its result.

    `issues` are the results that are an Issue, by their index.
    """

    rule: ColumnRule[Result]
    index_of_distinct: NDArray[np.intp]
    results: list[Result | Issue]
    issues: dict[int, Issue]

    @property
    def is_invalid(self) -> NDArray[np.bool_]:
        """For each row, whether its result is an Issue."""
        flags = np.zeros(len(self.results), dtype=np.bool_)
        flags[list(self.issues)] = True
        return flags[self.index_of_distinct]

    def issue_at(self, row_index: int) -> Issue | None:
        """Return the row's Issue, if it has one."""
        return self.issues.get(int(self.index_of_distinct[row_index]))

    def valid_results(self) -> list[Result | None]:
        """Return each row's result, None in place of an Issue."""
        valid: list[Any] = self.results
        if self.issues:
            valid = [None if isinstance(result, Issue) else result for result in valid]
        rows: list[Result | None] = self.spread(valid, np.object_).tolist()
        return rows

    def spread(self, answers: Sequence[Any], dtype: DTypeLike) -> NDArray[Any]:
        """Return each row's answer, given one answer for each distinct result."""
        return np.array(answers, dtype=dtype)[self.index_of_distinct]
