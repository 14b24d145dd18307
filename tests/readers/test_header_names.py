"""Columns are found as people see their names; a missing one is reported with the nearest."""

from __future__ import annotations

from pathlib import Path

import pytest
from reading import read, refusal, write

from bulk_update.columns import find_columns
from bulk_update.errors import MappingError
from bulk_update.readers import open_spreadsheet
from bulk_update.readers.headers import Header, gaps_of, positions_without_gaps, without_gaps
from bulk_update.records import SourceOptions


@pytest.mark.parametrize(
    "header",
    [" Imię ", "Imie\u0328", "\u200bImię", "\u00a0Imię", '"Imię\n"', "\ufeffImię"],
    ids=ascii,
)
def test_a_column_is_found_as_people_see_its_name(tmp_path: Path, header: str) -> None:
    found = read(write(tmp_path, f"{header},b\n1,x\n"), ["Imię"])
    assert found.header == ("Imię", "b")


def test_a_missing_column_is_reported_with_the_nearest_name_and_all_columns(
    tmp_path: Path,
) -> None:
    path = write(tmp_path, "ID,Nazwa,,Miasto\n1,x,,y\n")
    assert refusal(path, ["ID", "nazwa ", "Telefon"]) == (
        f'{path}: the mapped column "nazwa " is missing (did you mean "Nazwa"?); '
        'the mapped column "Telefon" is missing. '
        'The header has 3 columns: "ID", "Nazwa", "Miasto"\n'
        "Correct the names in the mapping, or the header of the file."
    )


def test_a_duplicate_mapped_column_is_reported_with_its_positions(tmp_path: Path) -> None:
    path = write(tmp_path, "id,b,id , id\n1,x,2,3\n")
    message = refusal(path)
    assert 'the mapped column "id" occurs more than once (columns 1, 3 and 4)' in message
    assert "Give each of these columns a name of its own" in message


def test_an_unmapped_column_may_occur_twice(tmp_path: Path) -> None:
    assert read(write(tmp_path, "id,b,b\n1,x,y\n")).rows == {2: ("1", "x", "y")}


@pytest.mark.parametrize(("above", "row"), [("Report\n\n", 3), ("\n", 2), ("x,y,z\n" * 19, 20)])
def test_the_row_of_a_lower_header_is_suggested(tmp_path: Path, above: str, row: int) -> None:
    message = refusal(write(tmp_path, f"{above}id,b\n1,x\n"), ["id", "b"])
    assert f'seems to be in row {row}: add "header_row: {row}" under "source:"' in message


def test_a_header_far_down_is_not_searched_for(tmp_path: Path) -> None:
    assert "seems to be" not in refusal(write(tmp_path, "x,y\n" * 20 + "id,b\n"), ["id", "b"])


def test_a_header_row_beyond_the_end_is_blank(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, "id,b\n1,x\n"), options=SourceOptions(header_row=9))
    assert "The header row is blank\n" in message
    assert "seems to be in row 1" in message


def test_a_long_header_is_not_listed_completely(tmp_path: Path) -> None:
    path = write(tmp_path, ",".join(f"c{i}" for i in range(40)) + "\n")
    assert '"c29" and 10 more\n' in refusal(path)


def test_a_single_column_is_reported_in_the_singular(tmp_path: Path) -> None:
    assert 'The header has 1 column: "a"\n' in refusal(write(tmp_path, "a\n1\n"))


def test_a_misfit_is_an_error_of_the_mapping(tmp_path: Path) -> None:
    with pytest.raises(MappingError):
        read(write(tmp_path, "a,b\n"))


def test_a_spreadsheet_knows_the_positions_of_its_mapped_columns(tmp_path: Path) -> None:
    path = write(tmp_path, "a,\u200bImię ,id,b\n1,x,2,y\n")
    with open_spreadsheet(path, SourceOptions(), mapped_columns=["id", "Imię"]) as spreadsheet:
        assert spreadsheet.positions == {"id": 2, "Imię": 1}


def test_positions_follow_the_columns_when_wide_gaps_are_left_out() -> None:
    names = ("id", *[""] * 150, "b", *[""] * 120, "c", "d")
    header = Header(names, len(names))
    gaps = gaps_of(header)
    mapped = ("id", "b", "c", "d")
    before = find_columns(header.names, mapped).positions
    after = find_columns(without_gaps(header, gaps).names, mapped).positions
    assert positions_without_gaps(before, gaps) == after == {"id": 0, "b": 1, "c": 2, "d": 3}
