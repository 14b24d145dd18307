"""A sheet's rows: openpyxl's values, joined by row number with what our own pass saw of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.utils.escape import unescape
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from bulk_update.errors import InputError
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
    written_rows,
)
from bulk_update.readers.workbook_parts import SheetEntry, Workbook, openpyxl_at_work
from bulk_update.readers.workbook_values import ReadValue, iso_cell, number_cell
from bulk_update.readers.workbook_xml import position
from bulk_update.records import CellKind

ReadRow = tuple[ReadOnlyCell, ...]

_MOST_CACHED = 50_000
_FIRST_OWN_FORMAT = 164
"""Formats below this number are built into spreadsheet programs, and named by it alone."""


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
    """Yield the rows of a sheet up to the last one wanted, with cells in the first `width` columns.

    Raises InputError where the sheet contradicts itself or openpyxl cannot read it.
    """
    joining = _Joining(workbook, sheet)
    values: Iterator[tuple[int, ReadRow]] = iter(())
    for written in written_rows(workbook, sheet, width=width, facts=facts):
        if written.number > last:
            return
        if not joining.has_begun
