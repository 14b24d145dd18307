"""A sheet's rows: openpyxl's values, joined by row number with what our own pass saw of them."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, cast

from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.utils.escape import unescape

from bulk_update.readers.number_formats import (
    GENERAL,
    NumberFormat,
    built_in_format,
    number_format,
)
from bulk_update.readers.workbook_cells import RawCell
from bulk_update.readers.workbook_facts import (
    LAST_ROW,
    NO_VALUE,
    SheetFacts,
    WrittenCell,
    WrittenRow,
    cell_name,
    contradiction,
    part_of,
    written_rows,
)
from bulk_update.readers.workbook_parts import (
    OWN_FORMATS_FROM,
    SheetEntry,
    Workbook,
    openpyxl_at_work,
)
from bulk_update.readers.workbook_values import ReadValue, iso_cell, number_cell
from bulk_update.readers.workbook_xml import position
from bulk_update.records import CellKind

ReadRow = tuple[ReadOnlyCell, ...]

_MOST_CACHED = 50_000


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row with its cells in order, up to the last that is not empty."""

    number: int
    is_hidden: bool
    cells: list[RawCell]


def read_rows(
    workbook: Workbook,
    sheet: SheetEntry,
    *,
    width: int,
    facts: SheetFacts,
    last: int = LAST_ROW,
) -> Iterator[SheetRow]:
    """Yield the rows of a sheet up to a last one, with their cells in the first `width` columns.

    Raises InputError where the sheet contradicts itself or openpyxl cannot read it, and XmlError
    for torn XML.
    """
    cells = _Cells(workbook, sheet)
    with closing(_values(workbook, part_of(workbook, sheet), width)) as values:
        for written in written_rows(workbook, sheet, width=width, facts=facts):
            if written.number > last:
                return
            read = next((read for number, read in values if number == written.number), None)
            if read is None:  # pragma: no cover - as long as both know the same elements
                raise contradiction(workbook, sheet, f"openpyxl finds no row {written.number}")
            yield SheetRow(written.number, written.is_hidden, cells.joined(written, read))


def _values(
    workbook: Workbook, part: str, width: int
) -> Generator[tuple[int, ReadRow], None, None]:
    """Yield the rows as openpyxl reads them, by their number: it fills in those that are left out.

    It begins when the first row is asked for, and goes no further than it has to: what follows
    the rows (filters, validations, formats) holds no cell, and is where odd files break it.
    """
    with openpyxl_at_work(workbook.path):
        page = cast("Any", workbook.page(part))  # its stubs fit another class
        yield from enumerate(page.iter_rows(max_col=width), 1)


class _Cells:
    """What to make of a cell as written and as openpyxl reads it."""

    def __init__(self, workbook: Workbook, sheet: SheetEntry) -> None:
        self._workbook, self._sheet = workbook, sheet
        self._epoch = workbook.book.epoch
        self._looks: dict[str, NumberFormat] = {}
        self._numbers: dict[WrittenCell, RawCell] = {}

    def joined(self, written: WrittenRow, read: ReadRow) -> list[RawCell]:
        """Return a row's cells in order, up to the last that is not empty."""
        cells: list[RawCell] = [""] * (max(written.cells) + 1)
        for column, cell in written.cells.items():
            if cell is not None:
                cells[column] = self._cell(cell, read[column], written.number, column)
        while cells and not cells[-1]:
            cells.pop()
        return cells

    def _cell(self, written: WrittenCell, read: ReadOnlyCell, row: int, column: int) -> RawCell:
        if written.type == NO_VALUE:
            return CellKind.NO_VALUE, written.characters
        value = cast("ReadValue | None", read.value)
        if value is None:
            place = cell_name(row, column)
            raise contradiction(self._workbook, self._sheet, f"openpyxl finds no value in {place}")
        match written.type:
            case "n":
                return self._number(written, read, value)
            case "b":
                return CellKind.BOOLEAN, "TRUE" if value else "FALSE"
            case "d":
                return iso_cell(value)
            case "e":
                return CellKind.ERROR, str(value)
            case _:
                text = str(value)
                return unescape(text) if "_x" in text else text

    def _number(self, written: WrittenCell, read: ReadOnlyCell, value: ReadValue) -> RawCell:
        """Read a number, or look it up: columns of dates and codes repeat themselves."""
        cell = self._numbers.get(written)
        if cell is None:
            if len(self._numbers) >= _MOST_CACHED:
                self._numbers.clear()
            characters = written.characters.strip()
            look = self._look(written.style or "0", read)
            cell = number_cell(value, written=characters, look=look, epoch=self._epoch)
            self._numbers[written] = cell
        return cell

    def _look(self, style: str, read: ReadOnlyCell) -> NumberFormat:
        look = self._looks.get(style)
        if look is None:
            look = self._looks[style] = self._format(style, read)
        return look

    def _format(self, style: str, read: ReadOnlyCell) -> NumberFormat:
        try:
            number = read.style_array.numFmtId
        except IndexError:
            number = -1
        if number < 0 or position(style, -1) < 0:
            place = cell_name(read.row, read.column - 1)
            raise contradiction(
                self._workbook, self._sheet, f"the style of cell {place} is missing"
            )
        if number < OWN_FORMATS_FROM:
            return built_in_format(number) or GENERAL
        return number_format(unescape(read.number_format))
