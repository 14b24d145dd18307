"""A corrected failed file, used as input, means the same as the original rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook
from reading import Reading, read, refusal, write

from bulk_update.readers import open_spreadsheet
from bulk_update.records import SourceOptions

HEAD = "\ufeffid,note,_outcome,_code,_message\n"
ELSEWHERE = SourceOptions(sheet="Data", header_row=3, encoding="cp1250", delimiter=";")


def test_the_three_columns_are_dropped_and_one_apostrophe_is_removed(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        HEAD
        + "'=1,'+a,invalid,x,'-y\n''2,it's,invalid,x,y\n' 3,' ,rejected,x,y\n4,'\t5,failed,x,\n",
    )
    assert read(path) == Reading(
        header=("id", "note"),
        rows={2: ("=1", "+a"), 3: ("'2", "it's"), 4: (" 3", " "), 5: ("4", "\t5")},
        cells=[["=1", "+a"], ["'2", "it's"], [" 3", " "], ["4", "\t5"]],
        faults={},
        notices=[],
        is_failed_csv=True,
        delimiter=",",
        kind="UTF-8",
    )


def test_a_guarded_header_is_the_name_that_the_mapping_knows(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeffid,'=note,_outcome,_code,_message\n1,x,a,b,c\n")
    assert read(path, ["id", "=note"]).header == ("id", "=note")


def test_the_mappings_source_does_not_apply_to_a_failed_file(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + "1,Żółć,invalid,x,y\n")
    assert read(path, options=ELSEWHERE).rows == {2: ("1", "Żółć")}


def test_the_command_line_applies_to_a_failed_file(tmp_path: Path) -> None:
    content = "id;note;_outcome;_code;_message\n1;Żółć;invalid;x;y\n".encode("cp1250")
    path = write(tmp_path, content)
    override = SourceOptions(encoding="cp1250", delimiter=";")
    assert read(path, override=override).rows == {2: ("1", "Żółć")}
    assert read(path, override=override).is_failed_csv
    assert "in the mapping" not in refusal(path, options=ELSEWHERE)
    assert "add --encoding cp1250" in refusal(path, options=ELSEWHERE)


def test_other_files_are_read_as_the_mapping_says(tmp_path: Path) -> None:
    path = write(tmp_path, "x;_code\ny;_code\nid;_code\n1;Żółć\n".encode("cp1250"))
    found = read(path, options=SourceOptions(header_row=3, encoding="cp1250", delimiter=";"))
    assert (found.rows, found.is_failed_csv) == ({4: ("1", "Żółć")}, False)


def test_a_ragged_row_stays_ragged_with_its_own_cells(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        HEAD
        + "1,x,invalid,ragged-row,m,y,'=z\n2,,invalid,ragged-row,m,1 of 2 cells\n3,x,invalid,a\n",
    )
    found = read(path, ["id", "note"])
    assert found.faults == dict.fromkeys((2, 3), "ragged-row")
    assert found.rows == {2: ("1", "x"), 3: ("2", ""), 4: ("3", "x")}
    assert found.cells == [["1", "x", "y", "=z"], ["2", "", "1 of 2 cells"], ["3", "x"]]
    assert read(path).faults == {2: "ragged-row"}


def test_unnamed_columns_added_by_a_program_do_not_make_a_ragged_row_fit(
    tmp_path: Path,
) -> None:
    path = write(tmp_path, HEAD.replace("\n", ",\n") + "1,x,invalid,ragged-row,m,y\n2,x,a,b,c,\n")
    assert read(path).faults == {2: "ragged-row"}


def test_a_note_with_more_digits_than_a_number_has_is_text(tmp_path: Path) -> None:
    note = f"{'9' * 5000} of 2 cells"
    found = read(write(tmp_path, HEAD + f"2,,invalid,ragged-row,m,{note}\n"), ["id", "note"])
    assert found.faults == {2: "ragged-row"}
    assert found.cells == [["2", "", note]]


def test_a_row_of_a_failed_file_with_only_blank_cells_is_not_a_blank_row(tmp_path: Path) -> None:
    assert read(write(tmp_path, HEAD + ",,invalid,no-identifier,m\n")).rows == {2: ("", "")}


def failed_workbook(folder: Path, *rows: tuple[str | None, ...]) -> Path:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "failed"
    sheet.append(("id", "note", "_outcome", "_code", "_message"))
    for row in rows:
        sheet.append(row)
    workbook.save(folder / "failed.xlsx")
    return folder / "failed.xlsx"


def test_a_failed_file_saved_as_a_workbook_is_still_recognized(tmp_path: Path) -> None:
    path = failed_workbook(tmp_path, ("'=1", "it's", "a", "b", "c"), ("2", None, "a", "b", "c"))
    found = read(path, options=ELSEWHERE)
    assert (found.is_failed_csv, found.delimiter, found.kind) == (True, ";", "sheet failed")
    assert (found.header, found.faults) == (("id", "note"), {})
    assert found.rows == {2: ("=1", "it's"), 3: ("2", "")}


def test_a_ragged_row_stays_ragged_in_a_workbook(tmp_path: Path) -> None:
    path = failed_workbook(tmp_path, ("1", "x", "invalid", "ragged-row", "m", "y", None, "z"))
    found = read(path)
    assert found.faults == {2: "ragged-row"}
    assert found.cells == [["1", "x", "y", "", "z"]]


def test_a_missing_column_of_a_failed_file_is_reported_like_any_other(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + "1,x,invalid,x,y\n")
    assert 'the mapped column "notes" is missing (did you mean "note"?)' in refusal(
        path, ["id", "notes"]
    )


@pytest.mark.parametrize(
    "columns",
    [
        ("id", "note", "_row", "_run"),
        ("id", "note", "_row", "_run", "_outcome", "_code"),
        ("id", "note", "_row", "_outcome", "_code", "_message"),
        ("id", "note", "_row", "_run", "_outcome", "_code", "_message", "mine"),
        ("id", "note", "_outcome", "_code"),
    ],
    ids=" ".join,
)
def test_a_failed_file_without_all_its_columns_at_the_end_is_refused(
    tmp_path: Path, columns: tuple[str, ...]
) -> None:
    lines = [",".join(columns), ",".join("1" for _ in columns)]
    message = refusal(write(tmp_path, "\n".join(lines)))
    assert "a failed file of bulk-update that lacks some of its last columns" in message
    assert "must be _row, _run, _outcome, _code, _message" in message
    book = Workbook()
    assert book.active is not None
    for line in lines:
        book.active.append(line.split(","))
    book.save(tmp_path / "failed.xlsx")
    assert "seems to be a failed file" in refusal(tmp_path / "failed.xlsx")


def test_a_column_of_another_program_may_have_the_name_of_an_added_one(tmp_path: Path) -> None:
    assert read(write(tmp_path, "id,b,_row\n1,x,7\n")).rows == {2: ("1", "x", "7")}


def test_an_error_in_the_body_is_not_reported_as_an_error_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "id\n1\n")
    trouble = OSError("the disk is full")
    with (
        pytest.raises(OSError, match="the disk is full"),
        open_spreadsheet(path, SourceOptions(), mapped_columns=["id"]),
    ):
        raise trouble
