"""Each file of the corpus is read exactly as its author meant it, or refused with a remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import psutil
import pytest
from reading import CORPORA, read, refusal

from bulk_update.readers.workbook.process import workbook_process
from bulk_update.records import CellKind, SourceOptions, TypedCell

CSV, XLSX = CORPORA / "csv", CORPORA / "xlsx"

POLISH = {
    2: ("00123", "Zażółć gęślą jaźń", "Łódź", "1 234,56"),
    3: ("00124", "Świętosława Źdźbło", "Gdańsk", "-7,00"),
    4: ("00125", 'Ćma "Ósemka"', "Kraków", "0,5"),
}
RECALCULATE = (
    "the workbook asks to be recalculated, so the values of its formulas are not used until "
    "it has been opened in a spreadsheet program and saved"
)
NO_LINE_END = "the last row has no line end: the file may have been cut off"
BASELINE = {2: ("A1", "x"), 3: ("A2", "Żółw"), 4: ("A3", "z")}


@dataclass(frozen=True)
class Read:
    """The expected content of a file."""

    rows: Mapping[int, tuple[object, ...]]
    faults: dict[int, str] | None = None
    options: SourceOptions | None = None
    notices: tuple[str, ...] = ()
    mapped: tuple[str, ...] = ("id",)


SOUND = {
    "csv/ambiguous_delim.csv": Read({2: ("1", "a,b"), 3: ("2", "c,d")}),
    "csv/blank_lines_between.csv": Read({3: ("1", "a"), 6: ("2", "b")}),
    "csv/ctrl_z_tail.csv": Read(
        {2: ("1", "a")}, notices=("a DOS end mark (^Z) after the last row was dropped",)
    ),
    "csv/decimal_comma_in_comma.csv": Read(
        {2: ("1", "1"), 3: ("2", "2")}, {2: "ragged-row", 3: "ragged-row"}
    ),
    "csv/dup_header.csv": Read({2: ("1", "a", "b")}),
    "csv/eol_cr.csv": Read({2: ("1", "a"), 3: ("2", "b")}),
    "csv/header_bom_quoted.csv": Read({2: ("1", "a")}),
    "csv/header_multiline.csv": Read({2: ("1", "a")}, mapped=("id", "na me")),
    "csv/newlines_in_fields.csv": Read(
        {2: ("1", "line1\r\nline2"), 3: ("2", "cr\ronly"), 4: ("3", "lf\nonly")}
    ),
    "csv/no_final_newline.csv": Read({2: ("1", "a"), 3: ("2", "b")}, notices=(NO_LINE_END,)),
    "csv/nul_in_field.csv": Read(
        {2: ("1", "a\0b"), 3: ("2", "ok")}, {2: "control-character"}, mapped=("id", "name")
    ),
    "csv/only_header.csv": Read({}),
    "csv/pipe.csv": Read({2: ("1", "a,b")}),
    "csv/pl_cp1250.csv": Read(POLISH, options=SourceOptions(encoding="cp1250")),
    "csv/pl_iso8859-2.csv": Read(POLISH, options=SourceOptions(encoding="iso8859_2")),
    "csv/pl_maclatin2.csv": Read(POLISH, options=SourceOptions(encoding="mac_latin2")),
    "csv/pl_utf16be_bom.csv": Read(POLISH),
    "csv/pl_utf16le_bom.csv": Read(POLISH),
    "csv/pl_utf16le_tab_exceltxt.txt": Read(POLISH),
    "csv/pl_utf32le_bom.csv": Read(POLISH),
    "csv/pl_utf8.csv": Read(POLISH),
    "csv/pl_utf8_bom.csv": Read(POLISH),
    "csv/ragged_long.csv": Read({2: ("1", "a"), 3: ("2", "b")}, {3: "ragged-row"}),
    "csv/ragged_short.csv": Read(
        {2: ("1", "a", "b"), 3: ("2", "c", ""), 4: ("3", "", "")},
        {3: "ragged-row", 4: "ragged-row"},
        mapped=("id", "city"),
    ),
    "csv/tab.tsv": Read({2: ("1", "a,b"), 3: ("2", "c")}),
    "csv/title_rows.csv": Read({4: ("1", "a")}, options=SourceOptions(header_row=3)),
    "csv/total_row.csv": Read({2: ("1", "10"), 3: ("2", "20"), 4: ("TOTAL", "30")}),
    "csv/trailing_delims.csv": Read({2: ("1", "a")}),
    "csv/truncated_last_row.csv": Read(
        {2: ("1", "a", "1000"), 3: ("2", "b", "10")}, notices=(NO_LINE_END,)
    ),
    "csv/wide.csv": Read({2: ("1", *["x"] * 3000)}),
    "xlsx/dates_1900.xlsx": Read(
        {
            2: ("A1", "2024-03-01 12:30:00"),
            3: ("A2", "1900-03-01"),
            4: ("A3", "23:59:00"),
            5: ("A4", "30:00:00"),
            6: ("A5", CellKind.ERROR),
            7: ("A6", "1900-02-28"),
            8: ("A7", CellKind.ERROR),
        }
    ),
    "xlsx/dimension_wrong_A1.xlsx": Read(BASELINE),
    "xlsx/error_cells.xlsx": Read(
        {2: ("A1", "1"), **{row: (f"E{row - 3}", CellKind.ERROR) for row in range(3, 10)}}
    ),
    "xlsx/formulas_no_cache.xlsx": Read(
        {
            2: ("A1", "x", CellKind.NO_VALUE),
            3: (CellKind.NO_VALUE, "y", "3"),
            4: ("A3", CellKind.NO_VALUE, CellKind.NO_VALUE),
        },
        notices=(RECALCULATE,),
    ),
    "xlsx/hidden_filtered.xlsx": Read(
        {2: ("A1", "x"), 3: ("A2", "hidden row"), 4: ("A3", "z")},
        notices=(
            "hidden rows among the data rows: 1",
            'the mapped column "name" is hidden',
        ),
        mapped=("id", "name"),
    ),
    "xlsx/ok.xlsx": Read(BASELINE),
    "xlsx/styled_empty_rows.xlsx": Read({2: ("A1", "x")}),
    "xlsx/text_edge.xlsx": Read(
        {
            2: ("A1", "tab\there"),
            3: ("A2", "line\nbreak"),
            4: ("A3", "trail "),
            5: ("A4", "  lead"),
            6: ("A5", "emoji \U0001f469\u200d\U0001f469\u200d\U0001f467"),
            7: ("A6", "rtl \u202eabc"),
            8: ("A7", "=not a formula"),
        }
    ),
}

REFUSED = {
    "csv/backslash_escape.csv": "row 2: there is text after a closing quote",
    "csv/empty.csv": "the file is empty",
    "csv/gz_named.csv": "compressed with gzip",
    "csv/invalid_utf8_mid.csv": "byte 19 (offset 18), in row 3, cell 2, is 0xFF",
    "csv/no_header.csv": 'the mapped column "id" is missing',
    "csv/only_blank_lines.csv": "only blank lines",
    "csv/only_bom.csv": "the file is empty",
    "csv/pl_cp1250.csv": '"Zażółć gęślą jaźń" in cp1250',
    "csv/pl_iso8859-2.csv": '"Zażółć gęślą jaźń" in ISO 8859-2',
    "csv/pl_maclatin2.csv": "--encoding cp1250",
    "csv/stray_quote.csv": "row 3: there is text after a closing quote",
    "csv/title_rows.csv": '"header_row: 3" under "source:"',
    "csv/unclosed_quote.csv": "row 3: a quote opens in this row and is never closed",
    "xlsx/billion_laughs_sheet.xlsx": "document type (DTD)",
    "xlsx/bitflip.xlsx": "damaged",
    "xlsx/csv_named.xlsx": "ends with .csv",
    "xlsx/deep_xml.xlsx": "nests elements",
    "xlsx/dup_cell_refs.xlsx": "row 3 has a cell that claims to be A2",
    "xlsx/html_named.xls": "an HTML page",
    "xlsx/lock_file_owner.xlsx": "lock file",
    "xlsx/multi_sheet.xlsx": '2 sheets have all mapped columns: "Dane ąę", "old"',
    "xlsx/sharedstrings_missing.xlsx": "'xl/sharedStrings.xml' is missing",
    "xlsx/truncated.xlsx": "damaged",
    "xlsx/xlsx_named.csv": "Excel workbook, not text",
    "xlsx/xlsx_named.xls": "ends with .xlsx",
    "xlsx/xxe_file.xlsx": "document type (DTD)",
    "xlsx/xxe_http.xlsx": "document type (DTD)",
    "xlsx/zero.xlsx": "the file is empty",
    "xlsx/zip_no_workbook.xlsx": "'xl/workbook.xml' is missing",
    "xlsx/zip_of_txt.xlsx": "not an Excel workbook",
    "xlsx/zipbomb_150MB_ws.xlsx": "expands to more than 100 times",
}

READ_ELSEWHERE = {
    "csv/duplicate_ids.csv": 10,
    "csv/formula_injection.csv": 19,
    "csv/hostile_ids.csv": 64,
    "csv/numbers_dates.csv": 16,
}
"""Files whose rows only the mapping can judge, with the number of rows read."""


def shown(cell: object) -> object:
    """Return a cell as in the tables above: its kind if it has no value, else its text."""
    if isinstance(cell, TypedCell):
        return cell.kind if cell.value is None else cell.text
    return cell


@pytest.mark.parametrize("name", SOUND)
def test_a_valid_file_is_read_as_its_author_meant_it(name: str) -> None:
    expected = SOUND[name]
    found = read(
        CORPORA / name,
        expected.mapped,
        options=expected.options,
        start_parser=workbook_process,
    )
    rows = {number: tuple(map(shown, cells)) for number, cells in found.rows.items()}
    assert rows == expected.rows
    assert found.faults == (expected.faults or {})
    assert tuple(found.notices) == expected.notices


@pytest.mark.parametrize(("name", "finding"), REFUSED.items())
def test_an_unusable_file_is_refused_with_the_finding(name: str, finding: str) -> None:
    assert finding in refusal(CORPORA / name)


@pytest.mark.parametrize(("name", "rows"), READ_ELSEWHERE.items())
def test_rows_that_only_the_mapping_can_judge_are_all_passed_on(name: str, rows: int) -> None:
    assert len(read(CORPORA / name).rows) == rows


def test_a_long_column_is_read_to_its_end() -> None:
    found = read(XLSX / "rows_120k.xlsx", ["A1"], start_parser=workbook_process)
    assert list(found.rows) == list(range(2, 120_001))
    assert found.rows[120_000] == ("A120000",)


def test_every_file_of_the_corpus_has_an_expectation() -> None:
    tables = {str(p.relative_to(CORPORA)) for p in (*CSV.iterdir(), *XLSX.iterdir())}
    covered = {*SOUND, *REFUSED, *READ_ELSEWHERE, "xlsx/rows_120k.xlsx"}
    assert covered == tables


@pytest.mark.parametrize(
    "name", ["zipbomb_150MB_ws.xlsx", "billion_laughs_sheet.xlsx", "deep_xml.xlsx"]
)
def test_a_zip_bomb_takes_no_memory_of_this_process(name: str) -> None:
    before = psutil.Process().memory_info().rss
    refusal(XLSX / name, start_parser=workbook_process)
    assert psutil.Process().memory_info().rss - before < 50_000_000
