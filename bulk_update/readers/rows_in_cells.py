"""Rows that may have ended up inside a cell of another row.

If quotation marks are text, the CSV format takes everything between two of them for one cell,
including line breaks. If there is an even number of them, the file is valid CSV, and only the lines
inside that cell still look like rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bulk_update.readers.row_structure import Layout, RowCount
from bulk_update.records import Issue


@dataclass(slots=True)
class RowsInCells:
    """Finds rows with a cell whose lines look like rows; `lines` counts those of the first one.

    A `failed.csv` is not searched, because the file that it was made from has been.
    """

    layout: Layout
    found: RowCount = field(default_factory=RowCount)
    lines: int = 0

    def look_at(self, rows: Sequence[Sequence[str]], *, first_number: int) -> None:
        """Search consecutive rows of a text file, some of which span several lines."""
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
        """Return whether lines of a cell contain as many delimiters as a row.

        For the lines between the first and the last, one is enough. The first and the last are
        only parts of lines of the file; both of these lines must have as many as a row.
        """
        first, *inner, last = (line.count(self.layout.delimiter) for line in lines)
        after = len(row) - index - 1
        return not counts.isdisjoint(inner) or {index + first, last + after} <= counts

    def notes(self) -> Iterator[Issue]:
        """Yield the note for the user, if there are such rows."""
        if self.found.rows:
            params = {"count": self.found.rows, "row": self.found.first, "lines": self.lines}
            yield Issue("rows-in-cells", params)


def _lines(cell: str) -> list[str]:
    """Return the lines of a cell, or none if it has only one."""
    if "\n" not in cell and "\r" not in cell:
        return []
    return cell.replace("\r\n", "\n").replace("\r", "\n").split("\n")
