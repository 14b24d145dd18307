"""Counts what the rows of a file change, while it is translated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulk_update.cells.damage import unreadable
from bulk_update.mapping import Mapping
from bulk_update.plan import MOST_STATUSES, ChangeCounts
from bulk_update.records import Chunk
from bulk_update.translation.column_rules import MappedColumns
from bulk_update.translation.mapped_columns import ColumnRule, MappedColumn
from bulk_update.translation.priority import Priority

STATUS = ("status_id",)
"""The field whose values are counted, as its path in a body."""


class ChangeCounter:
    """Counts the rows with a body by status and by text of `priority`, chunk by chunk.

    Only distinct cells are looked at one by one. `seen` are the texts of `priority` that any row
    of the file shows, whatever became of it.
    """

    def __init__(self, mapping: Mapping, priority: Priority | None) -> None:
        paths = mapping.body_paths
        self._status = paths.index(STATUS) if STATUS in paths else None
        self._priority = None
        if priority is not None:
            self._priority = ColumnRule((priority.position,), priority.text_of, unreadable)
        self._rows = 0
        self._statuses: Counter[str] | None = Counter()
        self._first: Counter[str] = Counter()
        self.seen: set[str] = set()

    def see(self, chunk: Chunk, columns: MappedColumns, masks: Sequence[bytes | None]) -> None:
        """Count the rows of a chunk; those without a mask change nothing."""
        changes = np.array([mask is not None for mask in masks], dtype=np.bool_)
        self._rows += int(changes.sum())
        if self._status is not None and self._statuses is not None:
            found = _counts(columns.fields[self._status], changes)
            self._statuses.update({status: rows for status, rows in found.items() if status})
            if len(self._statuses) > MOST_STATUSES:
                self._statuses = None
        if self._priority is not None:
            column = self._priority.map_cells(chunk.frame)
            self.seen |= {text for text in column.results if isinstance(text, str)}
            self._first.update(_counts(column, changes))

    def counts(self) -> ChangeCounts:
        """Return the counts of the chunks so far."""
        return ChangeCounts(
            self._rows,
            None if self._statuses is None else dict(self._statuses),
            dict(self._first),
        )


def _counts(column: MappedColumn[Any], changes: NDArray[np.bool_]) -> Counter[str]:
    """Return the number of changes with each of a column's texts."""
    rows = np.bincount(column.index_of_distinct[changes], minlength=len(column.results))
    found: Counter[str] = Counter()
    for result, count in zip(column.results, rows.tolist(), strict=True):
        if count and isinstance(result, str):
            found[result] += count
    return found
