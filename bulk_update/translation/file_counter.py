"""The counts of a file for its plan's profile: statuses, clears and blank cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulk_update.learned import FileCounts
from bulk_update.learned.profile import RARE
from bulk_update.mapping import Mapping
from bulk_update.translation.column_rules import MappedColumns
from bulk_update.translation.mapped_columns import MappedColumn
from bulk_update.translation.row_outcomes import FieldMasks, RowOutcomes

_STATUS_FIELDS = ("status_id", "dictionary_status_id")

_STATUS_ID = re.compile("[0-9]{1,6}")
"""Other texts may be from a wrong column and about a person; only their rows are counted."""

_FEWEST_ROWS = 5
_MOST_STATUSES = 50
"""A profile names the most frequent statuses, and only those of several rows."""

_MOST_COUNTED = 10_000


class FileCounter:
    """Counts statuses, clears and blank cells, chunk by chunk.

    Blank cells are counted among the rows that `where` does not exclude; in its own columns, among
    all rows.
    """

    def __init__(self, mapping: Mapping) -> None:
        self._field_names = mapping.field_names
        self._blank_words = _blank_words(mapping)
        self._of_where = {condition.column for condition in mapping.where}
        self._changes = 0
        self._clears = np.zeros(len(self._field_names), dtype=np.int64)
        self._statuses: dict[str, Counter[str]] = {
            name: Counter() for name in self._field_names if name in _STATUS_FIELDS
        }
        self._blank_cells: Counter[str] = Counter()
        self._cells: Counter[str] = Counter()

    def see(
        self,
        cells: MappedColumns,
        values: Sequence[MappedColumn[str | None]],
        fields: FieldMasks,
        rows: RowOutcomes,
    ) -> None:
        """Count the rows of a chunk; `values` are the fields as they would be sent."""
        self._changes += int(rows.can_be_sent.sum())
        self._clears += fields.clears[rows.can_be_sent].sum(axis=0)
        for name, statuses in self._statuses.items():
            column = values[self._field_names.index(name)]
            _count_statuses(statuses, column, rows.can_be_sent)
        takes_part = ~rows.is_filtered
        seen: set[str] = set()
        for column in cells:
            for name, is_blank in self._blank_rows(column, seen):
                among = np.ones_like(takes_part) if name in self._of_where else takes_part
                self._cells[name] += int(among.sum())
                if is_blank is not None:
                    self._blank_cells[name] += int((is_blank & among).sum())

    def counts(self) -> FileCounts:
        """Return the counts so far."""
        return FileCounts(
            changes=self._changes,
            statuses={name: _frequent(found) for name, found in self._statuses.items()},
            clears=dict(zip(self._field_names, self._clears.tolist(), strict=True)),
            blanks={name: (self._blank_cells[name], cells) for name, cells in self._cells.items()},
        )

    def _blank_rows(
        self, column: MappedColumn[Any], seen: set[str]
    ) -> Iterator[tuple[str, NDArray[np.bool_] | None]]:
        """Yield the names of a rule's columns, each with its blank rows (None: no row).

        A column that several rules read is counted once.
        """
        for position, name in enumerate(column.rule.columns):
            if name in seen:
                continue
            seen.add(name)
            cells: Sequence[Any] = column.distinct
            if column.rule.joins:
                cells = [parts[position] for parts in column.distinct]
            words = self._blank_words[name]
            blank = [
                index
                for index, cell in enumerate(cells)
                if not cell or (isinstance(cell, str) and cell.strip() in words)
            ]
            yield name, np.isin(column.index_of_distinct, blank) if blank else None


def _blank_words(mapping: Mapping) -> dict[str, set[str]]:
    """Return, for each column, the texts that count as a blank cell for a rule that reads it."""
    words: dict[str, set[str]] = {name: {""} for name in mapping.column_names}
    words[mapping.identifier.column] |= mapping.blank_words(mapping.identifier)
    for _, rule in mapping.update.rules():
        for name in rule.column_names:
            words[name] |= mapping.blank_words(rule)
    return words


def _count_statuses(
    statuses: Counter[str], column: MappedColumn[str | None], is_counted: NDArray[np.bool_]
) -> None:
    rows = np.bincount(column.index_of_distinct[is_counted], minlength=len(column.results))
    for index in np.flatnonzero(rows).tolist():
        value = column.results[index]
        if not isinstance(value, str):
            continue  # the row does not set a status
        is_named = bool(_STATUS_ID.fullmatch(value))
        if value not in statuses and (not is_named or len(statuses) >= _MOST_COUNTED):
            value = RARE
        statuses[value] += int(rows[index])


def _frequent(statuses: Counter[str]) -> dict[str, int]:
    """Return the most frequent statuses; the others are counted together."""
    named = Counter({value: rows for value, rows in statuses.items() if value != RARE})
    kept = {
        value: rows for value, rows in named.most_common(_MOST_STATUSES) if rows >= _FEWEST_ROWS
    }
    rare = statuses.total() - sum(kept.values())
    return {**kept, RARE: rare} if rare else kept
