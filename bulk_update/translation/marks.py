"""Marks unusable workbook cells in the failed files that users correct.

As plain text, `#N/A`, `=A1` or a date in an identifier's column would be ordinary values and would
be sent. So a cell that was refused for its kind gets a mark in `failed.csv`. If the cell still ends
with the mark when the file is used as input, it is refused again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
from pydantic_core import to_json

from bulk_update.cells.issue_codes import IssueCode
from bulk_update.cells.marks import MARK
from bulk_update.records import Cell, Chunk, Issue, Status, TypedCell
from bulk_update.translation.mapped_columns import MappedColumn

AnyCell = TypeVar("AnyCell", bound=Cell | tuple[Cell, ...])
Result = TypeVar("Result")


def unless_marked(
    read: Callable[[AnyCell], Result | Issue],
) -> Callable[[AnyCell], Result | Issue]:
    """Make the function that refuses marked cells and reads others, also in tuples."""

    def read_unmarked(cell: AnyCell) -> Result | Issue:
        for each in cell if isinstance(cell, tuple) else (cell,):
            if isinstance(each, str) and each.rstrip().endswith(MARK.strip()):
                return _still_marked(each.strip())
        return read(cell)

    return read_unmarked


def _still_marked(text: str) -> Issue:
    return Issue(IssueCode.NO_VALUE, {"text": text, "mark": MARK.strip()}, "marked")


def marked_cells(
    chunk: Chunk, columns: Iterable[MappedColumn[Any]], *, outcomes: Sequence[str | None]
) -> Sequence[bytes]:
    """Return the cells of each row, with a mark appended to those refused for their kind."""
    refused: dict[int, set[int]] = {}
    for column in columns:
        for position in column.rule.positions if column.issues else ():
            for index in _refused_rows(chunk, column, position):
                if outcomes[index] == Status.INVALID:
                    refused.setdefault(index, set()).add(position)
    if not refused:
        return chunk.cells
    cells = list(chunk.cells)
    for index, positions in refused.items():
        cells[index] = _marked(cells[index], positions)
    return cells


def _refused_rows(chunk: Chunk, column: MappedColumn[Any], position: int) -> list[int]:
    rows = np.flatnonzero(column.is_invalid).tolist()
    cells = chunk.frame[position].to_numpy(dtype=object)
    return [
        index
        for index in rows
        if isinstance(cell := cells[index], TypedCell) and column.rule.refusal(cell)
    ]


def _marked(row: bytes, positions: set[int]) -> bytes:
    texts: list[str] = json.loads(row)
    return to_json([text + MARK if i in positions else text for i, text in enumerate(texts)])
