"""One streaming pass over a sheet's XML, for what openpyxl's read-only mode hides.

That mode hands out values alone: not the reference with which a cell says where it stands, not
which rows and columns are hidden or merged, not which formula has no value. Nor does it mind what
breaks the format's rules, where it then guesses: -1 is the last of the shared strings, 2 is TRUE,
1_000 is 1000, and of two cells in one place the later wins. So each cell's type and characters
pass by here before openpyxl's value is taken, and a sheet that breaks the rules is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from openpyxl.utils import column_index_from_string, get_column_letter

from bulk_update.errors import InputError
from bulk_update.readers.workbook_archive import damaged
from bulk_update.readers.workbook_parts import SheetEntry, Workbook
from bulk_update.readers.workbook_xml import Attributes, Listener, listen, position

LAST_ROW = 1_048_576
LAST_COLUMN = 16_384

NO_VALUE = "formula without a value"
UNREADABLE = "value that is not where its type says"
"""Stand for a cell's type (ECMA-376, part 1, 18.18.11) where it has nothing of that type."""

_RANGE = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")
_LETTERS = re.compile("[A-Z]{1,3}")
_TRUE = ("1", "true")
_SHOWN_CHARACTERS = 40
_NOTHING = re.compile(r"0+(\.0*)?")
"""A height or a width of nothing."""
_SPREADS = ("array", "dataTable")
"""Formulas that give values to more cells than their own (ECMA-376, part 1, 18.18.6)."""
_RULES = {
    "n": (
        re.compile(r"\s*[-+]?([0-9]{1,400}\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,4})?\s*"),
        "a number",
    ),
    "b": (re.compile(r"\s*[01]\s*"), "0 or 1"),
}
"""What may be written in a cell of these types. In those of texts, everything may."""
_TEXTS = ("str", "inlineStr", "e", "d")


class WrittenCell(NamedTuple):
    """A cell as it is written: its type, its style, and its value's characters.

    A formula without a value has those of the formula. A text of pieces has none: it is openpyxl
    that puts them together.
    """

    type: str
    style: str
    characters: str


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """A row with cells: by their column, counted from 0; None is a blank one."""

    number: int
    is_hidden: bool
    cells: dict[int, WrittenCell | None]


@dataclass(frozen=True, slots=True)
class Range:
    """A rectangle of cells, rows counted from 1 and columns from 0, its ends included."""

    name: str
    first_row: int
    last_row: int
    first_column: int
    last_column: int

    def holds(self, row: int, column: int) -> bool:
        """Tell whether a cell is one of these."""
        return (
            self.first_row <= row <= self.last_row
            and self.first_column <= column <= self.last_column
        )


@dataclass(slots=True)
class SheetFacts:
    """What is known beside the rows; complete only when all rows were read."""

    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    merged: list[Range] = field(default_factory=list)


def written_rows(
    workbook: Workbook, sheet: SheetEntry, *, width: int, facts: SheetFacts
) -> Iterator[WrittenRow]:
    """Yield the rows of a sheet that have cells in the first `width` columns.

    Rows and cells stand where their references say. Raises InputError where one contradicts
    another, since nobody can tell then which value belongs where, and XmlError for torn XML.
    """
    reading = _Pass(workbook, sheet, width, facts)
    for _ in listen(workbook.archive, part_of(workbook, sheet), reading.listener()):
        rows, reading.rows = reading.rows, []
        yield from rows
    yield from reading.rows


def part_of(workbook: Workbook, sheet: SheetEntry) -> str:
    """Return the part that holds a sheet's table; raises InputError where it has none."""
    if sheet.part is None:
        raise damaged(workbook.path, f'the sheet "{sheet.name}" is a chart, not a table')
    return sheet.part


def contradiction(workbook: Workbook, sheet: SheetEntry, finding: str) -> InputError:
    """Say where a sheet contradicts itself."""
    return damaged(workbook.path, f'sheet "{sheet.name}": {finding}')


def cell_name(row: int, column: int) -> str:
    """Name a cell as a spreadsheet program does; its column is counted from 0."""
    return f"{get_column_letter(column + 1)}{row}"


class _Pass:
    """The state of the pass: the element that is open, its row and its cell."""

    def __init__(
        self, workbook: Workbook, sheet: SheetEntry, width: int, facts: SheetFacts
    ) -> None:
        self.rows: list[WrittenRow] = []
        self._workbook, self._sheet = workbook, sheet
        self._width, self._facts = width, facts
        self._columns: dict[str, int] = {}
        self._open = ""
        self._row = 0
        self._is_counted = False
        self._is_hidden = False
        self._cells: dict[int, WrittenCell | None] = {}
        self._column = -1
        self._type = self._style = ""
        self._value: str | None = None
        self._formula: str | None = None
        self._spread: Range | None = None
        self._unknown: list[Range] = []
        self._has_text = False
        self._characters: list[str] = []

    def listener(self) -> Listener:
        """Return what to call for which element."""
        return Listener(
            starts={
                "row": self._begin_row,
                "c": self._begin_cell,
                "v": self._begin_characters,
                "f": self._begin_formula,
                "is": self._note_text,
                "col": self._note_columns,
                "mergeCell": self._note_merged,
            },
            ends={
                "row": self._end_row,
                "c": self._end_cell,
                "v": self._end_value,
                "f": self._end_formula,
            },
            other=self._pass_by,
            text=self._characters.append,
        )

    def _begin_row(self, attributes: Attributes) -> None:
        if self._open:
            raise self._misplaced()
        self._open = "row"
        named = attributes.get("r")
        number = self._row + 1 if named is None else position(named, 0)
        if not self._row < number <= LAST_ROW:
            raise self._contradiction(f"row {named or number} comes after row {self._row}")
        self._row, self._column = number, -1
        self._is_counted = named is None
        self._is_hidden = _is_hidden(attributes, "ht")
        self._cells = {}
        if self._unknown:
            self._unknown = [range_ for range_ in self._unknown if range_.last_row >= number]

    def _end_row(self) -> None:
        self._open = ""
        if self._cells:
            self.rows.append(WrittenRow(self._row, self._is_hidden, self._cells))

    def _begin_cell(self, attributes: Attributes) -> None:
        if self._open != "row":
            raise self._misplaced()
        self._open = "c"
        self._characters.clear()  # a text of pieces is added to them, and nobody asks for it
        reference = attributes.get("r")
        self._column = self._column + 1 if reference is None else self._place(reference)
        self._is_counted = False
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._value = self._formula = self._spread = None
        self._has_text = False

    def _place(self, reference: str) -> int:
        """Return the column of a reference, which must name the row that is open."""
        letters = reference.rstrip("0123456789")
        row = reference[len(letters) :]
        if self._is_counted and self._row < position(row, 0) <= LAST_ROW:
            self._row = int(row)  # the first cell of a row without a number has it
        if row != str(self._row):
            raise self._contradiction(f"row {self._row} has a cell that claims to be {reference}")
        column = self._columns.get(letters)
        if column is None:
            column = column_index_from_string(letters) - 1 if _LETTERS.fullmatch(letters) else -1
            if not 0 <= column < LAST_COLUMN:
                raise self._contradiction(f"there is a cell that claims to be {reference}")
            self._columns[letters] = column
        return column

    def _begin_characters(self, _: Attributes) -> None:
        if self._open != "c":
            raise self._misplaced()
        self._open = "v"
        self._characters.clear()

    def _begin_formula(self, attributes: Attributes) -> None:
        self._begin_characters(attributes)
        if attributes.get("t") in _SPREADS:
            self._spread = _range(attributes.get("ref", ""))

    def _end_value(self) -> None:
        self._open = "c"
        if self._value is not None:
            raise self._contradiction(f"the cell {self._here()} has two values")
        self._value = "".join(self._characters)

    def _end_formula(self) -> None:
        self._open = "c"
        self._formula = "".join(self._characters)

    def _note_text(self, _: Attributes) -> None:
        self._has_text = True

    def _pass_by(self, _: Attributes) -> None:
        """Nothing may stand within a value, since openpyxl would end it there."""
        if self._open == "v":
            raise self._misplaced()

    def _end_cell(self) -> None:
        self._open = "row"
        if self._column >= self._width:
            return
        cell = self._cell()
        if self._column in self._cells:
            raise self._contradiction(f"two cells claim to be {self._here()}")
        self._cells[self._column] = cell

    def _cell(self) -> WrittenCell | None:
        value, kind = self._value, self._type
        if self._formula is not None and (
            not self._workbook.is_calculated or value is None or (not value and kind != "str")
        ):
            if self._spread:
                self._unknown.append(self._spread)
            return WrittenCell(NO_VALUE, "", f"={self._formula}")
        if any(range_.holds(self._row, self._column) for range_ in self._unknown):
            return WrittenCell(NO_VALUE, "", "=")
        if self._has_text and not value:
            return WrittenCell("inlineStr", "", "")
        if not value:
            return None
        if kind == "inlineStr" and not self._has_text:
            return WrittenCell(UNREADABLE, "", value)
        self._check(value, kind)
        return WrittenCell(kind, self._style, value)

    def _check(self, value: str, kind: str) -> None:
        if kind == "s":
            self._check_shared(value)
        elif kind in _RULES:
            pattern, expected = _RULES[kind]
            if pattern.fullmatch(value) is None:
                found = f"the cell {self._here()} holds {value[:_SHOWN_CHARACTERS]!r}"
                raise self._contradiction(f"{found} (expected {expected})")
        elif kind not in _TEXTS:
            raise self._contradiction(f"the cell {self._here()} has an unknown type, {kind!r}")

    def _check_shared(self, value: str) -> None:
        count = len(self._workbook.strings)
        if position(value.strip(), count) >= count:
            finding = f"the text of cell {self._here()} is not in the table of shared strings"
            raise self._contradiction(finding)

    def _note_columns(self, attributes: Attributes) -> None:
        if _is_hidden(attributes, "width"):
            first, last = (position(attributes.get(end, ""), 0) for end in ("min", "max"))
            self._facts.hidden_columns.append((first - 1, last - 1))

    def _note_merged(self, attributes: Attributes) -> None:
        merged = _range(attributes.get("ref", ""))
        if merged:
            self._facts.merged.append(merged)

    def _here(self) -> str:
        return cell_name(self._row, self._column)

    def _misplaced(self) -> InputError:
        return self._contradiction(f"in or after row {self._row}, elements are misplaced")

    def _contradiction(self, finding: str) -> InputError:
        return contradiction(self._workbook, self._sheet, finding)


def _is_hidden(attributes: Attributes, size: str) -> bool:
    """Tell whether a row or a column is hidden, or as high or wide as nothing."""
    return (
        attributes.get("hidden") in _TRUE
        or _NOTHING.fullmatch(attributes.get(size, "")) is not None
    )


def _range(name: str) -> Range | None:
    """Return the rectangle that a name such as `A1:B2` stands for; None for one cell."""
    found = _RANGE.fullmatch(name)
    if found is None:
        return None
    rows = sorted((int(found[2]), int(found[4])))
    columns = sorted(column_index_from_string(found[end]) - 1 for end in (1, 3))
    return Range(name, *rows, *columns)
