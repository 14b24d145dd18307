"""The mapping's `where`: which rows take part."""

from __future__ import annotations

from bulk_update.mapping.quoting import quoted
from bulk_update.mapping.schema import WhereSection
from bulk_update.mapping.typed_cells import unreadable
from bulk_update.records import Cell, Issue, TypedCell


class RowFilter:
    """Answers whether the row of a cell takes part: the trimmed text is compared exactly."""

    def __init__(self, where: WhereSection) -> None:
        self._takes_part_when_listed = where.included is not None
        listed = where.included or where.excluded or ()
        self._listed = frozenset(text.strip() for text in listed)
        self._label = f"column {quoted(where.column)}"
        self._column = where.column

    def takes_part(self, cell: Cell) -> bool | Issue:
        """Return True or False, or an Issue for a cell whose value nobody knows.

        An error such as `#N/A` that the mapping lists is a text like another.
        """
        if not isinstance(cell, TypedCell):
            return self._decide(cell)
        issue = unreadable(cell)
        if issue is None or cell.text in self._listed:
            return self._decide(cell.text)
        return Issue(issue.code, f"{self._label}: {issue.message}", self._column)

    def _decide(self, text: str) -> bool:
        return (text.strip() in self._listed) == self._takes_part_when_listed
