"""One streaming pass over a sheet: its rows by their own numbers, and what a reader must know.

The pass is our own, since openpyxl's read-only mode hides what decides here: references, hidden
rows, merged cells, formulas without a value, and the digits of a number as they were written.

Rows and cells stand where their references say. A reference that contradicts another means that
nobody can tell which value belongs where: such a sheet is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bulk_update.readers.number_formats import GENERAL, NumberFormat
from bulk_update.readers.workbook_archive import damaged
from bulk_update.readers.workbook_cells import (
    RawCell,
    boolean_cell,
    error_cell,
    iso_cell,
    number_cell,
    unescaped,
)
from bulk_update.readers.workbook_parts import SheetEntry, Workbook
from bulk_update.readers.workbook_strings import RichText
from bulk_update.readers.workbook_xml import Attributes, Listener, listen, position
from bulk_update.records import CellKind

LAST_ROW = 1_048_576
LAST_COLUMN = 16_384

_MOST_CACHED = 50_000
_RANGE = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")
_TRUE = ("1", "true")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that has cells: blank ones may be left out, and rows without any are not told."""

    number: int
    is_hidden: bool
    cells: dict[int, RawCell]


@dataclass(frozen=True, slots=True)
class Range:
    """A rectangle of cells, rows counted from 1 and columns from 0, its ends included."""

    name: str
    first_row: int
    last_row: int
    first_column: int
    last_column: int


@dataclass(slots=True)
class SheetFacts:
    """What is known beside the rows; complete only when all rows were read."""

    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    merged: list[Range] = field(default_factory=list)


def read_rows(
    workbook: Workbook, sheet: SheetEntry, *, width: int = LAST_COLUMN, facts: SheetFacts
) -> Iterator[SheetRow]:
    """Yield the rows of a sheet, each with its cells in the first `width` columns.

    Raises InputError where references contradict each other, or point to what is not there.
    """
    if sheet.part is None:
        raise damaged(workbook.path, f'the sheet "{sheet.name}" is a chart, not a table')
    reading = _Reading(workbook, sheet, width, facts)
    for _ in listen(workbook.archive, sheet.part, reading.listener()):
        rows, reading.rows = reading.rows, []
        yield from rows
    yield from reading.rows


def column_index(letters: str) -> int:
    """Return the position, from 0, of the column that letters name."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


def column_letters(index: int) -> str:
    """Return the letters of the column at a position from 0."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


class _Reading:
    """The state of the pass: the row and the cell that are open."""

    def __init__(
        self, workbook: Workbook, sheet: SheetEntry, width: int, facts: SheetFacts
    ) -> None:
        self.rows: list[SheetRow] = []
        self._workbook, self._sheet = workbook, sheet
        self._width, self._facts = width, facts
        self._columns: dict[str, int] = {}
        self._numbers: dict[tuple[str, str], RawCell] = {}
        self._row = 0
        self._is_hidden = False
        self._cells: dict[int, RawCell] = {}
        self._column = -1
        self._type = self._style = ""
        self._value: str | None = None
        self._formula: str | None = None
        self._text = RichText()
        self._readers: dict[str, Callable[[str], RawCell]] = {
            "s": self._shared_string,
            "n": self._number,
            "str": unescaped,
            "b": boolean_cell,
            "d": iso_cell,
            "e": error_cell,
        }

    def listener(self) -> Listener:
        """Return what to call for which element."""
        return Listener(
            starts={
                "row": self._begin_row,
                "c": self._begin_cell,
                "v": self._text.begin_piece,
                "f": self._text.begin_piece,
                "col": self._note_columns,
                "mergeCell": self._note_merged,
                **self._text.starts,
            },
            ends={
                "row": self._end_row,
                "c": self._end_cell,
                "v": self._end_value,
                "f": self._end_formula,
                **self._text.ends,
            },
            text=self._text.characters.append,
        )

    def _begin_row(self, attributes: Attributes) -> None:
        named = attributes.get("r")
        number = self._row + 1 if named is None else position(named, 0)
        if not self._row < number <= LAST_ROW:
            raise self._contradiction(f"row {named or number} comes after row {self._row}")
        self._row, self._column = number, -1
        self._is_hidden = attributes.get("hidden") in _TRUE
        self._cells = {}

    def _end_row(self) -> None:
        if self._cells:
            self.rows.append(SheetRow(self._row, self._is_hidden, self._cells))

    def _begin_cell(self, attributes: Attributes) -> None:
        reference = attributes.get("r")
        self._column = self._column + 1 if reference is None else self._place(reference)
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._value = self._formula = None
        self._text.begin()

    def _place(self, reference: str) -> int:
        """Return the column of a reference, which must name the row that is open."""
        letters = reference.rstrip("0123456789")
        if reference[len(letters) :] != str(self._row):
            raise self._contradiction(f"row {self._row} has a cell that claims to be {reference}")
        column = self._columns.get(letters)
        if column is None:
            if not re.fullmatch("[A-Z]{1,3}", letters) or column_index(letters) >= LAST_COLUMN:
                raise self._contradiction(f"there is a cell that claims to be {reference}")
            column = self._columns[letters] = column_index(letters)
        return column

    def _end_value(self) -> None:
        self._value = "".join(self._text.characters)

    def _end_formula(self) -> None:
        self._formula = "".join(self._text.characters)

    def _end_cell(self) -> None:
        if self._column >= self._width:
            return
        cell = self._cell()
        if self._column in self._cells:
            raise self._contradiction(f"two cells claim to be {self._here()}")
        self._cells[self._column] = cell

    def _cell(self) -> RawCell:
        value, kind = self._value, self._type
        if self._formula is not None and (value is None or (not value and kind != "str")):
            return CellKind.NO_VALUE, f"={self._formula}"
        if kind == "inlineStr":
            return self._text.whole()
        if not value:
            return ""
        read = self._readers.get(kind)
        if read is None:
            raise self._contradiction(f"the cell {self._here()} has an unknown type, {kind!r}")
        return read(value)

    def _shared_string(self, value: str) -> str:
        strings = self._workbook.strings
        number = position(value.strip(), len(strings))
        if number >= len(strings):
            finding = f"the text of cell {self._here()} is not in the table of shared strings"
            raise self._contradiction(finding)
        return strings[number]

    def _number(self, value: str) -> RawCell:
        """Read a number, or look it up: columns of dates and codes repeat themselves."""
        key = (value, self._style)
        cell = self._numbers.get(key)
        if cell is None:
            if len(self._numbers) >= _MOST_CACHED:
                self._numbers.clear()
            cell = number_cell(value, self._format(), self._workbook.epoch)
            self._numbers[key] = cell
        return cell

    def _format(self) -> NumberFormat:
        if not self._style:
            return GENERAL
        formats = self._workbook.formats
        index = position(self._style, len(formats))
        if index >= len(formats):
            raise self._contradiction(f"the style of cell {self._here()} is missing")
        return formats[index]

    def _note_columns(self, attributes: Attributes) -> None:
        if attributes.get("hidden") in _TRUE:
            first, last = (position(attributes.get(end, ""), 0) for end in ("min", "max"))
            self._facts.hidden_columns.append((first - 1, last - 1))

    def _note_merged(self, attributes: Attributes) -> None:
        name = attributes.get("ref", "")
        found = _RANGE.fullmatch(name)
        if found is not None:
            rows = sorted((int(found[2]), int(found[4])))
            columns = sorted((column_index(found[1]), column_index(found[3])))
            self._facts.merged.append(Range(name, *rows, *columns))

    def _here(self) -> str:
        return f"{column_letters(self._column)}{self._row}"

    def _contradiction(self, finding: str) -> Exception:
        return damaged(self._workbook.path, f'sheet "{self._sheet.name}": {finding}')
