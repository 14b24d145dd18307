"""A sheet's rows: openpyxl's values, joined by row number with what our own pass saw of them."""

from __future__ import annotations

import string
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, cast

from openpyxl.utils.escape import unescape
from openpyxl.worksheet._reader import WorkSheetParser

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
    UNREADABLE,
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

ReadCell = dict[str, Any]
"""A cell as openpyxl hands it out: `column`, counted from 1, and `value` are what matters here."""

_MOST_CACHED = 50_000
_UNKNOWN = {NO_VALUE: CellKind.NO_VALUE, UNREADABLE: CellKind.ERROR}
_CAPITALS = string.ascii_uppercase


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
    with closing(_values(workbook, part_of(workbook, sheet))) as values:
        for written in written_rows(workbook, sheet, width=width, facts=facts):
            if written.number > last:
                return
            read = next((read for number, read in values if number == written.number), None)
            if read is None:  # pragma: no cover - as long as both know the same elements
                raise contradiction(workbook, sheet, f"openpyxl finds no row {written.number}")
            yield SheetRow(written.number, written.is_hidden, cells.joined(written, read))


class _Parser(WorkSheetParser):
    """openpyxl's parser of a sheet, where cells and rows that it would misread are explained."""

    def parse_row(self, row: Any) -> tuple[int, list[ReadCell]]:
        """Number a row that has no number as its first cell does."""
        if "r" not in row.attrib and len(row) and row[0].get("r"):
            row.set("r", row[0].get("r").lstrip(_CAPITALS))
        return super().parse_row(row)

    def parse_cell(self, cell: Any) -> ReadCell:
        """Leave a date that is written out as it is: one bad cell would end the whole sheet."""
        if cell.get("t") == "d":
            cell.set("t", "str")
        return super().parse_cell(cell)


def _values(workbook: Workbook, part: str) -> Generator[tuple[int, list[ReadCell]], None, None]:
    """Yield the rows as openpyxl reads them, by their number.

    It begins when the first row is asked for, and goes no further than it has to: what follows
    the rows (filters, validations, formats) holds no cell, and is where odd files break it.
    """
    book = cast("Any", workbook.book)  # its stubs know nothing of its formats
    with openpyxl_at_work(workbook.path), workbook.archive.open(part) as source:
        parser = _Parser(
            source,
            workbook.strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,  # noqa: SLF001 - as its own read-only sheet does
            timedelta_formats=book._timedelta_formats,  # noqa: SLF001 - as its own read-only sheet does
        )
        yield from parser.parse()


class _Cells:
    """What to make of a cell as written and as openpyxl reads it."""

    def __init__(self, workbook: Workbook, sheet: SheetEntry) -> None:
        self._workbook, self._sheet = workbook, sheet
        self._epoch = workbook.book.epoch
        self._looks: dict[str, NumberFormat] = {}
        self._numbers: dict[WrittenCell, RawCell] = {}

    def joined(self, written: WrittenRow, read: list[ReadCell]) -> list[RawCell]:
        """Return a row's cells in order, up to the last that is not empty."""
        cells: list[RawCell] = [""] * (max(written.cells) + 1)
        values = {cell["column"] - 1: cell["value"] for cell in read}
        for column, cell in written.cells.items():
            if cell is not None:
                place = (written.number, column)
                cells[column] = self._cell(cell, values.get(column), place)
        while cells and not cells[-1]:
            cells.pop()
        return cells

    def _cell(
        self, written: WrittenCell, value: ReadValue | None, place: tuple[int, int]
    ) -> RawCell:
        if written.type in _UNKNOWN:
            return _UNKNOWN[written.type], written.characters
        if value is None:
            finding = f"the cell {cell_name(*place)} holds no value where its type says"
            raise contradiction(self._workbook, self._sheet, finding)
        match written.type:
            case "n":
                return self._number(written, value, place)
            case "b":
                return CellKind.BOOLEAN, "TRUE" if value else "FALSE"
            case "d":
                return iso_cell(written.characters)
            case "e":
                return CellKind.ERROR, str(value)
            case _:
                text = str(value)
                return unescape(text) if "_x" in text else text

    def _number(self, written: WrittenCell, value: ReadValue, place: tuple[int, int]) -> RawCell:
        """Read a number, or look it up: columns of dates and codes repeat themselves."""
        cell = self._numbers.get(written)
        if cell is None:
            if len(self._numbers) >= _MOST_CACHED:
                self._numbers.clear()
            characters = written.characters.strip()
            look = self._look(written.style or "0", place)
            cell = number_cell(value, written=characters, look=look, epoch=self._epoch)
            self._numbers[written] = cell
        return cell

    def _look(self, style: str, place: tuple[int, int]) -> NumberFormat:
        look = self._looks.get(style)
        if look is None:
            look = self._looks[style] = self._format(style, place)
        return look

    def _format(self, style: str, place: tuple[int, int]) -> NumberFormat:
        book = cast("Any", self._workbook.book)  # its stubs know nothing of its formats
        styles, index = book._cell_styles, position(style, -1)  # noqa: SLF001 - openpyxl: no public way
        if not 0 <= index < len(styles):
            finding = f"the style of cell {cell_name(*place)} is missing"
            raise contradiction(self._workbook, self._sheet, finding)
        number = styles[index].numFmtId
        if number < OWN_FORMATS_FROM:
            return built_in_format(number) or GENERAL
        code: str = book._number_formats[number - OWN_FORMATS_FROM]  # noqa: SLF001 - no public way
        return number_format(unescape(code))
