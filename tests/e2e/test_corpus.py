"""Everyday and hostile files through the whole of `check`, and their failed rows back in."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
from command_line import Desk, Ended, killed_at_the_end
from lasting_process import lasting_process
from openpyxl import Workbook
from process_memory import peak_memory

CORPUS = Path(__file__).parent.parent / "corpora"
SECONDS = 60
"""No file may hold the program longer."""
MEMORY_BYTES = 600_000_000
"""Nor may the program, or a child of it, take more for it."""

AMOUNT = {"column": "amount", "type": "decimal", "decimal": ","}
NAME = {"name": {"column": "name"}}
POLISH = {
    "nazwa": {"column": "nazwa"},
    "miasto": {"column": "miasto"},
    "kwota": {"column": "kwota", "type": "decimal", "decimal": ","},
}
FIELDS: dict[str, dict[str, Any]] = {
    "ambiguous_delim.csv": {"x": {"value": "1"}},
    "decimal_comma_in_comma.csv": {"amount": AMOUNT},
    "total_row.csv": {"amount": {"column": "amount", "type": "integer"}},
    "formula_injection.csv": {"note": {"column": "note"}},
    "numbers_dates.csv": {
        "amount": AMOUNT,
        "date": {"column": "date", "type": "date", "formats": ["%d.%m.%Y", "%Y-%m-%d"]},
    },
    "wide.csv": {"c0": {"column": "c0"}},
    "header_multiline.csv": {"name": {"column": "na me"}},
    "dates_1900.xlsx": {"when": {"column": "when", "type": "datetime"}},
    "error_cells.xlsx": {"amount": {"column": "amount"}},
    "rows_120k.xlsx": {"x": {"value": "1"}},
}
"""What is mapped beside the identifier; of other files `name`, of Polish text three columns."""

EXPECTED: dict[str, dict[str, int] | int] = {
    "csv/ambiguous_delim.csv": {"planned": 2},
    "csv/backslash_escape.csv": 2,
    "csv/blank_lines_between.csv": {"planned": 2},
    "csv/ctrl_z_tail.csv": {"planned": 1},
    "csv/decimal_comma_in_comma.csv": {"invalid": 2},
    "csv/dup_header.csv": 2,
    "csv/duplicate_ids.csv": {"invalid": 1, "duplicate": 4, "planned": 5},
    "csv/empty.csv": 2,
    "csv/eol_cr.csv": {"planned": 2},
    "csv/formula_injection.csv": {"planned": 19},
    "csv/gz_named.csv": 2,
    "csv/header_bom_quoted.csv": {"planned": 1},
    "csv/header_multiline.csv": {"planned": 1},
    "csv/hostile_ids.csv": {"invalid": 11, "duplicate": 6, "planned": 47},
    "csv/invalid_utf8_mid.csv": 2,
    "csv/newlines_in_fields.csv": {"planned": 3},
    "csv/no_final_newline.csv": {"planned": 2},
    "csv/no_header.csv": 2,
    "csv/nul_in_field.csv": {"invalid": 1, "planned": 1},
    "csv/numbers_dates.csv": {"invalid": 15, "planned": 1},
    "csv/only_blank_lines.csv": 2,
    "csv/only_bom.csv": 2,
    "csv/only_header.csv": 3,
    "csv/pipe.csv": {"planned": 1},
    "csv/pl_cp1250.csv": 2,
    "csv/pl_iso8859-2.csv": 2,
    "csv/pl_maclatin2.csv": 2,
    "csv/pl_utf16be_bom.csv": {"planned": 3},
    "csv/pl_utf16le_bom.csv": {"planned": 3},
    "csv/pl_utf16le_tab_exceltxt.txt": {"planned": 3},
    "csv/pl_utf32le_bom.csv": {"planned": 3},
    "csv/pl_utf8.csv": {"planned": 3},
    "csv/pl_utf8_bom.csv": {"planned": 3},
    "csv/ragged_long.csv": {"invalid": 1, "planned": 1},
    "csv/ragged_short.csv": {"invalid": 1, "planned": 2},
    "csv/stray_quote.csv": 2,
    "csv/tab.tsv": {"planned": 2},
    "csv/title_rows.csv": 2,
    "csv/total_row.csv": {"planned": 3},
    "csv/trailing_delims.csv": {"planned": 1},
    "csv/truncated_last_row.csv": {"planned": 2},
    "csv/unclosed_quote.csv": 2,
    "csv/wide.csv": {"planned": 1},
    "xlsx/billion_laughs_sheet.xlsx": 2,
    "xlsx/bitflip.xlsx": 2,
    "xlsx/csv_named.xlsx": 2,
    "xlsx/dates_1900.xlsx": {"invalid": 4, "planned": 3},
    "xlsx/deep_xml.xlsx": 2,
    "xlsx/dimension_wrong_A1.xlsx": {"planned": 3},
    "xlsx/dup_cell_refs.xlsx": 2,
    "xlsx/error_cells.xlsx": {"invalid": 7, "planned": 1},
    "xlsx/formulas_no_cache.xlsx": {"invalid": 2, "planned": 1},
    "xlsx/hidden_filtered.xlsx": {"planned": 3},
    "xlsx/html_named.xls": 2,
    "xlsx/lock_file_owner.xlsx": 2,
    "xlsx/multi_sheet.xlsx": 2,
    "xlsx/ok.xlsx": {"planned": 3},
    "xlsx/rows_120k.xlsx": {"planned": 119_999},
    "xlsx/sharedstrings_missing.xlsx": 2,
    "xlsx/styled_empty_rows.xlsx": {"planned": 1},
    "xlsx/text_edge.xlsx": {"planned": 7},
    "xlsx/truncated.xlsx": 2,
    "xlsx/xlsx_named.csv": 2,
    "xlsx/xlsx_named.xls": 2,
    "xlsx/xxe_file.xlsx": 2,
    "xlsx/xxe_http.xlsx": 2,
    "xlsx/zero.xlsx": 2,
    "xlsx/zip_no_workbook.xlsx": 2,
    "xlsx/zip_of_txt.xlsx": 2,
    "xlsx/zipbomb_150MB_ws.xlsx": 2,
}
"""The outcomes of each file, or the exit code of one that is refused."""


def mapping_of(desk: Desk, name: str) -> Path:
    fields = FIELDS.get(name, POLISH if name.startswith("pl_") else NAME)
    identifier = {"column": "A1" if name == "rows_120k.xlsx" else "id"}
    return desk.mapping(identifier=identifier, update={"record_fields": fields})


def checked(desk: Desk, file: Path, mapping: Path) -> Ended:
    return desk("check", file, "-m", mapping, "--json")


def outcomes_of(ended: Ended) -> dict[str, int] | int:
    found = {name: count for name, count in ended.summary["outcomes"].items() if count}
    return found or ended.exit_code


def test_every_file_of_the_corpus_is_expected_to_end_somehow() -> None:
    found = {
        f"{kind}/{file.name}" for kind in ("csv", "xlsx") for file in (CORPUS / kind).iterdir()
    }
    assert found == set(EXPECTED)


NEEDS_ATTENTION = sorted(
    path
    for path, expected in EXPECTED.items()
    if isinstance(expected, dict) and {"invalid", "duplicate"} & set(expected)
)


@pytest.mark.parametrize("path", NEEDS_ATTENTION)
def test_failed_rows_fed_back_unchanged_fail_again_with_the_same_cells(
    tmp_path: Path, path: str
) -> None:
    desk = Desk(tmp_path)
    mapping = mapping_of(desk, Path(path).name)
    checked(desk, CORPUS / path, mapping)
    first = failed_rows(desk)
    again = shutil.copy(desk.out / "failed.csv", tmp_path / "again.csv")
    assert checked(desk, Path(again), mapping).exit_code == 1
    assert failed_rows(desk) == first


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1250"])
def test_unreadable_cells_stay_marked_until_they_are_fixed(tmp_path: Path, encoding: str) -> None:
    desk = Desk(tmp_path)
    mapping = desk.mapping(
        identifier={"column": "id"},
        update={"record_fields": {"x": {"column": "x"}, "n": {"column": "n", "type": "integer"}}},
    )
    checked(desk, odd_cells(tmp_path), mapping)
    first = failed_rows(desk)
    assert first == [
        ["2026-03-04 [!]", "v", "1", ""],
        ["1.23456789012346E+15 [!]", "v", "1", ""],
        ["a", "2026-03-04 [!]", "1", ""],
        ["b", "TRUE [!]", "1", ""],
        ["c", "0.5 [!]", "1", ""],
        ["d", "#N/A [!]", "1", ""],
        ["e", "'=A1 [!]", "1", ""],
        ["f", "v", "x", "#N/A"],
    ]
    again = tmp_path / "again.csv"
    text = desk.text("failed.csv")
    again.write_text(text, encoding=encoding, newline="")
    command = ("check", again, "-m", mapping, "--json", "--encoding", encoding)
    assert outcomes_of(desk(*command)) == {"invalid": 8}
    assert failed_rows(desk) == first
    fixed = text.replace(" [!]", "").replace(";v;x;", ";v;2;").replace(";'=A1;", ";7;")
    fixed = fixed.replace("d;#N/A;", "d;7;")
    again.write_text(fixed.replace("1.23456789012346E+15", "9"), encoding=encoding, newline="")
    assert outcomes_of(desk(*command)) == {"planned": 8}


def odd_cells(folder: Path) -> Path:
    """Write a workbook whose cells hold what no rule for text can take."""
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    day = date(2026, 3, 4)
    sheet.append(["id", "x", "n", "other"])
    odd = [(day, "v"), (1234567890123456, "v"), ("a", day), ("b", True), ("c", 0.5), ("d", "#N/A")]
    for identifier, text in [*odd, ("e", "=A1")]:
        sheet.append([identifier, text, 1])
    sheet.append(["f", "v", "x", "#N/A"])
    sheet["B6"].number_format = "0%"
    workbook.save(folder / "odd.xlsx")
    return folder / "odd.xlsx"


def failed_rows(desk: Desk) -> list[list[str]]:
    """Return the cells of failed.csv, without what is said of them."""
    delimiter = max(",;\t", key=desk.text("failed.csv").splitlines()[0].count)
    rows = list(csv.reader(io.StringIO(desk.text("failed.csv"), newline=""), delimiter=delimiter))
    width = rows[0].index("_row")
    return [row[:width] + row[width + 5 :] for row in rows[1:]]


@pytest.fixture(scope="module")
def checking() -> Iterator[Popen[str]]:
    """Start one process that checks all files: what it keeps of one counts for the next ones."""
    with killed_at_the_end(lasting_process()) as process:
        yield process


@pytest.mark.parametrize("path", sorted(EXPECTED))
def test_a_file_is_read_as_its_author_meant_it_or_refused_in_little_time_and_memory(
    tmp_path: Path, checking: Popen[str], path: str
) -> None:
    desk = Desk(tmp_path)
    with peak_memory(checking.pid) as peak:
        exit_code = exit_code_within(SECONDS, checking, desk, path)
    assert exit_code == exit_code_of(path)
    assert found_in(desk) == (EXPECTED[path] if isinstance(EXPECTED[path], dict) else {})
    assert 0 < peak.bytes < MEMORY_BYTES


def found_in(desk: Desk) -> dict[str, int]:
    """Return the outcomes in the summary; none, if the file was refused."""
    if not desk.out.exists():
        return {}
    outcomes = json.loads(desk.text("summary.json"))["outcomes"]
    return {name: count for name, count in outcomes.items() if count}


def exit_code_of(path: str) -> int:
    expected = EXPECTED[path]
    return expected if isinstance(expected, int) else int(path in NEEDS_ATTENTION)


def exit_code_within(seconds: float, process: Popen[str], desk: Desk, path: str) -> int | None:
    """Let a process check a file; kill it and return None if it takes longer."""
    assert process.stdin and process.stdout  # noqa: PT018 - pipes, both of them
    mapping = mapping_of(desk, Path(path).name)
    words = desk.arguments("check", CORPUS / path, "-m", mapping, "--quiet")
    alarm = threading.Timer(seconds, process.kill)
    alarm.start()
    try:
        process.stdin.write(f"{json.dumps(words)}\n")
        process.stdin.flush()
        answer = process.stdout.readline()
    except BrokenPipeError:  # killed at an earlier file
        answer = ""
    finally:
        alarm.cancel()
    return int(answer) if answer else None


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("path", ["csv/formula_injection.csv", "csv/hostile_ids.csv"])
def test_a_spreadsheet_program_finds_no_live_formula_in_the_results(
    tmp_path: Path, path: str
) -> None:
    desk = Desk(tmp_path)
    mapping = mapping_of(desk, "formula_injection.csv" if "formula" in path else "any")
    refused = desk.mapping(
        name="refused.json",
        identifier={"column": "id"},
        update=json.loads(mapping.read_text(encoding="utf-8"))["update"],
        where={"column": "id", "not_in": ["nothing"]},
        duplicates="error",
    )
    checked(desk, CORPUS / path, refused)
    files = sorted(desk.out.glob("*.csv"))
    assert [file.name for file in files][-1:] == ["results.csv"]
    assert live_formulas(files, tmp_path) == {file.name: [] for file in files}


def live_formulas(files: list[Path], folder: Path) -> dict[str, list[str]]:
    """Return the formulas that LibreOffice makes of each CSV file."""
    convert = ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/office"]
    target = folder / "opened"
    subprocess.run(  # noqa: S603 - LibreOffice
        [*convert, "--convert-to", "fods", "--outdir", target, *files],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return {
        file.name: formulas_in((target / f"{file.stem}.fods").read_text(encoding="utf-8"))
        for file in files
    }


def formulas_in(sheets: str) -> list[str]:
    return [part.split('"')[0] for part in sheets.split('table:formula="')[1:]]
