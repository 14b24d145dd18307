"""Merged ranges: rectangles of cells of which only the first holds a value."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from openpyxl.utils.cell import range_boundaries

from bulk_update.readers.workbook.package import SheetEntry, Workbook
from bulk_update.readers.workbook.xml_stream import Attributes, Element, parse_part

_BLOCK_BYTES = 1 << 18
_MARKS = tuple("mergeCell".encode(encoding).strip(b"\0") for encoding in ("ascii", "utf-16-le"))
"""Whatever a part's encoding and byte order are, one of these is in it if the element is."""
_LONGEST_MARK = max(map(len, _MARKS))


@dataclass(frozen=True, slots=True)
class Range:
    """A rectangle of cells: rows counted from 1 and columns from 0, its ends included."""

    name: str
    first_row: int
    last_row: int
    first_column: int
    last_column: int

    def holds(self, row: int, column: int) -> bool:
        """Tell whether a cell is in this range."""
        return (
            self.first_row <= row <= self.last_row
            and self.first_column <= column <= self.last_column
        )


def range_of(name: str) -> Range | None:
    """Return the rectangle that a reference such as `A1:B2` means; None if it means none."""
    try:
        left, top, right, bottom = range_boundaries(name)
    except ValueError:
        return None
    if left is None or top is None or right is None or bottom is None:
        return None
    rows, columns = sorted((top, bottom)), sorted((left - 1, right - 1))
    return Range(name, rows[0], rows[1], columns[0], columns[1])


class MergedRows:
    """The rows that have used cells in a merged range.

    A range within one row that covers at most one used column does no harm: the row has that
    value, or none.
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
        """Return the range that a row is in and its first used column, if there is one.

        Rows must be asked for in ascending order.
        """
        while self._waiting and self._waiting[-1][0] <= row:
            _, last_row, name, column = self._waiting.pop()
            if last_row > self._last_row:
                self._last_row, self._name, self._column = last_row, name, column
        return (self._name, self._column) if row <= self._last_row else None


def merged_ranges(workbook: Workbook, sheet: SheetEntry) -> list[Range]:
    """Return the merged ranges of a sheet.

    They are listed after its rows, so a sheet that has any is read once more, for them alone.
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
