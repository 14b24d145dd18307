"""A column of cells, mapped through its distinct cells.

A rule is a pure function of one cell, so it is asked once for each distinct cell, and a column
of a million cells with two words costs little more than the two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import DTypeLike, NDArray

from bulk_update.records import Issue

Objects = NDArray[np.object_]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class MappedColumn(Generic[Result]):
    """What became of a column's cells: the distinct results, and each row's place among them."""

    codes: NDArray[np.intp]
    results: list[Result | Issue]

    @property
    def invalid(self) -> NDArray[np.bool_]:
        """For each row, whether its result is an Issue."""
        return self.each(lambda result: isinstance(result, Issue), np.bool_)

    def issue_at(self, index: int) -> Issue | None:
        """Return the row's Issue, if it has one."""
        result = self.results[self.codes[index]]
        return result if isinstance(result, Issue) else None

    def each(self, answer: Callable[[Result | Issue], Any], dtype: DTypeLike) -> NDArray[Any]:
        """Return, for each row, the answer about its result."""
        return np.array([answer(result) for result in self.results], dtype=dtype)[self.codes]


def map_cells(
    cells: Objects, rule: Callable[[Any], Result | Issue]
) -> MappedColumn[Result]:
    """Map each distinct cell of a column by a pure rule."""
    codes, distinct = pd.factorize(cells)
    return MappedColumn(codes, [rule(cell) for cell in distinct])


def same_for_all(result: Result | Issue, *, rows: int) -> MappedColumn[Result]:
    """Return a column whose rows all have the same result."""
    return MappedColumn(np.zeros(rows, dtype=np.intp), [result])
