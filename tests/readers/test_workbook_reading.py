"""Workbooks: cells are placed by their references, and nothing in them is lost or invented."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from identifiers import read_identifier
from made_workbooks import (
    HEADER,
    MAIN,
    OFFICE,
    data_sheet,
    made,
    packed,
    parts,
    shared,
    sheet,
    styles,
)
from openpyxl import Workbook, load_workbook
from openpyxl.utils.datetime import MAC_EPOCH as EPOCH_1904
from reading import read, refusal, write
from workbook_thread import workbook_thread

from bulk_update.errors import InputError
from bulk_update.messages import sentence_of
from bulk_update.readers import open_spreadsheet
from bulk_update.records import CellKind, Issue, SourceOptions, TypedCell

LOST = {
    "1234567890123456": "1.23456789012346E+15",
    "-98765432109876543210": "-9.87654321098765E+19",
    "1000000000000000": "1E+15",
    "123456789012345": "123456789012345",
}
ROW = '<row r="{0}"><c r="A{0}" t="str"><v>{0}</v></c></row>'


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('<c r="B2" t="s"><v>0</v></c>', "plain"),
        ('<c r="B2" t="s"><v>1</v></c>', "rich text"),
        ('<c r="B2" t="s"><v>2</v></c>', "東京"),
        ('<c r="B2" t="s"><v>3</v></c>', " a\rb "),
        ('<c r="B2" t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c>', "inline"),
        ('<c r="B2" t="inlineStr"><is><t>a\nb\t_x005F_x000D_</t></is></c>', "a\nb\t_x000D_"),
        ('<c r="B2" t="str"><f>A1&amp;""</f><v>id_x000D_</v></c>', "id\r"),
        ('<c r="B2" t="str"><f>""</f><v></v></c>', ""),
        ('<c r="B2" s="1"/>', ""),
        ('<c r="B2" t="s"/>', ""),
        ("<c/>", ""),
        ("<c><v>7</v></c>", TypedCell(CellKind.NUMBER, "7", Decimal(7))),
        ('<c r="B2"><f>A1</f><v>7</v></c>', TypedCell(CellKind.NUMBER, "7", Decimal(7))),
        ('<c r="B2" s="1"><v>7</v></c>', TypedCell(CellKind.NUMBER, "00007", Decimal(7))),
        ('<c r="B2" s="2"><v>7</v></c>', TypedCell(CellKind.DATE, "1900-01-07", date(1900, 1, 7))),
        ('<c r="B2" t="b"><v>1</v></c>', TypedCell(CellKind.BOOLEAN, "TRUE", value=True)),
        ('<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', TypedCell(CellKind.ERROR, "#DIV/0!")),
        ('<c r="B2" t="d"><v>2024-03-01</v></c>',
         TypedCell(CellKind.DATE, "2024-03-01", date(2024, 3, 1))),
        ('<c r="B2"><f>A1+1</f><v/></c>', TypedCell(CellKind.NO_VALUE, "=A1+1")),
        ('<c r="B2"><f>A1+1</f></c>', TypedCell(CellKind.NO_VALUE, "=A1+1")),
        ('<c r="B2" t="str"><f>A1+1</f></c>', TypedCell(CellKind.NO_VALUE, "=A1+1")),
        ('<c r="B2"><f t="shared" si="0"/></c>', TypedCell(CellKind.NO_VALUE, "=")),
        ('<c r="B2" t="inlineStr"><v>1</v></c>', TypedCell(CellKind.ERROR, "1")),
        ('<c r="B2" t="inlineStr"><f>A1</f><v>a_x000D_</v></c>', "a\r"),
    ],
)  # fmt: skip
def test_a_cell_is_what_its_part_says(tmp_path: Path, cell: str, expected: object) -> None:
    strings = shared(
        "<t>plain</t>",
        "<r><rPr><b/></rPr><t>rich</t></r> <r><t xml:space='preserve'> text</t></r>",
        "<t>東京</t><rPh sb='0' eb='2'><t>トウキョウ</t></rPh><phoneticPr fontId='1'/>",
        "<t xml:space='preserve'> a_x000D_b </t>",
    )
    path = made(tmp_path, data_sheet(cell), strings=strings, styled=styles("00000", 14))
    assert read(path).rows == {2: ("1", expected)}


@pytest.mark.parametrize("prefix", ["x:", ""])
@pytest.mark.parametrize("main", [MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main"])
def test_elements_are_known_by_their_namespace(tmp_path: Path, prefix: str, main: str) -> None:
    rows = '<row r="2"><c r="A2"><v>7</v><x14:v xmlns:x14="other">8</x14:v></c></row>'
    text = sheet(rows, header=HEADER).replace(MAIN, main)
    if prefix:
        for name in ("worksheet", "sheetData", "row", "c", "v"):
            text = text.replace(f"<{name} ", f"<x:{name} ").replace(f"<{name}>", f"<x:{name}>")
            text = text.replace(f"</{name}>", f"</x:{name}>")
        text = text.replace("xmlns=", "xmlns:x=")
    assert read(made(tmp_path, text)).cells == [["7", ""]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_strict_workbook_is_read_like_any_other(tmp_path: Path, encoding: str) -> None:
    contents = parts(
        {"Data": data_sheet('<c r="B2" t="d" s="1"><v>2024-03-01</v></c>')}, styled=styles("yyyy")
    )
    purl = "http://purl.oclc.org/ooxml"
    for name, text in contents.items():
        strict = text.replace(MAIN, f"{purl}/spreadsheetml/main")
        contents[name] = strict.replace(OFFICE, f"{purl}/officeDocument/relationships")
    coded = {name: text.encode(encoding) for name, text in contents.items()}
    assert read(packed(tmp_path / "a.xlsx", coded)).cells == [["1", "2024-03-01"]]


@pytest.mark.parametrize(
    ("rows", "numbers"),
    [
        (ROW.format(2) + ROW.format(5), [2, 5]),
        ('<row><c t="str"><v>x</v></c></row><row r="7"><c t="str"><v>x</v></c></row>', [2, 7]),
        ('<row><c r="A5" t="str"><v>x</v></c></row><row><c t="str"><v>x</v></c></row>', [5, 6]),
        ('<row r="2"/>' + ROW.format(3), [3]),
        ('<row r="2"><c r="A2" t="str"><v> </v></c><c r="B2"/></row>' + ROW.format(3), [3]),
        (ROW.format(1_048_576), [1_048_576]),
    ],
)
def test_a_row_is_placed_by_its_reference(tmp_path: Path, rows: str, numbers: list[int]) -> None:
    assert list(read(made(tmp_path, sheet(rows))).rows) == numbers


def test_cells_may_be_in_any_order_and_without_references(tmp_path: Path) -> None:
    cells = '<c r="C2"><v>3</v></c><c r="A2"><v>1</v></c><c><v>2</v></c>'
    assert read(made(tmp_path, sheet(f'<row r="2">{cells}</row>'))).cells == [["1", "2"]]


@pytest.mark.parametrize(
    ("rows", "finding"),
    [
        ('<row r="2"><c r="A3"/></row>', "row 2 has a cell that claims to be A3"),
        ('<row r="2"><c r="A02"/></row>', "row 2 has a cell that claims to be A02"),
        ('<row r="2"><c r="A2"/><c r="A2"/></row>', "two cells claim to be A2"),
        ('<row r="2"><c r="B2"/><c r="A2"/><c/></row>', "two cells claim to be B2"),
        ('<row r="2"><c r="XFE2"/></row>', "there is a cell that claims to be XFE2"),
        ('<row r="2"><c r="a2"/></row>', "there is a cell that claims to be a2"),
        ('<row r="2"><c r="2"/></row>', "there is a cell that claims to be 2"),
        ('<row r="3"/><row r="3"/>', "row 3 comes after row 3"),
        ('<row r="3"/><row r="2"/>', "row 2 comes after row 3"),
        ('<row r="1048577"/>', "row 1048577 comes after row 1"),
        ('<row r="x"/>', "row x comes after row 1"),
        ('<row r="2"><c r="A2" t="s"><v>9</v></c></row>', "the text of cell A2 is not in"),
        ('<row r="2"><c r="A2" t="s"><v>-1</v></c></row>', "the text of cell A2 is not in"),
        ('<row r="2"><c r="A2" t="zz"><v>1</v></c></row>', "has an unknown type, 'zz'"),
        ('<row r="2"><c r="A2"><is><t>1</t></is></c></row>', "cell A2 has no value of its"),
        ('<row r="2"><c r="A2"><v>1</v><v>2</v></c></row>', "the cell A2 has two values"),
        ('<row r="2"><c r="A2"><v>1<b/>2</v></c></row>', "elements are misplaced"),
        ('<row r="2"><c r="A2"><c r="B2"/></c></row>', "elements are misplaced"),
        ('<row r="2"><row r="3"/></row>', "elements are misplaced"),
        ('<c r="A2"/>', "elements are misplaced"),
        ('<row r="2"><x><v>1</v></x></row>', "elements are misplaced"),
        ('<row r="2"><x><c r="A2"><v>1</v></c></x></row>', "elements are misplaced"),
        ('<row r="2"/><row><c r="A2"/></row>', "row 3 has a cell that claims to be A2"),
        ('<row><c r="A5"/><c r="B6"/></row>', "row 5 has a cell that claims to be B6"),
        ('<row r="2"><c r="A2"><v>1</row>', "is malformed, in line 1"),
    ],
)
def test_contradictions_and_dangling_references_are_damage(
    tmp_path: Path, rows: str, finding: str
) -> None:
    message = refusal(made(tmp_path, sheet(rows), strings=shared("<t>x</t>")))
    assert "the workbook is damaged" in message
    assert finding in message


@pytest.mark.parametrize("style", ["x", "9", "-1"])
def test_a_missing_style_leaves_the_look_of_a_number_open(tmp_path: Path, style: str) -> None:
    odd = f'<c r="B2" t="{{}}" s="{style}"><v>1</v></c>'
    assert read(made(tmp_path, data_sheet(odd.format("str")))).rows[2] == ("1", "1")
    [row] = read(made(tmp_path, data_sheet(odd.format("n")))).rows.values()
    assert row[1] == TypedCell(CellKind.STYLED_NUMBER, "1", Decimal(1))


def test_elements_after_the_rows_do_not_affect_them(tmp_path: Path) -> None:
    odd = '<sheetProtection sheet="x"/><autoFilter ref="?"/><dataValidations count="x"/>'
    odd += "<conditionalFormatting><cfRule/></conditionalFormatting><extLst><ext/></extLst>"
    assert list(read(made(tmp_path, sheet(ROW.format(2), after=odd))).rows) == [2]


def test_the_cells_of_a_header_may_be_in_any_order(tmp_path: Path) -> None:
    header = HEADER.replace('r="A1"', 'r="C1"')
    assert read(made(tmp_path, sheet(ROW.format(2), header=header)), ["b"]).header == (
        "",
        "b",
        "id",
    )


def test_a_cell_without_a_style_has_the_first_one(tmp_path: Path) -> None:
    styled = styles("00000").replace('<xf numFmtId="0"/>', "", 1)
    path = made(tmp_path, data_sheet('<c r="B2"><v>7</v></c>'), styled=styled)
    assert read(path).cells == [["1", "00007"]]


def test_a_number_that_lost_digits_is_shown_as_excel_exports_it(tmp_path: Path) -> None:
    rows = "".join(
        f'<row r="{number}"><c r="A{number}"><v>{text}</v></c></row>'
        for number, text in enumerate(LOST, 2)
    )
    found = read(made(tmp_path, sheet(rows)))
    assert found.cells == [[shown, ""] for shown in LOST.values()]
    assert [str(cells[0].value) for cells in found.rows.values()] == [*LOST]  # type: ignore[union-attr]
    damaged = [isinstance(read_identifier(shown), Issue) for [shown, _] in found.cells]
    assert damaged == [True, True, True, False]


def test_a_stray_cell_far_away_is_ignored(tmp_path: Path) -> None:
    far = ROW.format(2) + '<row r="1048576"><c r="XFD1048576" t="str"><v>x</v></c></row>'
    found = read(made(tmp_path, sheet(far)))
    assert (found.header, found.cells) == (("id", "b"), [["2", ""]])


def test_a_control_character_in_a_text_is_a_fault_of_its_row(tmp_path: Path) -> None:
    cells = '<c r="B2" t="str"><v>a_x0000_b</v></c>'
    path = made(tmp_path, data_sheet(cells))
    assert read(path, ["id", "b"]).faults == {2: "control-character"}
    assert read(path).faults == {}
    halves = '<c r="B2" t="str"><v>a_xD83D_b</v></c>'
    found = read(made(tmp_path, data_sheet(halves)), ["id", "b"])
    assert (found.faults, found.cells) == ({2: "control-character"}, [["1", "a\ufffdb"]])


def test_a_header_may_be_a_number_or_a_date(tmp_path: Path) -> None:
    header = '<row r="1"><c r="A1"><v>2024</v></c><c r="B1" s="1"><v>45352</v></c></row>'
    path = made(tmp_path, sheet(ROW.format(2), header=header), styled=styles(14))
    assert read(path, ["2024"]).header == ("2024", "2024-03-01")


def test_the_1904_system_moves_all_dates(tmp_path: Path) -> None:
    cell = '<c r="B2" s="1"><v>0</v></c>'
    path = made(
        tmp_path,
        data_sheet(cell),
        styled=styles(14),
        properties='<workbookPr date1904="1"/>',
    )
    assert read(path).cells == [["1", "1904-01-01"]]


def test_hidden_rows_and_hidden_mapped_columns_are_noted_once(tmp_path: Path) -> None:
    rows = "".join(ROW.format(i).replace("<row", '<row hidden="1"') for i in (2, 3))
    before = '<cols><col min="1" max="1" hidden="1"/><col min="2" max="9" hidden="true"/></cols>'
    path = made(tmp_path, sheet(rows + '<row r="4" hidden="1"/>', before=before))
    with open_spreadsheet(path, SourceOptions(), mapped_columns=["id"]) as spreadsheet:
        for _ in range(2):
            assert [list(chunk.frame.index) for chunk in spreadsheet.chunks()] == [[2, 3]]
        assert list(map(sentence_of, spreadsheet.notes)) == [
            "hidden rows among the data rows: 2",
            'the mapped column "id" is hidden',
        ]


@pytest.mark.parametrize("height", ["0", "0.0"])
def test_rows_and_columns_of_size_zero_are_hidden(tmp_path: Path, height: str) -> None:
    rows = ROW.format(2).replace("<row", f'<row ht="{height}"') + ROW.format(3)
    before = '<cols><col min="1" max="1" width="0"/></cols>'
    assert read(made(tmp_path, sheet(rows, before=before))).notices == [
        "hidden rows among the data rows: 1",
        'the mapped column "id" is hidden',
    ]


FORMULAS = sheet(
    '<row r="2"><c r="A2" t="str"><f>x</f><v>1</v></c><c r="B2"><f>A1+1</f><v>0</v></c></row>'
    '<row r="3"><c r="A3"><v>3</v></c><c r="B3"><f t="array" ref="B3:B4">y</f><v>0</v></c></row>'
    '<row r="4"><c r="A4"><v>4</v></c><c r="B4"><v>0</v></c></row>'
    '<row r="5"><c r="A5"><v>5</v></c><c r="B5"><v>0</v></c></row>'
)
UNKNOWN = TypedCell(CellKind.NO_VALUE, "=A1+1")
ZERO = TypedCell(CellKind.NUMBER, "0", Decimal(0))


@pytest.mark.parametrize("flag", ["1", "true"])
def test_formulas_to_be_calculated_on_opening_have_no_value(tmp_path: Path, flag: str) -> None:
    contents = parts({"Data": FORMULAS})
    workbook = contents["xl/workbook.xml"]
    setting = f'<calcPr calcId="124519" fullCalcOnLoad="{flag}"/></workbook>'
    contents["xl/workbook.xml"] = workbook.replace("</workbook>", setting)
    assert [row[1] for row in read(packed(tmp_path / "a.xlsx", contents)).rows.values()] == [
        UNKNOWN,
        TypedCell(CellKind.NO_VALUE, "=y"),
        TypedCell(CellKind.NO_VALUE, "="),
        ZERO,
    ]


@pytest.mark.parametrize("setting", ["", "<calcPr/>", '<calcPr fullCalcOnLoad="0"/>'])
def test_other_formulas_have_their_stored_values(tmp_path: Path, setting: str) -> None:
    contents = parts({"Data": FORMULAS})
    workbook = contents["xl/workbook.xml"]
    contents["xl/workbook.xml"] = workbook.replace("</workbook>", f"{setting}</workbook>")
    found = read(packed(tmp_path / "a.xlsx", contents)).rows.values()
    assert [row[1] for row in found] == [ZERO] * 4


def test_a_word_far_beyond_the_table_does_not_widen_each_row(tmp_path: Path) -> None:
    stray = '<c r="XFD1" t="str"><v>stray</v></c></row>'
    rows = ROW.format(2) + '<row r="3"><c r="ZZ3"><v>7</v></c></row>'
    rows += '<row r="4"><c r="B4" t="str"><v>b</v></c><c r="XFD4"><v>7</v></c></row>'
    path = made(tmp_path, sheet(rows, header=HEADER.replace("</row>", stray)))
    found = read(path)
    assert (found.header, list(found.rows)) == (("id", "b", "stray"), [2, 4])
    assert found.cells == [["2", "", ""], ["", "b", "7"]]


def test_a_column_without_a_name_keeps_its_cells(tmp_path: Path) -> None:
    header = HEADER.replace('r="B1"', 'r="CV1"')
    rows = '<row r="2"><c r="A2" t="str"><v>1</v></c><c r="C2"><v>7</v></c></row>'
    found = read(made(tmp_path, sheet(rows, header=header)))
    assert (len(found.header), found.cells[0][:3]) == (100, ["1", "", "7"])


def test_a_mapped_column_after_a_wide_gap_is_read_and_noted_like_any_other(tmp_path: Path) -> None:
    header = HEADER.replace('r="B1"', 'r="XFD1"')
    rows = '<row r="2"><c r="A2" t="str"><v>1</v></c><c r="XFD2" t="str"><v>7</v></c></row>'
    before = '<cols><col min="16384" max="16384" hidden="1"/></cols>'
    found = read(made(tmp_path, sheet(rows, header=header, before=before)), ["id", "b"])
    assert (found.cells, found.notices) == ([["1", "7"]], ['the mapped column "b" is hidden'])


@pytest.mark.parametrize(
    ("merged", "mapped", "expected"),
    [
        (["A2:A3"], ["id"], {2: "A2:A3", 3: "A2:A3"}),
        (["A3:B4"], ["id"], {3: "A3:B4", 4: "A3:B4"}),
        (["A1:A2"], ["id"], {2: "A1:A2"}),
        (["A4:A9"], ["id"], {4: "A4:A9"}),
        (["A2:B2"], ["id", "b"], {2: "A2:B2"}),
        (["A3:A4", "A1:B2"], ["id"], {2: "A1:B2", 3: "A3:A4", 4: "A3:A4"}),
        (["A2:A4", "A3:B3"], ["id", "b"], {2: "A2:A4", 3: "A2:A4", 4: "A2:A4"}),
        (["A3:B3"], ["id"], {}),
        (["A3:B3"], ["b"], {}),
        (["B2:B3"], ["id"], {}),
        (["A1:B1"], ["id", "b"], {}),
        (["C2:D9"], ["id", "b"], {}),
        (["A5:A9"], ["id"], {}),
        (["A3", "A3:", "?", "A:B"], ["id"], {}),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_row_with_mapped_cells_in_a_merged_range_is_faulty(
    tmp_path: Path, merged: list[str], mapped: list[str], expected: dict[int, str], encoding: str
) -> None:
    cells = "".join(f'<mergeCell ref="{name}"/>' for name in merged)
    rows = "".join(map(ROW.format, (2, 3, 4)))
    contents = parts({"Data": sheet(rows, after=f"<mergeCells>{cells}</mergeCells>")})
    coded = {name: text.encode(encoding) for name, text in contents.items()}
    path = packed(tmp_path / "a.xlsx", coded)
    with open_spreadsheet(
        path, SourceOptions(), mapped_columns=mapped, start_parser=workbook_thread
    ) as spreadsheet:
        [chunk] = spreadsheet.chunks()
    assert list(chunk.frame.index) == [2, 3, 4]
    assert {row: issue.code for row, issue in chunk.faults.items()} == dict.fromkeys(
        expected, "merged"
    )
    for row, name in expected.items():
        assert f"the cells {name} are merged" in sentence_of(chunk.faults[row])
        assert chunk.faults[row].columns == (mapped[0],)


def test_damage_after_many_rows_ends_the_reading(tmp_path: Path) -> None:
    rows = "".join(map(ROW.format, range(2, 30_000)))
    path = made(tmp_path, sheet(rows + ROW.format(2)))
    with open_spreadsheet(path, SourceOptions(), mapped_columns=["id"]) as spreadsheet:
        chunks = spreadsheet.chunks()
        assert len(next(chunks).cells) == 10_000
        with pytest.raises(InputError, match="row 2 comes after row 29999"):
            list(chunks)


def test_reading_may_be_stopped_midway(tmp_path: Path) -> None:
    path = made(tmp_path, sheet("".join(map(ROW.format, range(2, 60_000)))))
    with open_spreadsheet(path, SourceOptions(), mapped_columns=["id"]) as spreadsheet:
        assert len(next(spreadsheet.chunks()).cells) == 10_000


words = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"]) | st.sampled_from("\t\n _"),
    max_size=12,
).filter(lambda text: not text.startswith("="))
cells = (
    words
    | st.integers(-(10**15) + 1, 10**15 - 1)
    | st.decimals(-9999, 9999, places=3).map(float)
    | st.booleans()
    | st.datetimes(min_value=EPOCH_1904)
    .filter(lambda moment: moment.year < 9999)
    .map(lambda moment: moment.replace(microsecond=0))
    | st.times().map(lambda moment: moment.replace(microsecond=0, tzinfo=None))
    | st.none()
)


def as_openpyxl_reads_it(value: object) -> object:
    """Return what our reader should return for a value that openpyxl read."""
    if isinstance(value, bool):
        return TypedCell(CellKind.BOOLEAN, str(value).upper(), value)
    if isinstance(value, (int, float)):
        number = Decimal(repr(value))
        return number if number != int(value) else Decimal(int(value))
    return "" if value is None else value


def comparable(cell: object) -> object:
    """Return a cell in the form in which it is compared with openpyxl's values."""
    if isinstance(cell, TypedCell) and cell.kind is not CellKind.BOOLEAN:
        return cell.value
    return cell


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=20))
def test_what_openpyxl_writes_and_reads_is_what_we_read(rows: list[tuple[object, ...]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "made.xlsx"
        workbook = Workbook(write_only=True)
        page = workbook.create_sheet("Data")
        for row in [("id", "b"), *rows]:
            page.append(row)
        workbook.save(path)
        expected = load_workbook(path)["Data"].iter_rows(min_row=2, max_col=2, values_only=True)
        wanted = {
            number: tuple(map(as_openpyxl_reads_it, row)) for number, row in enumerate(expected, 2)
        }
        found = read(path)
    assert {number: tuple(map(comparable, row)) for number, row in found.rows.items()} == {
        number: row
        for number, row in wanted.items()
        if any(not isinstance(cell, str) or cell.strip() for cell in row)
    }


def test_times_and_durations_are_typed(tmp_path: Path) -> None:
    cell = '<c r="B2" s="1"><v>0.5</v></c>'
    path = made(tmp_path, data_sheet(cell), styled=styles("hh:mm"))
    assert read(path).rows[2][1] == TypedCell(CellKind.TIME, "12:00:00", time(12))


def test_a_text_file_beside_a_workbook_is_read_by_its_own_name(tmp_path: Path) -> None:
    made(tmp_path, sheet(ROW.format(2)))
    assert read(write(tmp_path, "id,b\n9,x\n")).rows == {2: ("9", "x")}
