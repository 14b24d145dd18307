"""Merged ranges: rectangles of cells in which only the first cell holds a value."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from openpyxl.utils.cell import range_boundaries

from bulk_update.readers.workbook.package import SheetEntry, Workbook
from bulk_update.readers.workbook.xml_stream import Attributes, Element, parse_part

_BLOCK_BYTES = 1 << 18
_MARKS = tuple("mergeCell".encode(encoding).strip(b"\0") for encoding in ("ascii", "utf-16-le"))
"""One of these occurs in a part that has the element, whatever its encoding and byte order."""
_LONGEST_MARK = max(map(len, _MARKS))


@dataclass(frozen=True, slots=True)
class Range:
    """A rectangle of cells: rows counted from 1 and columns from 0, both ends inclusive."""

    name: str
    first_row: int
    last_row: int
    first_column: int
    last_column: int

    def holds(self, row: int, column: int) -> bool:
        """Return whether a cell is in this range."""
        return (
            self.first_row <= row <= self.last_row
            and self.first_column <= column <= self.last_column
        )


def range_of(name: str) -> Range | None:
    """Parse a reference such as `A1:B2`; return None if it is not one."""
    try:
        left, top, right, bottom = range_boundaries(name)
    except ValueError:
        return None
    if left is None or top is None or right is None or bottom is None:
        return None
    rows, columns = sorted((top, bottom)), sorted((left - 1, right - 1))
    return Range(name, rows[0], rows[1], columns[0], columns[1])


class MergedRows:
    """Finds rows with used cells in a merged range.

    A range within one row that covers at most one used column is harmless: the row has that value
    or none.
    """

    def __init__(self, ranges: Iterable[Range], columns: Iterable[int]) -> None:
        used = sorted(columns)
        harmful = []
        for merged in ranges:
            covered = used[
                bisect_left(used, merged.first_column) : bisect_right(used, merged.last_column)
            ]
            if len(covered) > 1 or (covered and merged.last_row > merged.first_row):
                harmful.append((merged.first_row, merged.last_row, merged.name, covered[0]))
        self._waiting = sorted(harmful, reverse=True)
        self._last_row, self._name, self._column = 0, "", 0

    def find(self, row: int) -> tuple[str, int] | None:
        """Return the merged range of a row and the range's first used column, or None.

        Must be called with rows in ascending order.
        """
        while self._waiting and self._waiting[-1][0] <= row:
            _, last_row, name, column = self._waiting.pop()
            if last_row > self._last_row:
                self._last_row, self._name, self._column = last_row, name, column
        return (self._name, self._column) if row <= self._last_row else None


def merged_ranges(workbook: Workbook, sheet: SheetEntry) -> list[Range]:
    """Return the merged ranges of a sheet.

    They are listed after the rows, so a sheet that has any is read a second time for them.
    """
    found: list[Range] = []

    def add(attributes: Attributes) -> None:
        merged = range_of(attributes.get("ref", ""))
        if merged is not None:
            found.append(merged)

    if _may_have_merged_ranges(workbook, sheet):
        ranges = Element(children={"mergeCell": Element(start=add)})
        document = Element(children={"worksheet": Element(children={"mergeCells": ranges})})
        parse_part(workbook.archive, sheet.part, document)
    return found


def _may_have_merged_ranges(workbook: Workbook, sheet: SheetEntry) -> bool:
    before = b""
    with workbook.archive.open(sheet.part) as stream:
        while block := stream.read(_BLOCK_BYTES):
            block = before + block
            if any(mark in block for mark in _MARKS):
                return True
            before = block[-_LONGEST_MARK:]
    return False
