"""Where the header of a table stands that no mapping describes yet."""

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
    """The row that seems to be the header; `is_certain` if it can be nothing else.

    Rows above it hold fewer cells: titles. `rows_below` of those looked at have content.
    """

    number: int
    cells: tuple[str, ...]
    is_certain: bool
    rows_below: int

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(name for name in header_of(self.cells).names if name)


def find_header_row(rows: Mapping[int, Sequence[str]]) -> HeaderRow | None:
    """Find the header among a table's first rows, by number; None if they are all blank.

    It is the first row that fills more than half as many cells as the fullest row does.
    """
    filled = {number: sum(1 for cell in cells if cell.strip()) for number, cells in rows.items()}
    fullest = max(filled.values(), default=0)
    number = next((n for n, count in filled.items() if count and count * 2 > fullest), None)
    if number is None:
        return None
    cells = tuple(rows[number])
    below = sum(1 for other, count in filled.items() if other > number and count)
    return HeaderRow(number, cells, all(map(_may_be_name, cells)), below)


def _may_be_name(cell: str) -> bool:
    name = column_key(cell)
    return len(name) <= _LONGEST_NAME and _VALUE.fullmatch(name) is None
