"""The words in the columns of `where`, to report if it excludes every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from bulk_update.records import Issue, Status, TypedCell
from bulk_update.translation.mapped_columns import MappedColumn
from bulk_update.translation.row_filter import RowFilter

MOST_WORDS = 1_000
"""Distinct words counted per column; a column with more is hardly meant for filtering."""

_LONGEST_WORD = 100
_WORDS_SHOWN = 5


class FilterWords:
    """Counts words until the first row takes part."""

    def __init__(self, row_filter: RowFilter) -> None:
        self._columns = [condition.column for condition in row_filter.conditions]
        self._words: dict[str, Counter[str]] = {column: Counter() for column in self._columns}

    def see(self, column: MappedColumn[Any], outcomes: Sequence[str | None]) -> None:
        """Count the words of a chunk."""
        if not self._columns:
            return
        if any(outcome != Status.FILTERED for outcome in outcomes):
            self._columns.clear()
            return
        rows = np.bincount(column.index_of_distinct, minlength=len(column.distinct)).tolist()
        for cells, count in zip(column.distinct, rows, strict=True):
            for name, cell in zip(
                self._columns, cells if column.rule.joins else (cells,), strict=True
            ):
                text = cell.text if isinstance(cell, TypedCell) else cell
                self._add(self._words[name], text.strip()[:_LONGEST_WORD], count)

    def _add(self, words: Counter[str], word: str, count: int) -> None:
        if word in words or len(words) < MOST_WORDS:
            words[word] += count

    def issues(self) -> tuple[Issue, ...]:
        """Return an Issue per column with its most frequent words; none if any row takes part."""
        return tuple(_words_issue(name, self._words[name]) for name in self._columns)


def _words_issue(column: str, words: Counter[str]) -> Issue:
    shown = words.most_common(_WORDS_SHOWN)
    counted = tuple(text for word, count in shown for text in (word, str(count)))
    return Issue(
        "filter-words", {"words": counted, "left_out": len(words) - len(shown)}, columns=(column,)
    )
