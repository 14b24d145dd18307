"""The mapping's `where`: which rows take part."""

from __future__ import annotations

from collections.abc import Callable

from bulk_update.cells.damage import unreadable
from bulk_update.mapping.schema import WhereSection
from bulk_update.records import Cell, Issue, TypedCell


def row_filter(where: WhereSection) -> Callable[[Cell], bool | Issue]:
    """Make the function that decides by a cell whether its row takes part.

    Trimmed texts are compared exactly. A cell without a readable value is an Issue, unless the
    mapping lists what it shows, such as `#N/A`.
    """
    takes_part_if_listed = where.included is not None
    listed = {text.strip() for text in where.included or where.excluded or ()}

    def takes_part(cell: Cell) -> bool | Issue:
        if not isinstance(cell, TypedCell):
            return (cell.strip() in listed) == takes_part_if_listed
        issue = unreadable(cell)
        if issue and cell.text not in listed:
            return issue
        return (cell.text.strip() in listed) == takes_part_if_listed

    return takes_part
