"""Finds the header row of a table without a mapping."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bulk_update.columns import column_key
from bulk_update.readers.headers import header_of

_LONGEST_NAME = 80
_VALUE = re.compile(r"[-+]?[0-9][0-9 .,:/()\u00a0-]*|\S+@\S+")


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """The row that is probably the header; `is_certain` if it cannot be anything else.

    The rows above it have fewer filled cells: they are titles. `rows_below` is the number of rows
    with content among those examined.
    """

    number: int
    cells: tuple[str, ...]
    is_certain: bool
    rows_below: int

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(name for name in header_of(self.cells).names if name)


def find_header_row(
    rows: Mapping[int, Sequence[str]], named: int | None = None
) -> HeaderRow | None:
    """Find the header among a table's first rows, given by number; None if all are blank.

    It is the row that is `named`, unless that one is blank; otherwise, the first row with more than
    half as many filled cells as the fullest row.
    """
    filled = {number: sum(1 for cell in cells if cell.strip()) for number, cells in rows.items()}
    is_named = bool(named and filled.get(named))
    fullest = max(filled.values(), default=0)
    likely = (each for each, count in filled.items() if count and count * 2 > fullest)
    number = named if is_named else next(likely, None)
    if number is None:
        return None
    cells = tuple(rows[number])
    below = sum(1 for other, count in filled.items() if other > number and count)
    return HeaderRow(number, cells, is_named or all(map(_may_be_name, cells)), below)


def _may_be_name(cell: str) -> bool:
    name = column_key(cell)
    return len(name) <= _LONGEST_NAME and _VALUE.fullmatch(name) is None
