"""Rows of text files: their numbers, what is dropped, and what is wrong with them."""

from __future__ import annotations

import csv
import gc
import io
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from reading import Reading, read, read_all, refusal, write

from bulk_update.errors import InputError
from bulk_update.messages import sentence_of
from bulk_update.readers import open_spreadsheet
from bulk_update.readers.frames import CELLS_A_CHUNK, ROWS_A_CHUNK, rows_a_chunk
from bulk_update.readers.text_file import LARGEST_CELL
from bulk_update.records import SourceOptions

COMMA = SourceOptions(delimiter=",")
CONTROLS = [chr(c) for c in (*range(9), 11, 12, *range(14, 32), *range(127, 160))]


def faults_of(path: Path, mapped: Sequence[str] = ("id",)) -> dict[int, str]:
    with open_spreadsheet(path, COMMA, mapped_columns=mapped) as spreadsheet:
        faults = [fault for chunk in spreadsheet.chunks() for fault in chunk.faults.items()]
    return {number: sentence_of(issue) for number, issue in faults}


@pytest.mark.parametrize(
    ("content", "numbers"),
    [
        ("id,b\n1,x\n2,x\n", [2, 3]),
        ("id,b\r\n1,x\r\n2,x", [2, 3]),
        ("id,b\n\n\n1,x\n\n2,x\n", [4, 6]),
        ("id,b\n   ,\t\n1,x\n", [3]),
        ("id,b\n\u00a0,\u2003\n1,x\n", [3]),
        ('id,b\n1,"two\nlines"\n2,x\n', [2, 3]),
        ("sep=,\nid,b\n1,x\n", [2]),
        ('"sep=,"\r\nid,b\r\n1,x\r\n', [2]),
        ("SEP=,,\nid,b\n1,x\n", [2]),
    ],
)
def test_a_row_has_the_number_that_a_spreadsheet_program_shows(
    tmp_path: Path, content: str, numbers: list[int]
) -> None:
    assert list(read(write(tmp_path, content)).rows) == numbers


def test_row_numbers_continue_from_chunk_to_chunk(tmp_path: Path) -> None:
    lines = [f"{i},x" if i % 1000 else "" for i in range(2, 2 * ROWS_A_CHUNK + 100)]
    found = read(write(tmp_path, "id,b\n" + "\n".join(lines)))
    assert [str(number) for number in found.rows] == [row[0] for row in found.rows.values()]
    assert len(found.rows) == len(lines) - 20


def test_rows_above_the_header_count(tmp_path: Path) -> None:
    path = write(tmp_path, 'Report\n\n"of\ntoday",x\nid,b\n1,x\n')
    assert list(read(path, options=SourceOptions(header_row=4)).rows) == [5]


def test_a_header_alone_has_no_chunks(tmp_path: Path) -> None:
    assert read(write(tmp_path, "id,b\n\n \n,\n")) == Reading(
        ("id", "b"), {}, [], {}, [], is_failed_csv=False, delimiter=",", kind="UTF-8"
    )


@pytest.mark.parametrize(
    ("row", "cells", "message"),
    [
        ("1,x", ["1", "x"], "the row has 2 cells, but the header has 3 columns"),
        ("1", ["1"], "the row has 1 cell, but the header has 3 columns"),
        ("1,x,y,z", ["1", "x", "y", "z"], "the row has 4 cells, but the header has 3 columns"),
        (
            "1,12,50,x",
            ["1", "12", "50", "x"],
            (
                "the row has 4 cells, but the header has 3 columns; either it has too many "
                "cells, or a decimal comma splits a value (then quote it, or export with "
                "semicolons)"
            ),
        ),
    ],
)
def test_a_row_of_another_length_is_ragged_and_its_cells_stay_exact(
    tmp_path: Path, row: str, cells: list[str], message: str
) -> None:
    path = write(tmp_path, f"id,b,c\n1,x,y\n{row}\n")
    found = read(path, ["id", "c"], options=COMMA)
    assert found.faults == {3: "ragged-row"}
    assert found.cells == [["1", "x", "y"], cells]
    assert found.rows[3] == tuple([*cells, "", ""][:3])
    assert faults_of(path, ["id", "c"]) == {3: message}
    assert found.notices == []


def test_a_row_may_lack_unused_cells_at_its_end(tmp_path: Path) -> None:
    path = write(tmp_path, "id,b,c,d\n1,x,y,z\n2,x\n3\n4,x,y\n")
    found = read(path, ["id", "b"], options=COMMA)
    assert found.faults == {4: "ragged-row"}
    assert found.rows[3] == ("2", "x", "", "")
    assert found.cells == [["1", "x", "y", "z"], ["2", "x", "", ""], ["3"], ["4", "x", "y", ""]]
    assert found.notices == [
        "2 rows with cells missing at the end, in columns that are not used (the first is row 3)"
    ]


def test_extra_blank_cells_are_ignored_and_noted_once(tmp_path: Path) -> None:
    path = write(tmp_path, "id,b\n1,x\n2,x,\n3,x, ,\n4,x,,y\n")
    with open_spreadsheet(path, COMMA, mapped_columns=["id"]) as spreadsheet:
        assert read_all(spreadsheet) == read_all(spreadsheet)
        found = read_all(spreadsheet)
    assert found.faults == {5: "ragged-row"}
    assert found.cells == [["1", "x"], ["2", "x"], ["3", "x"], ["4", "x", "", "y"]]
    assert found.notices == [
        "2 rows with blank cells beyond the last column, which are ignored (the first is row 3)"
    ]


def test_cells_of_unnamed_columns_may_be_missing_or_hold_anything(tmp_path: Path) -> None:
    path = write(tmp_path, "id,b,,\n1,x\n2,x,\n3,x, ,\n4,x,,y\n5,x,,,\n6,x,,,y\n")
    found = read(path, options=COMMA)
    assert found.header == ("id", "b")
    assert found.cells == [*([str(i), "x"] for i in range(1, 6)), ["6", "x", "", "", "y"]]
    assert faults_of(path) == {7: "the row has 5 cells, but the header has 2 columns"}


@pytest.mark.parametrize("footer", ["(2 rows affected)", "2 rows selected.", "(1 wiersz)"])
def test_a_row_count_below_a_table_is_not_a_row_that_lacks_cells(
    tmp_path: Path, footer: str
) -> None:
    path = write(tmp_path, f"id,b\n1,x\n2,x\n\n{footer}\n")
    assert read(path, options=COMMA).faults == {5: "ragged-row"}


@pytest.mark.parametrize(
    ("content", "mapped", "names"),
    [
        ("id,b,Weight(lbs,Sep)\n1,x,159\n", ["id", "b"], '"Weight(lbs" and "Sep)" look like'),
        ("Sum [net,gross],id,b\n5,1,x\n", ["id"], '"Sum [net" and "gross]" look like'),
        ("Sum,PLN,id,b\n5,1,x\n6,2,x\n", ["id"], '"Sum" or "PLN" may be part'),
    ],
)
def test_a_header_with_a_name_that_the_delimiter_splits_is_refused_once(
    tmp_path: Path, content: str, mapped: list[str], names: str
) -> None:
    message = refusal(write(tmp_path, content), mapped, options=COMMA)
    assert f"{names}" in message
    assert "Quote that name in the header" in message


@pytest.mark.parametrize(
    "content",
    ["id,b,c\n1,x\n2,x\n", "id,b(1,c)\n1,x\n2,x,y\n", "Sum,id,b\n5,1\n"],
    ids=["nothing moved", "not all rows", "one row"],
)
def test_rows_that_lack_cells_do_not_make_a_header_wrong(tmp_path: Path, content: str) -> None:
    assert read(write(tmp_path, content), options=COMMA).faults == {}


@pytest.mark.parametrize(
    "row",
    ["id,b c", "\ufeffid,b c", '" id ",b  c', "i\u00add,b\u00a0c", '"id","b c"'],
    ids=ascii,
)
def test_a_row_that_repeats_the_header_is_not_a_record(tmp_path: Path, row: str) -> None:
    path = write(tmp_path, f"id,b c\n1,x\n{row}\n2,x\n")
    assert faults_of(path) == {3: "the row repeats the header (a joined file?); delete it"}


@pytest.mark.parametrize(
    "row", ["--,---", "-,-", " ---- ,--------", "\u2500\u2500,\u2014\u2014", "----+----", "--,"]
)
def test_a_row_of_dashes_is_not_a_record(tmp_path: Path, row: str) -> None:
    path = write(tmp_path, f"id,b\n1,x\n{row}\n2,x\n")
    assert faults_of(path) == {3: "the row consists of dashes only; delete it"}


@pytest.mark.parametrize("row", ["id,x", "ID,b", "-1,-", "--,x", "x,id", "b,id", "id1,b"])
def test_a_row_that_only_resembles_a_header_or_dashes_is_a_record(tmp_path: Path, row: str) -> None:
    assert read(write(tmp_path, f"id,b\n1,x\n{row}\n2,x\n")).faults == {}


def test_an_unnamed_column_in_between_keeps_its_place(tmp_path: Path) -> None:
    found = read(write(tmp_path, "id,,c\n1,x,y\n"))
    assert (found.header, found.rows) == (("id", "", "c"), {2: ("1", "x", "y")})


@pytest.mark.parametrize("character", CONTROLS, ids=ascii)
def test_a_control_character_is_a_fault_of_its_row(tmp_path: Path, character: str) -> None:
    path = write(tmp_path, f"id,b\n1,x{character}y\n2,x\n")
    assert read(path).rows[2] == ("1", f"x{character}y")
    finding = "an invisible character" if character >= "\x80" else "a control character"
    (row, said), *others = faults_of(path, ["id", "b"]).items()
    assert said.startswith(f'column "b": the cell contains {finding} (U+{ord(character):04X})')
    assert (row, others) == (2, [])


def test_a_control_character_in_an_unused_cell_is_harmless(tmp_path: Path) -> None:
    path = write(tmp_path, "id,,c\n1,\x01,\x02\n")
    found = read(path)
    assert (found.faults, found.cells) == ({}, [["1", "\x01", "\x02"]])


@pytest.mark.parametrize("character", ["\t", "\n", "\r", "\u00a0", "\u202e", "\u200b", "é"])
def test_characters_that_people_write_are_not_control_characters(
    tmp_path: Path, character: str
) -> None:
    found = read(write(tmp_path, f'id,b\n1,"x{character}y"\n'))
    assert (found.rows, found.faults) == ({2: ("1", f"x{character}y")}, {})


def test_a_ragged_row_with_a_control_character_is_reported_as_ragged(tmp_path: Path) -> None:
    assert read(write(tmp_path, "id,b\n1,\0,x\n")).faults == {2: "ragged-row"}


def test_a_surrogate_is_a_fault_and_is_kept_out_of_the_cells(tmp_path: Path) -> None:
    path = write(tmp_path, b"id,b\n1,+2AA-\n")
    found = read(path, ["id", "b"], override=SourceOptions(encoding="utf-7"))
    assert (found.faults, found.cells) == ({2: "control-character"}, [["1", "\ufffd"]])
    assert read(path, override=SourceOptions(encoding="utf-7")).cells == [["1", "\ufffd"]]


def test_a_cell_beyond_the_limit_of_the_csv_module_is_read_completely(tmp_path: Path) -> None:
    long = "x" * 1_000_000
    assert read(write(tmp_path, f"id,b\n1,{long}\n")).rows == {2: ("1", long)}


def test_a_quote_that_swallows_megabytes_is_refused(tmp_path: Path) -> None:
    lines = ("x" * 1000 + "\n") * (LARGEST_CELL // 1000 + 1)
    message = refusal(write(tmp_path, f'id,b\n1,x\n2,"{lines}'))
    assert f"row 3: a cell has more than {LARGEST_CELL:,} characters" in message


def test_a_file_without_line_ends_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    assert "a line is longer than" in refusal(write(tmp_path, b"id," + b"x" * 34_000_000))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1250"])
def test_quotation_marks_are_text_if_the_mapping_says_so(tmp_path: Path, encoding: str) -> None:
    content = 'id\t"b"\n1\t"ALFA" Sp. z o.o.\n2\t24"\n3\t"BETA\n4\t"a""b"\n5\t"\n'
    path = write(tmp_path, content.encode(encoding))
    options = SourceOptions(encoding=encoding, quotes_are_text=True)
    found = read(path, options=options)
    assert found.header == ("id", '"b"')
    values = ('"ALFA" Sp. z o.o.', '24"', '"BETA', '"a""b"', '"')
    assert found.rows == {i + 1: (str(i), value) for i, value in enumerate(values, 1)}
    message = refusal(path, options=SourceOptions(encoding=encoding))
    assert 'add "quote: none" under "source:"' in message


def swallowed(row: int, lines: int, rows: str = "1 row") -> list[str]:
    shape = f"row {row} spans {lines} lines, some of which look like rows of their own"
    remedy = 'if quotation marks are text, add "quote: none" under "source:"'
    return [f"{shape}; {remedy} ({rows} like this)"]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("content", "row", "lines"),
    [
        ('id;name;city\n1;"BETA\n2;ALFA;x\n3;GAMA";x\n4;y;z\n', 2, 3),
        ('id;name;city\n0;a;b\n1;"BETA\n2;ALFA;x\n3;DELTA;x\n4;GAMA";x\n', 3, 4),
        ('id;name;city\n1;"BETA;x\n2;GAMA";x\n', 2, 2),
        ('id;name;city\n1;"BETA\n\n2;ALFA;x\n\n3;GAMA";x\n', 2, 5),
        ('id;name;city\n1;x;"BETA\n2;x;y\n3;y;GAMA"\n', 2, 3),
        ('id;name;city\n"1;BETA;x\n2;x;y\n3;GAMA";y;z\n', 2, 3),
        ('id;city\n1;"BETA\n2;GAMA"\n', 2, 2),
        ('id;name;city;\n1;"BETA\n2;ALFA;x;\n3;GAMA";x;\n', 2, 3),
        ('id;name;city;\n1;"BETA\n2;ALFA;x\n3;GAMA";x\n', 2, 3),
        ('sep=;\nid;name;city\n\n1;"BETA\n2;ALFA;x\n3;GAMA";x\n', 3, 3),
    ],
)
def test_lines_in_a_cell_that_look_like_rows_are_noted(
    tmp_path: Path, content: str, row: int, lines: int, line_end: str
) -> None:
    path = write(tmp_path, content.replace("\n", line_end))
    found = read(path, options=SourceOptions(delimiter=";"))
    assert (found.notices, found.faults) == (swallowed(row, lines), {})
    apart = read(path, options=SourceOptions(delimiter=";", quotes_are_text=True))
    assert len(apart.rows) > len(found.rows)
    assert swallowed(row, lines)[0] not in apart.notices


def test_rows_with_lines_that_look_like_rows_are_counted_in_all_blocks(tmp_path: Path) -> None:
    swallowing = '"x\n1,2,3\n1,2,3",y'
    lines = [f"{i},{swallowing if i % 9_000 == 0 else 'x,y'}" for i in range(2, 30_000)]
    path = write(tmp_path, "Report of\nid,b,c\n" + "\n".join(lines) + "\n")
    with open_spreadsheet(path, SourceOptions(header_row=2), mapped_columns=["id"]) as spreadsheet:
        assert read_all(spreadsheet) == read_all(spreadsheet)
        assert read_all(spreadsheet).notices == swallowed(9_001, 3, "3 rows")


@pytest.mark.parametrize(
    "content",
    [
        'id,b,c\n1,"two\nlines",x\n2,"a, b\nc\nd",x\n',
        'id,b,c\n"1\n",x,y\n2,x,"y\n"\n',
        'id,b,c\n1,"one, two, three, four\nfive, six, seven, eight\nnine",x\n',
        'id,b,c\n1,"one\n\n\nend","one, two\nend"\n',
        'id\n"1\n2\n3"\n',
        '"id\n2",b,"c\n3,4,5\n"\n1,x,y\n',
        'id,b,_outcome,_code,_message\n1,"x\n2,y,z,a,b\n3",failed,x,y\n',
    ],
)
def test_a_text_with_several_lines_gets_no_note(tmp_path: Path, content: str) -> None:
    mapped = ["c 3,4,5"] if "3,4,5" in content else ["id"]
    assert read(write(tmp_path, content), mapped, options=COMMA).notices == []


@pytest.mark.parametrize(
    "content",
    ['id\tb\n1\t"x"y\n', 'id\tb\n1\t"x\n', 'id\tb\n1\t"x\n2\ty"\tz\n3\t"a"b\n'],
)
def test_unbalanced_quotes_are_refused_with_the_line_to_add(tmp_path: Path, content: str) -> None:
    assert 'add "quote: none" under "source:"' in refusal(write(tmp_path, content))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1250"])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x1a", "\n\x1a", '"', ""])
def test_a_last_line_without_an_end_is_noted_and_refused_on_request(
    tmp_path: Path, encoding: str, end: str
) -> None:
    path = write(tmp_path, f'id,b\n1,"x{"" if end == chr(34) else chr(34)}{end}'.encode(encoding))
    found = read(path, options=SourceOptions(encoding=encoding))
    noted = "the last row has no line end: the file may have been cut off" in found.notices
    assert (found.rows, noted) == ({2: ("1", "x")}, end in {'"', ""})
    strict = SourceOptions(encoding=encoding, must_be_complete=True)
    if noted:
        assert "the last line has no line end" in refusal(path, options=strict)
    else:
        assert read(path, options=strict) == found


def test_a_quote_inside_an_unquoted_cell_is_text(tmp_path: Path) -> None:
    assert read(write(tmp_path, 'id,b\n1,5" disk\n')).rows == {2: ("1", '5" disk')}


def test_damage_far_down_is_reported_with_its_row_and_stops_reading(tmp_path: Path) -> None:
    rows = "".join(f"{i},x\n" for i in range(2 * ROWS_A_CHUNK))
    path = write(tmp_path, f'id,b\n{rows}1,"a"b\n')
    with open_spreadsheet(path, COMMA, mapped_columns=["id"]) as spreadsheet:
        chunks = spreadsheet.chunks()
        assert len(next(chunks).cells) == ROWS_A_CHUNK
        with pytest.raises(InputError, match=f"row {2 * ROWS_A_CHUNK + 2}: there is text after"):
            list(chunks)


def test_a_damaged_header_is_reported_with_its_row(tmp_path: Path) -> None:
    assert "row 1: there is text after a closing quote" in refusal(
        write(tmp_path, 'id,"b"x\n1,y\n'), options=COMMA
    )


def test_a_file_that_shrinks_after_it_was_opened_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, 'id,b\n1,"x"\n')
    with open_spreadsheet(path, COMMA, mapped_columns=["id"]) as spreadsheet:
        write(tmp_path, b"id,b\n\xff")
        with pytest.raises(InputError, match="changed while it was read"):
            list(spreadsheet.chunks())


def test_rows_can_be_read_again(tmp_path: Path) -> None:
    path = write(tmp_path, "id,b\n1,x\n")
    with open_spreadsheet(path, COMMA, mapped_columns=["id"]) as spreadsheet:
        first, second = ([chunk.cells for chunk in spreadsheet.chunks()] for _ in range(2))
    assert first == second == [[b'["1","x"]']]


def test_the_garbage_collector_runs_again_between_chunks(tmp_path: Path) -> None:
    path = write(tmp_path, "id,b\n1,x\n")
    with open_spreadsheet(path, COMMA, mapped_columns=["id"]) as spreadsheet:
        assert [gc.isenabled() for _ in spreadsheet.chunks()] == [True]
        gc.disable()
        assert [gc.isenabled() for _ in spreadsheet.chunks()] == [False]
        gc.enable()


def test_a_chunk_stays_small_whatever_the_shape_of_the_table(tmp_path: Path) -> None:
    assert rows_a_chunk(6) == ROWS_A_CHUNK
    assert rows_a_chunk(3001) * 3001 <= CELLS_A_CHUNK
    assert rows_a_chunk(1_000_000) == rows_a_chunk(100_000) == 1
    path = write(tmp_path, "id,b\n" + f"1,{'x' * 10_000}\n" * 2_000)
    with open_spreadsheet(path, COMMA, mapped_columns=["id"]) as spreadsheet:
        sizes = [len(chunk.cells) for chunk in spreadsheet.chunks()]
    assert sum(sizes) == 2_000
    assert max(sizes) <= 500


@pytest.mark.parametrize("rows_before", [0, 1, 249, 5_000])
def test_a_chunk_of_long_rows_has_few_characters(tmp_path: Path, rows_before: int) -> None:
    content = "id,b\n" + "1,x\n" * rows_before + f"1,{'x' * 300_000}\n" * 60
    with open_spreadsheet(write(tmp_path, content), COMMA, mapped_columns=["id"]) as spreadsheet:
        sizes = [sum(map(len, chunk.cells)) for chunk in spreadsheet.chunks()]
    assert sum(sizes) > 60 * 300_000
    assert max(sizes) < 5_000_000


text = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\r\n\t\"',;|"))


def written(rows: Sequence[Sequence[str]], delimiter: str, line_end: str) -> str:
    out = io.StringIO(newline="")
    # By default, Python's writer quotes only the line ends of its own dialect.
    if line_end == "\r\n":
        csv.writer(out, delimiter=delimiter).writerows(rows)
    else:
        csv.writer(
            out, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL
        ).writerows(rows)
    return out.getvalue()


@given(
    rows=st.lists(st.tuples(text, text), max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
@example([("\u2028", "\x85")], ",", "\n", "utf-8")
def test_the_output_of_a_csv_writer_is_read_back(
    rows: list[tuple[str, str]], delimiter: str, line_end: str, encoding: str
) -> None:
    content = written([("id", "note"), *rows], delimiter, line_end)
    with TemporaryDirectory() as folder:
        path = write(Path(folder), content.encode(encoding))
        found = read(path, ["id", "note"], options=SourceOptions(delimiter=delimiter))
    assert found.rows == {
        number: row for number, row in enumerate(rows, 2) if any(map(str.strip, row))
    }
    assert found.cells == [list(row) for row in found.rows.values()]
