"""Small files from the field, checked as their users would: what is planned, refused and noted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import Desk
from documents import RUN_ID

CASES = Path(__file__).parents[1] / "cases"


class Checked:
    """A case that was checked, with its mapping changed."""

    def __init__(self, folder: Path, case: str, file: str, **changes: Any) -> None:
        desk = Desk(folder)
        content = yaml.safe_load((CASES / case / "mapping.yaml").read_text("utf-8")) | changes
        mapping = folder / "mapping.yaml"
        mapping.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        ended = desk("check", CASES / case / file, "-m", mapping)
        self.exit_code = ended.exit_code
        self.said = _unwrapped(ended.stdout + ended.stderr + _shown(desk, ended.stdout))
        self.rows = {int(row["row"]): row for row in desk.results()}
        self.bodies = _bodies(desk.out / "requests.jsonl")

    def codes(self) -> dict[int, str]:
        return {number: row["code"] or row["outcome"] for number, row in self.rows.items()}

    def values(self) -> dict[int, str]:
        """Return the only value of each body."""
        return {number: _leaf(body) for number, body in self.bodies.items()}


def _unwrapped(text: str) -> str:
    return " ".join(text.split())


def _shown(desk: Desk, printed: str) -> str:
    """Return what `show` prints for a run, since `check` shortens its notes."""
    found = RUN_ID.search(printed)
    return desk("show", found.group()).stdout if found else ""


def _bodies(path: Path) -> dict[int, Any]:
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {line["row"]: line["body"] for line in map(json.loads, lines)}


def _leaf(body: Any) -> str:
    return _leaf(next(iter(body.values()))) if isinstance(body, dict) else body


def check(folder: Path, case: str, file: str = "input.csv", **changes: Any) -> Checked:
    return Checked(folder, case, file, **changes)


def test_a_shortened_number_is_refused(tmp_path: Path) -> None:
    checked = check(tmp_path, "shortened-number-in-a-field")
    damaged = dict.fromkeys([2, 3, 5], "damaged-number")
    assert (checked.exit_code, checked.codes()) == (1, {**damaged, 4: "planned"})


def test_an_error_word_is_refused_wherever_it_is_used(tmp_path: Path) -> None:
    checked = check(tmp_path, "error-words-in-csv")
    assert checked.codes() == dict.fromkeys(range(2, 11), "error-cell")


def test_a_guarded_text_is_read_and_noted(tmp_path: Path) -> None:
    case = "equals-and-apostrophe-guards"
    checked = check(tmp_path, case, "input-csv_equals_quoted.csv")
    assert [row["identifier"] for row in checked.rows.values()] == [
        "00100001",
        "00100002",
        "00100003",
    ]
    assert checked.values() == {2: "Gdynia", 3: "Sopot", 4: "Hel"}
    assert 'column "ID": formulas such as "="00100001"" (row 2)' in checked.said
    assert "in 3 rows" in checked.said
    assert 'column "Miasto": formulas such as "="Sopot"" (row 3)' in checked.said


@pytest.mark.parametrize(
    ("case", "file", "rows"),
    [
        ("equals-and-apostrophe-guards", "input-csv_apostrophe_ids.csv", [2, 3]),
        ("decimal-identifiers", "input-csv_float_ids.csv", [2, 3, 4]),
        ("decimal-identifiers", "input-decimal_comma_identifier.csv", [2, 3]),
    ],
)
def test_a_damaged_identifier_is_refused(
    tmp_path: Path, case: str, file: str, rows: list[int]
) -> None:
    assert check(tmp_path, case, file).codes() == dict.fromkeys(rows, "damaged-identifier")


def test_identifiers_that_differ_in_zeros_are_planned_and_noted(tmp_path: Path) -> None:
    checked = check(tmp_path, "zeros-lost-in-part")
    assert (checked.exit_code, checked.codes()) == (0, dict.fromkeys(range(2, 6), "planned"))
    assert 'only in leading zeros: "00100001" (row 2) and "100001" (row 3);' in checked.said


def test_with_pad_they_are_rows_for_the_same_record(tmp_path: Path) -> None:
    identifier = {"column": "ID", "pad": 8}
    checked = check(tmp_path, "zeros-lost-in-part", identifier=identifier)
    assert checked.codes() == {2: "conflict", 3: "conflict", 4: "planned", 5: "planned"}
    assert "leading zeros" not in checked.said


def test_a_replacement_character_is_refused(tmp_path: Path) -> None:
    assert check(tmp_path, "replacement-character").codes() == dict.fromkeys([2, 3], "damaged-text")


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("input-where_all_out_by_case.csv", 'column "Eksport": "TAK" (2 rows), "Tak" (1 row)'),
        ("input-where_blank_column.csv", 'column "Eksport": blank (2 rows)'),
    ],
)
def test_a_filter_that_lets_no_row_through_says_what_the_column_holds(
    tmp_path: Path, file: str, said: str
) -> None:
    checked = check(tmp_path, "filter-lets-no-row-through", file)
    assert checked.exit_code == 3
    assert set(checked.codes().values()) == {"filtered"}
    assert said in checked.said


def test_a_filter_compares_texts_as_people_see_them_and_notes_differences_in_case(
    tmp_path: Path,
) -> None:
    checked = check(tmp_path, "filter-near-misses")
    planned = dict.fromkeys([2, 3, 5], "planned")
    assert checked.codes() == {**planned, 4: "filtered", 6: "filtered"}
    assert (
        'where leaves out 1 row only because of upper or lower case, such as "Tak" (row 4)'
        in checked.said
    )


def test_all_conditions_of_a_filter_must_hold(tmp_path: Path) -> None:
    where = [{"column": "Eksport", "in": ["tak"]}, {"column": "Miasto", "not_in": ["Sopot"]}]
    checked = check(tmp_path, "filter-near-misses", where=where)
    assert [row for row, code in checked.codes().items() if code == "planned"] == [2, 5]


def test_a_filter_that_includes_a_different_case_notes_it(tmp_path: Path) -> None:
    where = [{"column": "Eksport", "not_in": ["TAK", "nie"]}]
    checked = check(tmp_path, "filter-near-misses", where=where)
    assert "where keeps 4 rows only because of upper or lower case" in checked.said


def test_a_lookup_compares_texts_as_people_see_them_and_names_the_nearest_word(
    tmp_path: Path,
) -> None:
    checked = check(tmp_path, "lookup-near-misses")
    assert checked.values() == {2: "4", 3: "3", 4: "4", 5: "4", 7: "3", 8: "3"}
    assert checked.rows[6]["message"].endswith('(did you mean "Kontakt"?)')
    assert checked.rows[9]["message"].endswith('(did you mean "Nie dzwonić"?)')


def test_fractions_of_any_length_and_spaced_offsets_are_read(tmp_path: Path) -> None:
    checked = check(tmp_path, "seven-digit-fractions")
    morning = dict.fromkeys(range(2, 9), "2027-01-11 08:15")
    assert checked.values() == {**morning, 6: "2027-01-11 09:15"}


def test_a_date_and_a_time_in_two_cells_are_one_moment(tmp_path: Path) -> None:
    checked = check(tmp_path, "date-and-time-cells", "input.xlsx")
    assert checked.values() == dict.fromkeys([2, 3, 4], "2027-01-11 08:15")


def call(**keys: Any) -> dict[str, Any]:
    return {"next_call_date": {"column": "Termin", "type": "datetime", **keys}}


def test_unlikely_dates_are_noted(tmp_path: Path) -> None:
    checked = check(tmp_path, "unlikely-dates")
    assert 'calls in the past, such as "1900-01-01 00:00" (row 2), in 4 rows' in checked.said
    assert 'five years ahead, such as "9999-12-31 23:59" (row 5), in 1 row;' in checked.said
    assert 'the word "NULL" (row 8) is read as text, in 1 row;' in checked.said


def test_a_program_that_reads_json_finds_the_notes_on_stderr(tmp_path: Path) -> None:
    case = CASES / "words-for-nothing"
    ended = Desk(tmp_path)("check", case / "input.csv", "-m", case / "mapping.yaml", "--json")
    assert ended.summary["exit_code"] == 0
    assert 'the word "NULL" (row 2)' in ended.stderr
    quiet = Desk(tmp_path)("check", case / "input.csv", "-m", case / "mapping.yaml", "--quiet")
    assert quiet.stderr == ""


def test_bounds_and_blank_words_refuse_or_blank_them(tmp_path: Path) -> None:
    update = call(earliest="today", latest="365d", blanks=["NULL", "0000-00-00 00:00"])
    checked = check(tmp_path, "unlikely-dates", update=update)
    refused = dict.fromkeys([2, 3, 5, 6, 7], "out-of-bounds")
    assert checked.codes() == {**refused, 4: "nothing-to-update", 8: "nothing-to-update"}
    assert " note " not in checked.said


def test_words_for_nothing_are_text_and_noted(tmp_path: Path) -> None:
    checked = check(tmp_path, "words-for-nothing")
    assert len(checked.values()) == 8
    assert 'column "Miasto": the word "NULL" (row 2) is read as text, in 2 rows' in checked.said


def test_with_blanks_they_are_blank(tmp_path: Path) -> None:
    checked = check(tmp_path, "words-for-nothing", blanks=["NULL", "\\N"])
    assert sorted(checked.values()) == [4, 5, 6, 7, 8, 9]
    assert " note " not in checked.said


def test_two_formats_that_read_a_text_differently_refuse_it(tmp_path: Path) -> None:
    checked = check(tmp_path, "two-formats-one-text")
    assert checked.codes() == {2: "ambiguous-date", 3: "planned", 4: "planned"}
    assert "as 2027-04-03 08:15 or as 2027-03-04 08:15" in checked.rows[2]["message"]


READ = {6: "-12.50", 7: "1234.50", 10: "5", 11: "-5.00"}
"""What a decimal comma alone reads."""


@pytest.mark.parametrize(
    ("keys", "more"),
    [
        ({}, {}),
        ({"grouping": "."}, {3: "1234.50"}),
        ({"grouping": "'"}, {8: "1234.50"}),
        ({"remove": "złPLN "}, {4: "1234.50", 9: "12.50"}),
        ({"negative": "trailing"}, {2: "-123.50"}),
        ({"negative": "parentheses"}, {5: "-12.50"}),
    ],
)
def test_numbers_of_other_programs_are_read_as_the_rule_says(
    tmp_path: Path, keys: dict[str, str], more: dict[int, str]
) -> None:
    rule = {"column": "Saldo", "type": "decimal", "decimal": ",", **keys}
    update = {"record_fields": {"saldo": rule}}
    checked = check(tmp_path, "numbers-of-other-programs", update=update)
    assert checked.values() == READ | more
    refused = set(checked.rows) - set(READ | more)
    assert {checked.codes()[row] for row in refused} == {"bad-number"}
