"""The sheet that is read is the only visible one that fits, or the named one."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_workbooks import HEADER, made, packed, parts, sheet
from reading import read, refusal

from bulk_update.records import SourceOptions

ROW = '<row r="{0}"><c r="A{0}" t="str"><v>{0}</v></c></row>'


def two_sheets(folder: Path, *states: str) -> Path:
    sheets = {"Dane": sheet(ROW.format(2)), "Old": sheet(ROW.format(3))}
    return packed(folder / "two.xlsx", parts(sheets, states=states))


@pytest.mark.parametrize(
    ("wanted", "row"), [("Dane", 2), ("dane ", 2), ("Old", 3), (2, 3), ("2", 3), (1, 2)]
)
def test_a_sheet_is_named_or_counted(tmp_path: Path, wanted: str | int, row: int) -> None:
    assert list(read(two_sheets(tmp_path), options=SourceOptions(sheet=wanted)).rows) == [row]


@pytest.mark.parametrize(
    ("wanted", "finding"),
    [
        ("New", 'no sheet is named "New"; the sheets are "Dane", "Old"'),
        (3, "there is no sheet number 3"),
        ("0", "there is no sheet number 0"),
        (None, '2 sheets have all mapped columns: "Dane", "Old"'),
    ],
)
def test_an_ambiguous_sheet_is_refused_with_a_list_of_all_sheets(
    tmp_path: Path, wanted: str | int | None, finding: str
) -> None:
    assert finding in refusal(two_sheets(tmp_path), options=SourceOptions(sheet=wanted))


def test_the_sheet_of_the_command_line_takes_precedence(tmp_path: Path) -> None:
    found = read(
        two_sheets(tmp_path),
        options=SourceOptions(sheet="Dane"),
        override=SourceOptions(sheet="Old"),
    )
    assert found.kind == "sheet Old"


def named_sheets(folder: Path, *names: str) -> Path:
    """Write a workbook whose sheets have one data row each: 2, 3, ..."""
    sheets = {name: sheet(ROW.format(number)) for number, name in enumerate(names, 2)}
    return packed(folder / "named.xlsx", parts(sheets))


@pytest.mark.parametrize(
    ("names", "wanted", "row"),
    [
        (("Dane", "Dane "), "Dane ", 3),
        (("dane", "Dane"), "Dane", 3),
        (("Opis", "2024"), 2024, 3),
        (("Opis", "2024"), "2024", 3),
        (("2", "1"), "1", 3),
        (("1", "2"), 1, 2),
    ],
)
def test_the_exact_name_of_a_sheet_takes_precedence(
    tmp_path: Path, names: tuple[str, ...], wanted: str | int, row: int
) -> None:
    path = named_sheets(tmp_path, *names)
    assert list(read(path, options=SourceOptions(sheet=wanted)).rows) == [row]


@pytest.mark.parametrize(
    ("names", "wanted", "finding"),
    [
        (
            ("dane", "Dane"),
            "DANE",
            'several sheets could be "DANE"; the sheets are "dane", "Dane"',
        ),
        (
            ("2", "1"),
            1,
            '1 is the name of a sheet, and "2" is sheet number 1; the sheets are "2", "1"',
        ),
    ],
)
def test_a_sheet_that_could_be_one_of_two_is_refused(
    tmp_path: Path, names: tuple[str, ...], wanted: str | int, finding: str
) -> None:
    path = named_sheets(tmp_path, *names)
    assert finding in refusal(path, options=SourceOptions(sheet=wanted))


def test_a_hidden_sheet_is_read_only_by_name_and_with_a_note(tmp_path: Path) -> None:
    path = two_sheets(tmp_path, "hidden")
    assert read(path).kind == "sheet Old"
    assert read(path, options=SourceOptions(sheet="Dane")).notices == ['the sheet "Dane" is hidden']
    assert "is ambiguous, because some sheets are hidden" in refusal(
        path, options=SourceOptions(sheet=2)
    )
    assert '"Dane" (hidden)' in refusal(path, options=SourceOptions(sheet=2))


def test_a_workbook_whose_sheets_are_all_hidden_is_refused(tmp_path: Path) -> None:
    path = two_sheets(tmp_path, "hidden", "veryHidden")
    message = refusal(path)
    assert "no visible sheet with a table; the sheets are" in message
    assert 'Unhide the one that is meant, or name it with "sheet".' in message


def test_a_hidden_sheet_can_be_named_if_all_are_hidden(tmp_path: Path) -> None:
    path = two_sheets(tmp_path, "hidden", "hidden")
    assert list(read(path, options=SourceOptions(sheet="Old")).rows) == [3]


def test_a_chart_sheet_is_not_a_table(tmp_path: Path) -> None:
    contents = parts({"Data": sheet(ROW.format(2)), "Chart": "<chart/>"})
    listing = contents["xl/_rels/workbook.xml.rels"]
    contents["xl/_rels/workbook.xml.rels"] = listing.replace(
        'worksheet" Target="worksheets/sheet1', 'chartsheet" Target="worksheets/sheet1'
    )
    path = packed(tmp_path / "chart.xlsx", contents)
    assert read(path).kind == "sheet Data"
    assert "is a chart" in refusal(path, options=SourceOptions(sheet="Chart"))


@pytest.mark.parametrize(
    "broken", ['r:id=""', 'r:id="nowhere"', 'state="visible"'], ids=["blank", "unknown", "absent"]
)
def test_a_listed_but_missing_sheet_is_refused_only_if_it_is_selected(
    tmp_path: Path, broken: str
) -> None:
    contents = parts({"Module1": sheet(ROW.format(2)), "Data": sheet(ROW.format(2))})
    contents["xl/workbook.xml"] = contents["xl/workbook.xml"].replace('r:id="s0"', broken)
    path = packed(tmp_path / "a.xlsx", contents)
    assert read(path).kind == "sheet Data"
    message = refusal(path, options=SourceOptions(sheet="Module1"))
    assert 'the sheet "Module1" is listed, but missing' in message


def test_a_missing_column_in_the_only_sheet_is_reported_as_in_a_text_file(tmp_path: Path) -> None:
    message = refusal(made(tmp_path, sheet(ROW.format(2))), ["id", "bb"])
    assert 'sheet "Data": the mapped column "bb" is missing (did you mean "b"?)' in message


def test_if_no_sheet_fits_all_are_named_and_the_nearest_is_explained(tmp_path: Path) -> None:
    sheets = {"Info": sheet("", header=""), "Dane": sheet(ROW.format(2))}
    message = refusal(packed(tmp_path / "a.xlsx", parts(sheets)), ["id", "c"])
    assert 'no visible sheet has all mapped columns; sheet "Dane": the mapped column "c"' in message
    assert 'The sheets are "Info", "Dane"\n' in message


def test_the_row_of_a_lower_header_is_suggested(tmp_path: Path) -> None:
    title = '<row r="1"><c r="A1" t="str"><v>Report</v></c></row>'
    lower = HEADER.replace('1"', '4"')
    path = made(tmp_path, sheet(ROW.format(5), header=title + lower))
    assert 'add "header_row: 4" under "source:"' in refusal(path)
    assert list(read(path, options=SourceOptions(header_row=4)).rows) == [5]


def test_the_row_of_a_lower_header_is_suggested_for_one_of_several_sheets(tmp_path: Path) -> None:
    header = HEADER.replace(">b<", ">c<")
    lower = HEADER.replace('1"', '3"')
    sheets = {"Info": sheet("", header=header), "Dane": sheet("", header=lower)}
    message = refusal(packed(tmp_path / "a.xlsx", parts(sheets)), ["id", "b"])
    assert 'sheet "Dane"' in message
    assert 'add "header_row: 3" under "source:"' in message
