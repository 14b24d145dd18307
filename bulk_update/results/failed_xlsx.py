"""`failed.xlsx`: the rows and columns of `failed.csv` as a workbook that is easy to correct.

Every cell is text, so that spreadsheet programs do not change any. Characters that a workbook
cannot hold are escaped as Excel does it, and a text that is too long is cut and marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import IO, TYPE_CHECKING, cast

from bulk_update.cells.marks import workbook_text
from bulk_update.columns import FAILED_COLUMNS, column_key
from bulk_update.language import gettext
from bulk_update.messages import remedy_unless_said, sentence_of
from bulk_update.reasons import restored
from bulk_update.records import FailedRow, Issue
from bulk_update.results.failed_rows import FailedTable

if TYPE_CHECKING:  # openpyxl is loaded only to write a workbook
    from openpyxl import Workbook
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

MOST_ROWS = 1_048_575
"""A sheet has 1,048,576 rows, and the header takes one."""
MOST_COLUMNS = 16_384
RUN_PROPERTY = "bulk-update-run"
"""The custom document property that holds the run's id."""

_NOTED_ROWS = 500
_TABLE, _LISTS = "failed", "lists"
_TEXT_FORMAT = "@"
_OFFENDING = "FFF2CC"
_WIDTH = 18
_NOTE_WIDTH, _NOTE_HEIGHT = 420, 140
_AUTHOR = "bulk-update"
_LIKE_AN_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")


def fits_a_workbook(*, rows: int, table: FailedTable) -> bool:
    """Return whether a sheet has enough rows and columns."""
    return rows <= MOST_ROWS and len(table.heading()) <= MOST_COLUMNS


def write_failed_workbook(
    file: IO[bytes],
    rows: Iterable[FailedRow],
    *,
    table: FailedTable,
    choices: Mapping[str, Sequence[str]],
) -> None:
    """Write the rows one at a time, so that memory does not grow with their number.

    `choices` are the values that the cells of a column offer, by its name. The caller must check
    that the rows fit (`fits_a_workbook`).
    """
    from openpyxl import Workbook
    from openpyxl.packaging.custom import StringProperty

    workbook = Workbook(write_only=True)
    run = StringProperty(name=RUN_PROPERTY, value=table.run_id)
    workbook.custom_doc_props.append(run)  # type: ignore[attr-defined]  # missing in the stubs
    sheet = _FailedSheet(workbook, table)
    count = 0
    for count, row in enumerate(rows, 1):
        sheet.append(row, with_notes=count <= _NOTED_ROWS)
    _offer(workbook, sheet, choices=choices, rows=count)
    sheet.finish(rows=count)
    workbook.save(file)


def _new_sheet(workbook: Workbook, name: str) -> Worksheet:
    """Add a sheet whose rows are written one by one; its type has everything that is used here."""
    return cast("Worksheet", workbook.create_sheet(name))


def _append(sheet: Worksheet, cells: Iterable[Cell]) -> None:
    """Write a row, and each of its cells before the next one is created."""
    row = (cell for cell in cells)  # openpyxl accepts no other kind of iterator
    sheet.append(row)  # type: ignore[arg-type]  # the stubs allow only Generator


class _FailedSheet:
    """The visible sheet."""

    def __init__(self, workbook: Workbook, table: FailedTable) -> None:
        self._table = table
        self._index_of: dict[str, int] = {}
        for index, name in enumerate(table.header):
            self._index_of.setdefault(column_key(name), index)
        self.sheet = _new_sheet(workbook, _TABLE)
        self.sheet.freeze_panes = "A2"
        self._width = len(table.heading())
        self._styles = _Styles(self.sheet)
        self._styles.set_columns(self._width)
        self.sheet.append(self._styles.heading(table.heading()))

    def column_of(self, name: str) -> int | None:
        """Return the index of an original column, or None if there is none with this name."""
        return self._index_of.get(column_key(name))

    def append(self, row: FailedRow, *, with_notes: bool) -> None:
        """Write one row, and highlight the cells that its reasons are about."""
        offending = self._offending(restored(row.reasons))
        cells = list(self._table.cells(row))[:MOST_COLUMNS]
        _append(self.sheet, self._styled(cells, offending, with_notes=with_notes))

    def finish(self, *, rows: int) -> None:
        """Make the header a filter."""
        from openpyxl.utils.cell import get_column_letter

        self.sheet.auto_filter.ref = f"A1:{get_column_letter(self._width)}{rows + 1}"

    def _offending(self, reasons: Sequence[Issue]) -> dict[int, list[Issue]]:
        """Return the reasons by the index of the cell that they are about.

        A reason that is not about an original column is about the cell with the message.
        """
        found: dict[int, list[Issue]] = {}
        message = len(self._table.header) + FAILED_COLUMNS.index("_message")
        for issue in reasons:
            named = [self.column_of(name) for name in issue.columns]
            for index in [at for at in named if at is not None] or [message]:
                found.setdefault(index, []).append(issue)
        return found

    def _styled(
        self, cells: Sequence[str], offending: Mapping[int, list[Issue]], *, with_notes: bool
    ) -> Iterator[Cell]:
        for index, text in enumerate(cells):
            reasons = offending.get(index)
            if reasons is None:
                yield self._styles.plain(text)
            else:
                yield self._styles.offending(text, note=_note(reasons) if with_notes else "")


class _Styles:
    """Makes the cells of a sheet.

    Each cell is written immediately, so that all cells without a note can share one object.
    """

    def __init__(self, sheet: Worksheet) -> None:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.comments import Comment
        from openpyxl.styles import Font, PatternFill

        self._sheet, self._cell, self._comment = sheet, WriteOnlyCell, Comment
        self._bold = Font(bold=True)
        self._fill = PatternFill("solid", fgColor=_OFFENDING)
        self._plain = self._made()
        self._coloured = self._made(coloured=True)

    def set_columns(self, count: int) -> None:
        """Format whole columns as text, so that cells which the user adds are kept as well."""
        from openpyxl.utils.cell import get_column_letter

        for number in range(1, count + 1):
            dimension = self._sheet.column_dimensions[get_column_letter(number)]
            dimension.width = _WIDTH
            dimension.number_format = _TEXT_FORMAT

    def heading(self, names: Sequence[str]) -> list[Cell]:
        """Return the cells of the header row."""
        cells = [self._filled(self._made(), name) for name in names]
        for cell in cells:
            cell.font = self._bold
        return cells

    def plain(self, text: str) -> Cell:
        """Return a cell; it is valid until the next call."""
        return self._filled(self._plain, text)

    def offending(self, text: str, *, note: str) -> Cell:
        """Return a coloured cell; without a note, it is valid until the next call."""
        if not note:
            return self._filled(self._coloured, text)
        cell = self._made(coloured=True)
        cell.comment = self._comment(note, _AUTHOR, height=_NOTE_HEIGHT, width=_NOTE_WIDTH)
        return self._filled(cell, text)

    def _made(self, *, coloured: bool = False) -> Cell:
        cell = self._cell(self._sheet)
        cell.number_format = _TEXT_FORMAT
        if coloured:
            cell.fill = self._fill
        return cell

    def _filled(self, cell: Cell, text: str) -> Cell:
        cell.value = cell_text(text)
        cell.data_type = "s"  # openpyxl would turn some texts into formulas or errors
        return cell


def cell_text(text: str) -> str:
    """Return a text as a workbook stores it.

    Characters that XML does not allow are escaped, and so is any text that looks like such an
    escape; readers undo both. A text that is too long is cut and marked as unusable.
    """
    shortened = workbook_text(text)
    if "_x" in shortened:
        shortened = _LIKE_AN_ESCAPE.sub("_x005F_", shortened)
    return _NOT_IN_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", shortened)


def _offer(
    workbook: Workbook, sheet: _FailedSheet, *, choices: Mapping[str, Sequence[str]], rows: int
) -> None:
    """Offer the values of lookups in the cells of their columns.

    The values are on a hidden sheet, because Excel reports a long list within a rule as damage.
    Other texts, such as the one that clears a field, can still be entered after a warning.
    """
    from openpyxl.utils.cell import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    offered = {
        index: values
        for name, values in choices.items()
        if values and (index := sheet.column_of(name)) is not None
    }
    if not offered or not rows:
        return
    lists = _new_sheet(workbook, _LISTS)
    lists.sheet_state = "hidden"
    texts = _Styles(lists)
    for number, (index, values) in enumerate(offered.items(), 1):
        source, target = get_column_letter(number), get_column_letter(index + 1)
        rule = DataValidation(
            type="list",
            formula1=f"{_LISTS}!${source}$1:${source}${len(values)}",
            allow_blank=True,
            showErrorMessage=True,
            errorStyle="warning",
            errorTitle=_AUTHOR,
            error=gettext("The lookup of this column does not have this value."),
        )
        rule.add(f"{target}2:{target}{rows + 1}")
        sheet.sheet.data_validations.append(rule)
    for line in zip_longest(*offered.values(), fillvalue=""):
        _append(lists, map(texts.plain, line))


def _note(reasons: Sequence[Issue]) -> str:
    """Return the note on a cell: what is wrong with it, and what to do."""
    lines = []
    for issue in reasons:
        said = sentence_of(issue)
        remedy = remedy_unless_said(issue.code, said=said).replace("`", "")
        lines.append(f"{said}\n{remedy[:1].upper()}{remedy[1:]}".strip())
    return _NOT_IN_XML.sub("\ufffd", "\n\n".join(lines))
