"""Rows that may have vanished into a cell of another row.

Quotation marks that are text enclose everything between two of them, line breaks too. Where they
happen to balance, the file is sound CSV; only the lines inside the cell still look like rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bulk_update.readers.row_structure import Layout, RowCount
from bulk_update.records import Issue


@dataclass(slots=True)
class RowsInCells:
    """The rows with a cell whose lines look like rows; `lines` are those of the first of them.

    In a file of ours, line breaks are what a file that was read before had in its cells.
    """

    layout: Layout
    found: RowCount = field(default_factory=RowCount)
    lines: int = 0

    def look_at(self, rows: Sequence[Sequence[str]], *, first_number: int) -> None:
        """Look at consecutive rows of a text file, some of which span several lines."""
        header = self.layout.header
        counts = {header.width - 1, header.named_width - 1} - {0}
        if header.is_failed_csv:
            return
        for number, row in enumerate(rows, first_number):
            cells = {index: lines for index, cell in enumerate(row) if (lines := _lines(cell))}
            if any(self._look_like_rows(row, index, cells[index], counts) for index in cells):
                self.lines = self.lines or 1 + sum(len(lines) - 1 for lines in cells.values())
                self.found.add(number)

    def _look_like_rows(
        self, row: Sequence[str], index: int, lines: Sequence[str], counts: set[int]
    ) -> bool:
        """Tell whether lines of a cell hold the delimiter as often as a row does.

        Any line that is wholly in the cell counts. The first and the last are but parts of lines
        of the file; they count if both of these lines are as long as a row.
        """
        first, *inner, last = (line.count(self.layout.delimiter) for line in lines)
        behind = len(row) - index - 1
        return not counts.isdisjoint(inner) or {index + first, last + behind} <= counts

    def notes(self) -> Iterator[Issue]:
        """Yield what a person should know about it."""
        if self.found.rows:
            params = {"count": self.found.rows, "row": self.found.first, "lines": self.lines}
            yield Issue("rows-in-cells", params)


def _lines(cell: str) -> list[str]:
    """Return the lines of a cell, none if it is but one."""
    if "\n" not in cell and "\r" not in cell:
        return []
    return cell.replace("\r\n", "\n").replace("\r", "\n").split("\n")
