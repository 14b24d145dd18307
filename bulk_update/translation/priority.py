"""The mapping's `priority`: which rows are sent before all others."""

from __future__ import annotations

from collections.abc import Sequence

from bulk_update.cells.comparison import as_seen
from bulk_update.cells.damage import unguarded
from bulk_update.cells.typed_cells import BOOLEAN_WORDS
from bulk_update.mapping.schema import PrioritySection
from bulk_update.records import Cell, TypedCell


class Priority:
    """Recognises the rows that are sent first by a cell, compared by what people see.

    It only affects the order of sending: a cell that cannot be read is not one of the texts.
    """

    def __init__(self, section: PrioritySection, *, position: int) -> None:
        self.column = section.column
        self.position = position
        self.texts = tuple(dict.fromkeys(section.first))
        self._by_key = {as_seen(text): text for text in reversed(self.texts)}

    def text_of(self, cell: Cell) -> str | None:
        """Return the text of the mapping that a cell shows, or None."""
        text = (cell.text if isinstance(cell, TypedCell) else cell).strip()
        shown = BOOLEAN_WORDS.get(text) or (unguarded(text),)
        keys = filter(self._by_key.__contains__, map(as_seen, shown))
        key = next(keys, None)
        return None if key is None else self._by_key[key]

    def comes_first(self, cells: Sequence[str]) -> bool:
        """Return whether a row is sent first, given all its cells as read."""
        return self.text_in(cells) is not None

    def text_in(self, cells: Sequence[str]) -> str | None:
        """Return the text of the mapping that a row shows, given all its cells as read."""
        return self.text_of(cells[self.position]) if self.position < len(cells) else None
