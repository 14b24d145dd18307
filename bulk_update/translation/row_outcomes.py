"""Which rows can be sent, and why the others cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bulk_update.cells.issue_codes import IssueCode
from bulk_update.records import Chunk, Issue, Status
from bulk_update.translation.column_rules import MappedColumns

NOTHING_TO_UPDATE = Issue(
    IssueCode.NOTHING_TO_UPDATE, "all mapped cells are blank: there is nothing to update"
)

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class RowOutcomes:
    """An outcome, a code and a message for each row; all None for a row that can be sent."""

    outcomes: list[str | None]
    codes: list[str | None]
    messages: list[str | None]

    def of_sendable(self, parts: Sequence[Part]) -> Sequence[Part | None]:
        """Return the parts of the rows that can be sent, None for the others."""
        found = zip(parts, self.outcomes, strict=True)
        return [None if outcome else part for part, outcome in found]


def row_outcomes(
    chunk: Chunk, columns: MappedColumns, *, is_empty: NDArray[np.bool_]
) -> RowOutcomes:
    """Decide about each row.

    A fault of the row itself (ragged, a control character) comes before `where` and is its only
    reason. The reasons of the other rows come in the order of the columns; last, that all its
    fields are left alone (`is_empty`).
    """
    rows = len(chunk.frame)
    faults = _faults_by_index(chunk)
    takes_part = columns.takes_part
    filtered = takes_part.spread([result is False for result in takes_part.results], np.bool_)
    filtered[list(faults)] = False
    invalid = np.any([column.is_invalid for column in columns], axis=0) | is_empty
    invalid[list(faults)] = True
    outcomes = np.full(rows, None, dtype=object)
    outcomes[invalid] = Status.INVALID.value
    outcomes[filtered] = Status.FILTERED.value
    codes: list[str | None] = [None] * rows
    messages: list[str | None] = [None] * rows
    for index in np.flatnonzero(invalid & ~filtered).tolist():
        fault = faults.get(index)
        reasons = [fault] if fault else _reasons(columns, index, is_empty=bool(is_empty[index]))
        codes[index] = str(reasons[0].code)
        messages[index] = "; ".join(reason.message for reason in reasons)
    return RowOutcomes(outcomes.tolist(), codes, messages)


def _faults_by_index(chunk: Chunk) -> dict[int, Issue]:
    if not chunk.faults:
        return {}
    numbers = chunk.frame.index.tolist()
    return {
        index: chunk.faults[number]
        for index, number in enumerate(numbers)
        if number in chunk.faults
    }


def _reasons(columns: MappedColumns, index: int, *, is_empty: bool) -> list[Issue]:
    issues = [issue for column in columns if (issue := column.issue_at(index))]
    return [*issues, NOTHING_TO_UPDATE] if is_empty else issues
