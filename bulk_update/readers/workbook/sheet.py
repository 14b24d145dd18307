"""Reads a sheet's rows in one streaming pass over its XML, and refuses anything uncertain.

Cells are placed by their references. A sheet that contradicts itself (two cells in one place, an
invalid number, a reference to a missing text) is damaged: any reading of it would be a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from openpyxl.utils.cell import column_index_from_string, get_column_letter
from openpyxl.utils.escape import unescape

from bulk_update.errors import InputError
from bulk_update.readers.workbook.archive import damaged
from bulk_update.readers.workbook.cell_values import iso_cell, number_cell
from bulk_update.readers.workbook.cells import RawCell
from bulk_update.readers.workbook.merged import Range, range_of
from bulk_update.readers.workbook.package import SheetEntry, Workbook
from bulk_update.readers.workbook.shared_strings import rich_text
from bulk_update.readers.workbook.xml_stream import (
    NAMESPACES,
    Attributes,
    Element,
    position,
    stream_part,
)
from bulk_update.records import CellKind, Issue, Param

LAST_ROW = 1_048_576
LAST_COLUMN = 16_384

_LETTERS = re.compile("[A-Z]{1,3}")
_TRUE = ("1", "true")
_SHOWN_CHARACTERS = 40
_NOTHING = re.compile(r"0+(\.0*)?")
"""A height or width of zero."""
_SPREADS = ("array", "dataTable")
"""Formulas that also give values to other cells (ECMA-376, part 1, 18.18.6)."""
_NUMBER = re.compile(r"\s*[-+]?([0-9]{1,400}\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,4})?\s*")
_MOST_CACHED = 50_000
_OF_ROWS = frozenset(
    f"{namespace} {name}"
    for namespace in NAMESPACES
    for name in ("row", "c", "v", "f", "is", "t", "r")
)
"""Elements that mean something only in their proper place; elsewhere, they would be lost."""


class SheetRow(NamedTuple):
    """A row with its cells in order, up to the last one that is not empty."""

    number: int
    is_hidden: bool
    cells: list[RawCell]


class SheetReader:
    """Reads a sheet's rows, with their cells in the first `width` columns.

    `hidden_columns` are pairs of first and last, counted from 0; they are known once the first row
    has been read. `has_formulas` says whether any row so far has a formula.
    """

    def __init__(self, workbook: Workbook, sheet: SheetEntry, *, width: int) -> None:
        self.hidden_columns: list[tuple[int, int]] = []
        self.has_formulas = False
        self._workbook, self._sheet = workbook, sheet
        self._width = width
        self._columns: dict[str, int] = {}
        self._numbers: dict[tuple[str, str], RawCell] = {}
        self._readers: dict[str, Callable[[str], RawCell]] = {
            "s": self._shared_string,
            "str": _text,
            "n": self._number,
            "b": self._boolean,
            "d": iso_cell,
            "e": lambda value: (CellKind.ERROR, value),
        }
        self._rows: list[SheetRow] = []
        self._row = 0
        self._row_text = ""
        self._is_counted = self._is_hidden = False
        self._cells: list[RawCell | None] = []
        self._column = -1
        self._type = self._style = ""
        self._value: str | None = None
        self._formula: str | None = None
        self._has_text = False
        self._texts: list[str] = []
        self._spread: Range | None = None
        self._unknown: list[Range] = []

    def rows(self) -> Iterator[SheetRow]:
        """Yield the rows.

        Raises InputError if the sheet contradicts itself, and XmlError for malformed XML.
        """
        workbook, part = self._workbook, self._sheet.part
        for _ in stream_part(workbook.archive, part, self._document(), self._check_place):
            rows, self._rows = self._rows, []
            yield from rows
        yield from self._rows

    def _document(self) -> Element:
        cell = Element(
            start=self._begin_cell,
            end=self._end_cell,
            children={
                "v": Element(text=self._set_value),
                "f": Element(start=self._begin_formula, text=self._set_formula),
                "is": rich_text(self._texts.append, start=self._begin_text),
            },
        )
        row = Element(start=self._begin_row, end=self._end_row, children={"c": cell})
        column = Element(start=self._note_column)
        children = {
            "cols": Element(children={"col": column}),
            "sheetData": Element(children={"row": row}),
        }
        return Element(children={"worksheet": Element(children=children)})

    def _begin_row(self, attributes: Attributes) -> None:
        named = attributes.get("r")
        number = self._row + 1 if named is None else position(named, 0)
        if not self._row < number <= LAST_ROW:
            params: dict[str, Param] = {"row": named or number, "before": self._row}
            raise self._contradiction(Issue("input", params, "unordered-rows"))
        self._row, self._row_text = number, str(number)
        self._column = -1
        self._is_counted = named is None
        self._is_hidden = _is_hidden(attributes, "ht")
        self._cells = []
        if self._unknown:
            self._unknown = [range_ for range_ in self._unknown if range_.last_row >= number]

    def _end_row(self) -> None:
        cells = self._cells
        if cells:
            while cells and not cells[-1]:
                cells.pop()
            self._rows.append(SheetRow(self._row, self._is_hidden, [cell or "" for cell in cells]))

    def _begin_cell(self, attributes: Attributes) -> None:
        reference = attributes.get("r")
        if reference is None:
            self._column += 1
        else:
            letters = reference.removesuffix(self._row_text)
            column = None if letters == reference else self._columns.get(letters)
            self._column = self._place(reference) if column is None else column
        self._is_counted = False
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "0")
        self._value = self._formula = self._spread = None
        self._has_text = False

    def _place(self, reference: str) -> int:
        """Return the column of a reference, which must be in the current row."""
        letters = reference.rstrip("0123456789")
        row = reference[len(letters) :]
        if self._is_counted and self._row < position(row, 0) <= LAST_ROW:
            self._row = int(row)  # a row without a number gets that of its first cell
            self._row_text = str(self._row)
        if row != self._row_text:
            params: dict[str, Param] = {"row": self._row, "cell": reference}
            raise self._contradiction(Issue("input", params, "cell-of-another-row"))
        column = column_index_from_string(letters) - 1 if _LETTERS.fullmatch(letters) else -1
        if not 0 <= column < LAST_COLUMN:
            raise self._contradiction(Issue("input", {"cell": reference}, "no-such-cell"))
        self._columns[letters] = column
        return column

    def _set_value(self, text: str) -> None:
        if self._value is not None:
            raise self._contradiction(Issue("input", {"cell": self._here()}, "two-values"))
        self._value = text

    def _begin_formula(self, attributes: Attributes) -> None:
        if attributes.get("t") in _SPREADS:
            self._spread = range_of(attributes.get("ref", ""))

    def _set_formula(self, text: str) -> None:
        self._formula = text
        self.has_formulas = True

    def _begin_text(self, _: object) -> None:
        self._has_text = True
        self._texts.clear()

    def _end_cell(self) -> None:
        column, cells = self._column, self._cells
        if column >= self._width:
            return
        cell = self._cell()
        missing = column - len(cells)
        if missing >= 0:
            cells.extend([None] * missing)
            cells.append(cell)
        elif cells[column] is None:
            cells[column] = cell
        else:
            raise self._contradiction(Issue("input", {"cell": self._here()}, "two-cells"))

    def _cell(self) -> RawCell:
        if self._formula is not None or self._unknown:
            unknown = self._unknown_formula()
            if unknown is not None:
                return CellKind.NO_VALUE, f"={unknown}"
        value, kind = self._value, self._type
        if kind == "inlineStr":
            return self._inline_text()
        if not value:
            if self._has_text:
                raise self._contradiction(Issue("input", {"cell": self._here()}, "no-typed-value"))
            return ""
        read = self._readers.get(kind)
        if read is None:
            params = {"cell": self._here(), "kind": str(kind)}
            raise self._contradiction(Issue("input", params, "unknown-type"))
        return read(value)

    def _unknown_formula(self) -> str | None:
        """Return the formula of a cell whose value has not been calculated."""
        value = self._value
        if self._formula is not None and (
            not self._workbook.is_calculated or value is None or (not value and self._type != "str")
        ):
            if self._spread is not None:
                self._unknown.append(self._spread)
            return self._formula
        if any(range_.holds(self._row, self._column) for range_ in self._unknown):
            return ""
        return None

    def _inline_text(self) -> RawCell:
        """Return an inline text; LibreOffice stores the text of a formula as a value instead."""
        if self._has_text:
            return _text("".join(self._texts))
        if not self._value:
            return ""
        return (CellKind.ERROR, self._value) if self._formula is None else _text(self._value)

    def _shared_string(self, value: str) -> str:
        strings = self._workbook.strings
        index = position(value.strip(), len(strings))
        if index >= len(strings):
            finding = Issue("input", {"cell": self._here()}, "no-shared-string")
            raise self._contradiction(finding)
        return _text(strings[index])

    def _number(self, value: str) -> RawCell:
        """Read a number through a cache, since columns of dates and codes repeat values."""
        written = (self._style, value)
        cell = self._numbers.get(written)
        if cell is None:
            if len(self._numbers) >= _MOST_CACHED:
                self._numbers.clear()
            cell = self._numbers[written] = self._new_number(value)
        return cell

    def _new_number(self, value: str) -> RawCell:
        if _NUMBER.fullmatch(value) is None:
            raise self._wrong(value, "not-a-number")
        look = self._workbook.styles.number_format(self._style)
        return number_cell(value.strip(), look=look, epoch=self._workbook.epoch)

    def _boolean(self, value: str) -> RawCell:
        shown = {"1": "TRUE", "0": "FALSE"}.get(value.strip())
        if shown is None:
            raise self._wrong(value, "not-a-boolean")
        return CellKind.BOOLEAN, shown

    def _note_column(self, attributes: Attributes) -> None:
        if _is_hidden(attributes, "width"):
            first, last = (position(attributes.get(end, ""), 0) for end in ("min", "max"))
            self.hidden_columns.append((first - 1, last - 1))

    def _check_place(self, name: str) -> None:
        """Refuse misplaced elements of rows and cells."""
        if name in _OF_ROWS:
            raise self._contradiction(Issue("input", {"row": self._row}, "misplaced-elements"))

    def _here(self) -> str:
        return f"{get_column_letter(self._column + 1)}{self._row}"

    def _wrong(self, value: str, variant: str) -> InputError:
        params = {"cell": self._here(), "text": value[:_SHOWN_CHARACTERS]}
        return self._contradiction(Issue("input", params, variant))

    def _contradiction(self, finding: Issue) -> InputError:
        params: dict[str, Param] = {"name": self._sheet.name, "finding": finding}
        return damaged(self._workbook.path, Issue("input", params, "in-sheet"))


def _text(written: str) -> str:
    """Decode the escapes of characters in a text, such as `_x000D_`."""
    return unescape(written) if "_x" in written else written


def _is_hidden(attributes: Attributes, size: str) -> bool:
    """Return whether a row or column is hidden, or has a height or width of zero."""
    return (
        attributes.get("hidden") in _TRUE
        or _NOTHING.fullmatch(attributes.get(size, "")) is not None
    )
