"""A column of cells, mapped through its distinct cells.

A rule is a pure function of one cell, so it is asked once for each distinct cell, and a column
of a million cells with two words costs little more than the two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import DTypeLike, NDArray

from bulk_update.records import Issue

Objects = NDArray[np.object_]
Result = TypeVar("Result")


def _as_it_is(issue: Issue) -> Issue:
    return issue


@dataclass(frozen=True, slots=True)
class MappedColumn(Generic[Result]):
    """What became of a column's cells: the distinct results, and each row's place among them.

    `issues` are the places of the results that are an Issue.
    """

    codes: NDArray[np.intp]
    results: list[Result | Issue]
    issues: dict[int, Issue]

    @property
    def invalid(self) -> NDArray[np.bool_]:
        """For each row, whether its result is an Issue."""
        flags = np.zeros(len(self.results), dtype=np.bool_)
        flags[list(self.issues)] = True
        return flags[self.codes]

    def issue_at(self, index: int) -> Issue | None:
        """Return the row's Issue, if it has one."""
        return self.issues.get(int(self.codes[index]))

    def spread(self, answers: list[Any], dtype: DTypeLike) -> NDArray[Any]:
        """Return each row's answer, given one answer for each distinct result."""
        return np.array(answers, dtype=dtype)[self.codes]


def mapped_column(codes: NDArray[np.intp], results: list[Result | Issue]) -> MappedColumn[Result]:
    """Make a column from its distinct results."""
    issues: dict[int, Issue] = {}
    if Issue in set(map(type, results)):
        issues = {place: each for place, each in enumerate(results) if isinstance(each, Issue)}
    return MappedColumn(codes, results, issues)


def is_text(cells: Objects) -> bool:
    """Tell whether all cells are plain text, as all those of text files are."""
    return pd.api.types.infer_dtype(cells, skipna=False) == "string"


def map_cells(
    cells: Objects,
    rule: Callable[[Any], Result | Issue],
    *,
    label: Callable[[Issue], Issue] = _as_it_is,
    shortcut: Callable[[Any], Sequence[Result] | None] | None = None,
) -> MappedColumn[Result]:
    """Map each distinct cell of a column by a pure rule; `label` says in an issue where it is.

    `shortcut` maps all of them at once, where they are texts that it knows.
    """
    codes, distinct = pd.factorize(cells)
    if shortcut and is_text(distinct) and (results := shortcut(distinct)) is not None:
        return MappedColumn(codes, list(results), {})
    column = mapped_column(codes, list(map(rule, distinct)))
    for place, issue in column.issues.items():
        column.issues[place] = column.results[place] = label(issue)
    return column


def same_for_all(*, result: Result | Issue, rows: int) -> MappedColumn[Result]:
    """Return a column whose rows all have the same result."""
    return mapped_column(np.zeros(rows, dtype=np.intp), [result])
