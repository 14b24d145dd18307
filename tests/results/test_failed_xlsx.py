from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from bulk_update.reasons import stored
from bulk_update.records import FailedRow, Issue
from bulk_update.results import FailedTable, fits_a_workbook, write_failed_workbook
from bulk_update.results.failed_xlsx import MOST_ROWS

HEADER = ["ID", "Status", "Miasto"]
BAD_STATUS = Issue("not-in-lookup", {"text": "Kontkt"}, columns=("Status",))


def row(*cells: str, number: int = 7, reasons: Sequence[Issue] = (BAD_STATUS,)) -> FailedRow:
    encoded = json.dumps(cells).encode()
    return FailedRow(number, encoded, "invalid", reasons[0].code, stored(reasons))


def written(
    *rows: FailedRow, choices: Mapping[str, Sequence[str]] | None = None
) -> tuple[bytes, Any]:
    """Write the rows, and read them again with another program's eyes."""
    file = io.BytesIO()
    write_failed_workbook(file, rows, table=FailedTable(HEADER, "run-1"), choices=choices or {})
    return file.getvalue(), load_workbook(io.BytesIO(file.getvalue()))


def test_the_rows_and_columns_are_those_of_failed_csv() -> None:
    _, workbook = written(row("00123", "Kontkt", "Łódź"), row("=1+1", "'x", "TRUE", number=9))
    rows = [list(cells) for cells in workbook["failed"].iter_rows(values_only=True)]
    message = 'column "Status": "Kontkt" is not in the lookup (nearest: ?)'
    assert rows[0] == [*HEADER, "_row", "_run", "_outcome", "_code", "_message"]
    assert rows[1][:7] == ["00123", "Kontkt", "Łódź", "7", "run-1", "invalid", "not-in-lookup"]
    assert rows[2][:5] == ["'=1+1", "''x", "TRUE", "9", "run-1"]
    assert str(rows[1][7]).startswith(message[:20])


def test_every_cell_is_text_and_empty_ones_become_text_when_they_are_filled() -> None:
    _, workbook = written(row("00123", "", "1E5"))
    sheet = workbook["failed"]
    for cells in sheet.iter_rows():
        for cell in cells:
            assert cell.number_format == "@"
            assert cell.data_type == "s" or cell.value is None


def test_the_header_is_frozen_and_filters_and_the_property_names_the_run() -> None:
    _, workbook = written(row("1", "x", "y"))
    sheet = workbook["failed"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:H2")
    assert [(p.name, p.value) for p in workbook.custom_doc_props] == [("bulk-update-run", "run-1")]


def test_offending_cells_are_coloured_and_say_why_and_what_to_do() -> None:
    _, workbook = written(row("1", "Kontkt", "y"))
    sheet = workbook["failed"]
    filled = [c.coordinate for c in sheet[2] if c.fill.fill_type == "solid"]
    assert filled == ["B2"]
    assert "Kontkt" in sheet["B2"].comment.text
    assert sheet["B2"].comment.text.count("\n") == 1


def test_a_reason_without_a_column_is_noted_on_the_message() -> None:
    reasons = [Issue("ragged-row", {"found": 1, "expected": 3})]
    _, workbook = written(row("1", reasons=reasons))
    assert workbook["failed"]["H2"].comment is not None


def test_only_the_first_five_hundred_rows_have_notes() -> None:
    _, workbook = written(*(row(str(n), "x", "y", number=n) for n in range(2, 600)))
    noted = [cells[1].row for cells in workbook["failed"].iter_rows() if cells[1].comment]
    assert noted == [*range(2, 502)]
    assert workbook["failed"]["B599"].fill.fill_type == "solid"


def test_a_lookup_becomes_a_list_of_its_words_on_a_hidden_sheet() -> None:
    words = tuple(f"słowo {n}" for n in range(60))
    content, workbook = written(row("1", "Kontkt", "y"), choices={"Status": words, "none": ()})
    (rule,) = workbook["failed"].data_validations.dataValidation
    assert (rule.formula1, str(rule.sqref)) == ("lists!$A$1:$A$60", "B2")
    assert workbook["lists"].sheet_state == "hidden"
    assert tuple(cell.value for cell in workbook["lists"]["A"]) == words
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None


@pytest.mark.parametrize("rows", [MOST_ROWS, MOST_ROWS + 1])
def test_more_rows_than_a_sheet_has_do_not_fit(rows: int) -> None:
    assert fits_a_workbook(rows=rows, table=FailedTable(HEADER, "r")) is (rows == MOST_ROWS)


def test_more_columns_than_a_sheet_has_do_not_fit() -> None:
    assert fits_a_workbook(rows=1, table=FailedTable(["x"] * (16_384 - 5), "r"))
    assert not fits_a_workbook(rows=1, table=FailedTable(["x"] * (16_384 - 4), "r"))


def test_openpyxl_still_writes_text_without_a_table_in_memory() -> None:
    """Bounded memory rests on it: shared strings would be kept until the end."""
    workbook = Workbook(write_only=True)
    workbook.create_sheet().append(["text"])
    file = io.BytesIO()
    workbook.save(file)
    assert b"inlineStr" in zipfile.ZipFile(file).read("xl/worksheets/sheet1.xml")
