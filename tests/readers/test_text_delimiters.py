"""The delimiter is the only one with which the file fits the mapping; several are an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from reading import read, refusal, write

from bulk_update.errors import UsageError
from bulk_update.records import SourceOptions


@pytest.mark.parametrize(
    ("content", "mapped", "delimiter"),
    [
        ("id,b\n1,x\n", ["id", "b"], ","),
        ("id;b\n1;x\n", ["id", "b"], ";"),
        ("id\tb\n1\tx\n", ["id", "b"], "\t"),
        ("id|b\n1|x\n", ["id", "b"], "|"),
        ('"id";"b,c"\n"1";"x"\n', ["id", "b,c"], ";"),
        ("id;b,c\n1;x,y\n", ["id"], ";"),
        ("id\n1\n2\n", ["id"], ","),
        ('id\n"1;2"\n3\n', ["id"], ","),
        ("sep=|\nid|b\n1|x\n", ["id"], "|"),
        ("sep=^\nid^b\n1^x\n", ["id"], "^"),
    ],
)
def test_the_delimiter_is_found_by_the_mapped_columns(
    tmp_path: Path, content: str, mapped: list[str], delimiter: str
) -> None:
    assert read(write(tmp_path, content), mapped).delimiter == delimiter


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("id\n1;x\n", '"," or ";"'),
        ("id\n1\n\n2|x\n", '"," or "|"'),
        ("id\n1\t2\n", '"," or TAB'),
        ('id\n1\n"2";"x"\n', '"," or ";"'),
        ("id\n" + "1\n" * 20_000 + "1;2\n", '"," or ";"'),
    ],
)
def test_delimiters_that_read_the_file_differently_are_named_with_the_line_to_add(
    tmp_path: Path, content: str, named: str
) -> None:
    message = refusal(write(tmp_path, content))
    assert f"the delimiter is ambiguous: all mapped columns are found with {named}" in message
    assert "--delimiter ','" in message


def test_a_named_delimiter_settles_it(tmp_path: Path) -> None:
    path = write(tmp_path, "id\n1;x\n")
    assert read(path, options=SourceOptions(delimiter=",")).rows == {2: ("1;x",)}
    override = SourceOptions(delimiter=";")
    assert read(path, options=SourceOptions(delimiter=","), override=override).faults == {
        2: "ragged-row"
    }


@pytest.mark.parametrize("name", ["tab", "TAB", "\\t", "\t"])
def test_a_tab_can_be_named_in_every_usual_way(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, "id\tb\n1\tx\n")
    assert read(path, override=SourceOptions(delimiter=name)).delimiter == "\t"


@pytest.mark.parametrize("name", ["", ";;", '"', "\n", "\r", "\0", "a", "1", "comma"])
def test_an_impossible_delimiter_is_refused(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, "id,b\n1,x\n")
    with pytest.raises(UsageError, match="is not a valid delimiter"):
        read(path, options=SourceOptions(delimiter=name))


def test_a_named_delimiter_takes_precedence_over_the_sep_line(tmp_path: Path) -> None:
    path = write(tmp_path, "sep=;\nid,b\n1,x\n")
    assert read(path, options=SourceOptions(delimiter=",")).rows == {2: ("1", "x")}
    assert 'the mapped column "id" is missing' in refusal(path)


def test_if_no_delimiter_fits_the_likeliest_reading_is_shown(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, "id;Nazwa,x\n1;2,3\n"), ["id", "nazwa"])
    assert 'the mapped column "nazwa" is missing' in message
    assert 'The header has 2 columns: "id", "Nazwa,x"\n' in message


def test_the_row_of_a_lower_header_is_suggested_with_any_delimiter() -> None:
    sample = Path(__file__).parents[2] / "samples" / "hazard-title-rows.csv"
    message = refusal(sample, ["ID", "Status", "Miasto"])
    assert 'add "header_row: 3" under "source:"' in message
