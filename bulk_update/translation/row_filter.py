"""The mapping's `where`: which rows take part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bulk_update.cells.comparison import as_seen
from bulk_update.cells.damage import damage_of, unguarded, unreadable
from bulk_update.cells.typed_cells import BOOLEAN_WORDS
from bulk_update.mapping.schema import WhereSection
from bulk_update.records import Cell, CellKind, Issue, TypedCell


class Condition:
    """A condition on a cell: whether it is one of the listed texts.

    Texts are compared by what people see. A cell without a readable value is an Issue, unless the
    mapping lists the text that it shows, such as `#N/A`.
    """

    def __init__(self, where: WhereSection) -> None:
        self.column = where.column
        self.is_inclusive = where.included is not None
        self._listed = frozenset(map(as_seen, where.included or where.excluded or ()))
        self._in_any_case = frozenset(map(str.casefold, self._listed))

    def holds(self, cell: Cell) -> bool | Issue:
        """Return whether the condition holds for a row with this cell."""
        texts = _texts(cell)
        if not self._listed.isdisjoint(map(as_seen, texts)):
            return self.is_inclusive
        issue = unreadable(cell) if isinstance(cell, TypedCell) else damage_of(texts[0])
        return issue or not self.is_inclusive

    def differs_in_capitals(self, cell: Cell) -> bool:
        """Return whether a cell differs from a listed text only in case."""
        seen = [as_seen(text) for text in _texts(cell)]
        return self._listed.isdisjoint(seen) and not self._in_any_case.isdisjoint(
            map(str.casefold, seen)
        )


def _texts(cell: Cell) -> tuple[str, ...]:
    """Return the texts that a cell may show; a boolean cell has one in each of two languages."""
    if not isinstance(cell, TypedCell):
        return (unguarded(cell.strip()).strip(),)
    return BOOLEAN_WORDS[cell.text] if cell.kind is CellKind.BOOLEAN else (cell.text.strip(),)


class RowFilter:
    """Decides whether a row takes part: all conditions must hold, each for its cell."""

    def __init__(self, conditions: Sequence[WhereSection]) -> None:
        self.conditions = tuple(map(Condition, conditions))

    def takes_part(self, cells: Sequence[Cell]) -> bool | Issue:
        """Return whether a row takes part, or the Issue why this cannot be decided.

        One false condition excludes the row, whatever the others are.
        """
        results = [each.holds(cell) for each, cell in zip(self.conditions, cells, strict=True)]
        if False in results:
            return False
        return next((result for result in results if isinstance(result, Issue)), True)

    def takes_part_by_cell(self, cell: Cell) -> bool | Issue:
        """Return the same for a filter with a single condition."""
        return self.conditions[0].holds(cell)

    def decided_by_capitals(self, distinct: Sequence[Any]) -> tuple[dict[int, str], dict[int, str]]:
        """Find the cells, or tuples of cells, that are excluded, or take part, only due to case.

        Returns the texts of both groups by index.
        """
        left_out: dict[int, str] = {}
        kept: dict[int, str] = {}
        for index, cells in enumerate(distinct if self.conditions else ()):
            row = cells if len(self.conditions) > 1 else (cells,)
            decided = list(zip(self.conditions, row, strict=True))
            near = [(each, cell) for each, cell in decided if each.differs_in_capitals(cell)]
            if not near:
                continue
            text = _texts(near[0][1])[0]
            if all(each.holds(cell) is True or (each, cell) in near for each, cell in decided):
                (left_out if any(each.is_inclusive for each, _ in near) else kept)[index] = text
        return left_out, kept
