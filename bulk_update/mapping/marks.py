"""The mark of cells that a workbook could not tell, in files that may be fed back.

As plain text `#N/A`, `=A1` or a date in an identifier's column would be values like any other:
fed back unmended, they would be sent. So what was refused for being such a cell goes into
`failed.csv` with a mark, and whatever still ends with it when it comes back is refused again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from pydantic_core import to_json

from bulk_update.mapping.codes import IssueCode
from bulk_update.mapping.columnwise import MappedColumn
from bulk_update.mapping.quoting import quoted
from bulk_update.records import Cell, Chunk, Issue, Status, TypedCell

MARK = " [!]"
"""Visible, so that people see what to mend; plain ASCII, so that every encoding keeps it."""

AnyCell = TypeVar("AnyCell", bound=Cell)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Use:
    """A column's cells in one use: where they stand, what they became, what is refused at sight.

    `refusal` tells why a workbook's cell cannot be used here, whatever its text says.
    """

    position: int
    mapped: MappedColumn[Any]
    refusal: Callable[[TypedCell], Issue | None]


def unmended(cell: Cell) -> Issue | None:
    """Return what is wrong with a cell of a file of ours that still has its mark."""
    if isinstance(cell, TypedCell) or not cell.rstrip().endswith(MARK.strip()):
        return None
    message = (
        f'{quoted(cell.strip())} still has the mark "{MARK.strip()}" of a cell that could not be '
        "read (enter its value anew, without the mark)"
    )
    return Issue(IssueCode.NO_VALUE, message)


def _as_it_is(issue: Issue) -> Issue:
    return issue


def unless_marked(
    read: Callable[[AnyCell], Result | Issue], *, label: Callable[[Issue], Issue] = _as_it_is
) -> Callable[[AnyCell], Result | Issue]:
    """Read the cells of a file of ours, but for those that still have their mark."""

    def of_cell(cell: AnyCell) -> Result | Issue:
        issue = unmended(cell)
        return label(issue) if issue else read(cell)

    return of_cell


def marked_cells(
    chunk: Chunk, uses: Iterable[Use], *, outcomes: Sequence[str | None]
) -> Sequence[bytes]:
    """Return each row's own cells, with a mark behind those that were refused at sight."""
    refused: dict[int, set[int]] = {}
    for use in uses:
        for index in _refused_rows(chunk, use):
            if outcomes[index] == Status.INVALID:
                refused.setdefault(index, set()).add(use.position)
    if not refused:
        return chunk.cells
    cells = list(chunk.cells)
    for index, positions in refused.items():
        cells[index] = _marked(cells[index], positions)
    return cells


def _refused_rows(chunk: Chunk, use: Use) -> list[int]:
    if not use.mapped.issues:
        return []
    rows = np.flatnonzero(use.mapped.invalid)
    cells = chunk.frame[use.position].to_numpy(dtype=object)[rows].tolist()
    if TypedCell not in set(map(type, cells)):  # all cells of text files are text
        return []
    return [
        index
        for index, cell in zip(rows.tolist(), cells, strict=True)
        if isinstance(cell, TypedCell) and use.refusal(cell)
    ]


def _marked(row: bytes, positions: set[int]) -> bytes:
    texts: list[str] = json.loads(row)
    return to_json([text + MARK if i in positions else text for i, text in enumerate(texts)])
