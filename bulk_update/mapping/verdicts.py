"""Which rows of a chunk can be sent, and why the others cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bulk_update.mapping.codes import IssueCode
from bulk_update.mapping.columnwise import MappedColumn
from bulk_update.records import Chunk, Issue, Status

NOTHING_TO_UPDATE = Issue(
    IssueCode.NOTHING_TO_UPDATE, "every mapped cell is blank: there is nothing to update"
)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """An outcome, a code and a message for each row; all None for a row that can be sent."""

    outcomes: list[str | None]
    codes: list[str | None]
    messages: list[str | None]


def judge(
    chunk: Chunk,
    *,
    takes_part: MappedColumn[bool],
    checked: Sequence[MappedColumn[str] | MappedColumn[str | None]],
    empty: NDArray[np.bool_],
) -> Verdicts:
    """Decide about each row.

    A row's own fault (ragged, a control character) comes before `where` and is its only reason;
    then come the reasons of the `checked` columns, in their order. `empty` are rows whose
    fields are all left alone.
    """
    rows = len(chunk.frame)
    faults = _faults_by_index(chunk)
    filtered = takes_part.spread([result is False for result in takes_part.results], np.bool_)
    filtered[list(faults)] = False
    columns = (takes_part, *checked)
    invalid = np.any([column.invalid for column in columns], axis=0) | empty
    invalid[list(faults)] = True
    outcomes = np.full(rows, None, dtype=object)
    outcomes[invalid] = Status.INVALID.value
    outcomes[filtered] = Status.FILTERED.value
    codes: list[str | None] = [None] * rows
    messages: list[str | None] = [None] * rows
    for index in np.flatnonzero(invalid & ~filtered).tolist():
        fault = faults.get(index)
        reasons = [fault] if fault else _reasons(columns, index, is_empty=bool(empty[index]))
        codes[index] = str(reasons[0].code)
        messages[index] = "; ".join(reason.message for reason in reasons)
    return Verdicts(outcomes.tolist(), codes, messages)


def _faults_by_index(chunk: Chunk) -> dict[int, Issue]:
    if not chunk.faults:
        return {}
    numbers = chunk.frame.index.tolist()
    return {
        index: chunk.faults[number]
        for index, number in enumerate(numbers)
        if number in chunk.faults
    }


def _reasons(
    columns: Sequence[MappedColumn[bool] | MappedColumn[str] | MappedColumn[str | None]],
    index: int,
    *,
    is_empty: bool,
) -> list[Issue]:
    found = [issue for issue in (column.issue_at(index) for column in columns) if issue]
    return [*found, NOTHING_TO_UPDATE] if is_empty else found
