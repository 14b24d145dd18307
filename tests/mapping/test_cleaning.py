"""Cells are cleaned as their rule says, and damaged ones are refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from identifiers import identifier_of
from strategies import CLEAR_TOKEN, cells
from test_compiled_rules import DAY, ERROR, FALSE, MORNING, TIME, TRUE, number, rule
from words import in_words

from bulk_update.cells.damage import ERROR_WORDS, may_be_damaged
from bulk_update.records import Cell, CellKind, Issue, TypedCell


def result(mapped: object) -> object:
    """Return the text to send, or the code of the issue."""
    return str(mapped.code) if isinstance(mapped, Issue) else mapped


@pytest.mark.parametrize(
    ("keys", "cell", "expected"),
    [
        ({"blanks": ["NULL", "\\N"]}, "NULL", None),
        ({"blanks": ["NULL", "\\N"]}, " \\N ", None),
        ({"blanks": ["NULL"]}, "null", "null"),
        ({"blanks": ["NULL"]}, "NULL i void", "NULL i void"),
        ({"blanks": ["NULL"], "default": "x"}, "NULL", "x"),
        ({"blanks": ["NULL"], "on_blank": "error"}, "NULL", "blank"),
        ({"blanks": ["NULL"], "on_blank": "clear"}, "NULL", ""),
        ({"blanks": ["0000-00-00"], "type": "date"}, "0000-00-00", None),
        ({"blanks": ["#N/A"]}, "#N/A", None),
        ({"blanks": ["#N/A"]}, ERROR, None),
        ({"blanks": ["0"], "type": "integer"}, number("0"), None),
        ({"blanks": ["NULL"]}, '="NULL"', None),
        ({"remove": " -()"}, "(58) 600-10 20", "586001020"),
        ({"remove": " -"}, "600\u00a0100\u202f2\u20110\u20100", "600100200"),
        ({"remove": " "}, "a\u2013b", "a\u2013b"),
        ({"remove": "-"}, "---", None),
        ({"remove": "-", "on_blank": "error"}, "-", "blank"),
        (
            {"remove": "złPLN ", "type": "decimal", "decimal": ","},
            "1 234,50 zł",
            "1234.50",
        ),
        ({"remove": "-", "lookup": {"ab": "1"}}, "a-b", "1"),
        ({"remove": "#"}, "#N/A", "N/A"),
        ({"pad": 8}, "100001", "00100001"),
        ({"pad": 8}, "123456789", "123456789"),
        ({"pad": 8}, "A1", "A1"),
        ({"pad": 4}, number("7"), "0007"),
        ({"prefix": "+48"}, "600100101", "+48600100101"),
        ({"prefix": "+48"}, "+48600100101", "+48600100101"),
        ({"prefix": "48", "pattern": "[0-9]{11}"}, "600100101", "48600100101"),
        ({"prefix": "48", "pattern": "[0-9]{11}"}, "482001010", "pattern"),
        ({"pad": 3, "prefix": "K", "pattern": "K[0-9]{3}"}, "7", "K007"),
        ({"lookup": {"a": "7"}, "pad": 3, "prefix": "K"}, "a", "K007"),
        ({"prefix": "K", "max_length": 3}, "123", "too-long"),
        ({"default": "7", "pad": 3}, "", "007"),
        ({"type": "integer", "grouping": "."}, "1.234", "1234"),
        ({"type": "integer", "negative": "trailing"}, "7-", "-7"),
        ({"type": "integer"}, "\u22127", "-7"),
        ({"type": "integer"}, "- 7", "-7"),
        ({"type": "decimal", "grouping": ","}, "1,234.50", "1234.50"),
        ({"type": "decimal", "grouping": ",", "negative": "parentheses"}, number("-1.5"), "-1.5"),
        ({"type": "datetime", "time": "09:00"}, "2027-01-11", "2027-01-11 09:00"),
        ({"type": "datetime", "time": "9:00"}, "2027-01-11 00:00", "2027-01-11 00:00"),
        ({"type": "datetime", "time": "09:00"}, DAY, "2026-03-04 09:00"),
        ({"type": "datetime", "time": "09:00"}, MORNING, "2026-03-04 10:15"),
        (
            {"type": "datetime", "time": "09:00", "formats": ["%d.%m.%Y %H:%M", "%d.%m.%Y"]},
            "11.01.2027",
            "2027-01-11 09:00",
        ),
        ({"type": "datetime", "earliest": "today"}, "2026-11-30 00:00", "2026-11-30 00:00"),
        ({"type": "datetime", "earliest": "today"}, "2026-11-29 23:59", "out-of-bounds"),
        ({"type": "datetime", "latest": "365d"}, "2027-11-30 23:59", "2027-11-30 23:59"),
        ({"type": "datetime", "latest": "365d"}, "2027-12-01 00:00", "out-of-bounds"),
        ({"type": "date", "earliest": "-30d"}, "2026-10-31", "2026-10-31"),
        ({"type": "date", "earliest": "-30d"}, "2026-10-30", "out-of-bounds"),
        ({"type": "date", "latest": "2027-12-31"}, "2027-12-31", "2027-12-31"),
        ({"type": "date", "latest": "2027-12-31"}, "9999-12-31", "out-of-bounds"),
        ({"type": "date", "earliest": "2000-01-01"}, DAY, "2026-03-04"),
    ],
)
def test_a_cell_is_cleaned_as_its_rule_says(
    keys: dict[str, Any], cell: Cell, expected: str | None
) -> None:
    assert result(rule(**keys).of_cell(cell)) == expected


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        *((text, "damaged-number") for text in ("4,86E+10", "1E+11", "4.86E10", "4,86E+010")),
        *((text, "damaged-number") for text in ("-4,86E+10", "1E-05", "4.86e+10", " 1E+11 ")),
        *((text, text) for text in ("12E3", "1E5", "12E+3", "E+11", "1E+", "4,86E+10 zł")),
        *((text, "error-cell") for text in sorted(ERROR_WORDS)),
        *((text, "error-cell") for text in ("########", "##", "Err:502", "B\u0142\u0105d:504")),
        *((text, text) for text in ("#", "#1", "#n/a", "N/A", "#PROMOCJA!", "Err:1", "## x")),
        *((text, "damaged-text") for text in ("Krak\ufffdw", "\ufffd")),
        ('="00123"', "00123"),
        (' =" Sopot " ', "Sopot"),
        ('="a ""b"""', 'a "b"'),
        ('=""', None),
        (f'="{CLEAR_TOKEN}"', ""),
        ('="1E+11"', "damaged-number"),
        ("=A1", "=A1"),
        ('="a"&"b"', '="a"&"b"'),
    ],
)
def test_damaged_cells_are_not_accepted_as_text(cell: str, code: str | None) -> None:
    assert result(rule().of_cell(cell)) == code


@pytest.mark.parametrize(
    ("keys", "cell", "expected"),
    [
        ({"pattern": ".*"}, "#N/A", "#N/A"),
        ({"pattern": "[0-9,E+]+"}, "4,86E+10", "4,86E+10"),
        ({"pattern": "[0-9]+"}, "4,86E+10", "damaged-number"),
        ({"pattern": ".*"}, '="00123"', '="00123"'),
        ({"lookup": {"#N/A": "0"}}, "#N/A", "0"),
        ({"lookup": {"#N/A": "0"}}, "#REF!", "error-cell"),
        ({"lookup": {"#N/A": "0"}}, ERROR, "0"),
        ({"lookup": {"a": "0"}}, ERROR, "error-cell"),
        ({"pattern": ".*"}, ERROR, "error-cell"),
        ({"lookup": {"\ufffd": "0"}, "pattern": "1"}, "\ufffd", "damaged-text"),
        ({"type": "decimal", "decimal": ","}, "4,86E+10", "damaged-number"),
    ],
)
def test_a_text_that_looks_damaged_is_accepted_if_its_rule_expects_it(
    keys: dict[str, Any], cell: Cell, expected: str
) -> None:
    assert result(rule(**keys).of_cell(cell)) == expected


DAMAGED = ["4,86E+10", "#N/A", "##", "Err:502", "\ufffd", '="7"', '="4,86E+10"', "NULL", "x"]
CLEANED = st.fixed_dictionaries(
    {},
    optional={
        "blanks": st.just(["NULL", "x"]),
        "remove": st.just("x,"),
        "strip": st.just("false"),
        "lookup": st.just({"x": "1", "#N/A": "2"}),
    },
)


@settings(deadline=None)
@given(CLEANED, st.lists(cells() | st.sampled_from(DAMAGED), min_size=1, max_size=4))
def test_a_column_is_mapped_as_each_of_its_cells(keys: dict[str, Any], column: list[Cell]) -> None:
    compiled = rule(**keys)
    read = compiled.reader_for("\n".join(cell for cell in column if isinstance(cell, str)))
    assert list(map(read, column)) == list(map(compiled.of_cell, column))


@settings(deadline=None)
@given(CLEANED, st.lists(cells() | st.sampled_from(DAMAGED), min_size=2, max_size=2))
def test_joined_columns_are_mapped_as_each_of_their_cells(
    keys: dict[str, Any], row: list[Cell]
) -> None:
    compiled = rule(columns=["A", "B"], join=" ", **keys)
    read = compiled.reader_for("\n".join(cell for cell in row if isinstance(cell, str)))
    assert read(row) == compiled.of_cells(row)


@given(st.sampled_from(DAMAGED[:7]), st.text(max_size=5), st.text(max_size=5))
def test_the_quick_check_misses_no_damage(damaged: str, before: str, after: str) -> None:
    assert may_be_damaged(f"{before}\n{damaged}\n{after}")


@pytest.mark.parametrize("word", sorted(ERROR_WORDS))
def test_the_quick_check_misses_no_error_word(word: str) -> None:
    assert may_be_damaged(word)


def test_a_shortened_number_says_what_to_do() -> None:
    assert in_words(rule().of_cell("4,86E+10")) == (
        "damaged-number",
        (
            '"4,86E+10" is a number that a spreadsheet program has shortened: digits are lost '
            "(format the column as text, and export the file or enter the value again)"
        ),
    )


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("a", "4,86E+10"), "damaged-number"),
        (("a", "#N/D!"), "error-cell"),
        (("a", '="007"'), "a 007"),
        (("a", "NULL"), "a"),
        (("NULL", "-"), None),
        (("a-b", "-c"), "ab c"),
    ],
)
def test_joined_cells_are_cleaned_one_by_one(cells: tuple[str, ...], expected: str | None) -> None:
    joined = rule(columns=["A", "B"], join=" ", blanks=["NULL"], remove="-")
    assert result(joined.of_cells(cells)) == expected


MIDNIGHT = TypedCell(CellKind.DATETIME, "2026-03-04 00:00:00")
SECONDS = TypedCell(CellKind.TIME, "10:15:30")
FORMAT = {"formats": ["%d.%m.%Y %H:%M"]}


@pytest.mark.parametrize(
    ("keys", "cells", "expected"),
    [
        (FORMAT, (DAY, TIME), "2026-03-04 10:15"),
        (FORMAT, (MIDNIGHT, TIME), "2026-03-04 10:15"),
        (FORMAT, (TIME, DAY), "2026-03-04 10:15"),
        (FORMAT, (DAY, SECONDS), "2026-03-04 10:15"),
        (FORMAT, (DAY, "8:15"), "2026-03-04 08:15"),
        (FORMAT, (DAY, ""), "2026-03-04 00:00"),
        ({**FORMAT, "time": "09:00"}, (DAY, ""), "2026-03-04 09:00"),
        (FORMAT, (MORNING, ""), "2026-03-04 10:15"),
        (FORMAT, ("11.01.2027", TIME), "2027-01-11 10:15"),
        ({"formats": ["%d.%m.%Y %H:%M:%S"]}, ("11.01.2027", TIME), "2027-01-11 10:15"),
        (FORMAT, ("11.01.2027", "8:15"), "2027-01-11 08:15"),
        ({}, (DAY, TIME), "2026-03-04 10:15"),
        (FORMAT, (DAY, "rano"), "bad-date"),
        (FORMAT, (DAY, DAY), "bad-date"),
        (FORMAT, (MORNING, TIME), "bad-date"),
        (FORMAT, ("", TIME), "bad-date"),
        (FORMAT, (DAY, ERROR), "error-cell"),
        (FORMAT, ("", ""), None),
    ],
)
def test_a_date_cell_and_a_time_cell_make_a_datetime(
    keys: dict[str, Any], cells: tuple[Cell, ...], expected: str | None
) -> None:
    joined = rule(columns=["A", "B"], join=" ", type="datetime", **keys)
    assert result(joined.of_cells(cells)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Nie\u00a0dzwonić",
        "Nie dzwonić\u200b",
        "Nie dzwonic\u0301",
        "Nie  dzwonić",
        "\ufeffNie dzwonić",
        "Nie dzwonić\u00ad",
        "Nie\u2003\u202fdzwonić",
        "Nie\u2060 dzwonić\u200e",
    ],
)
def test_a_lookup_compares_texts_as_people_see_them(text: str) -> None:
    assert rule(lookup={"Nie dzwonić": "4"}).of_cell(text) == "4"


@pytest.mark.parametrize("text", ["nie dzwonić", "Nie dzwonic", "Niedzwonić", "Nie-dzwonić"])
def test_letters_matter_in_a_lookup_and_the_nearest_word_is_suggested(text: str) -> None:
    code, sentence = in_words(rule(lookup={"Nie dzwonić": "4"}).of_cell(text))
    assert code == "not-in-lookup"
    assert sentence.endswith('(did you mean "Nie dzwonić"?)')


def test_the_words_of_a_boolean_are_compared_as_people_see_them() -> None:
    assert rule(type="boolean").of_cell("tak\u200b") == "1"
    assert rule(type="boolean", true=["od  razu"], false=["x"]).of_cell("od\u00a0razu") == "1"


@pytest.mark.parametrize(
    ("lookup", "cell", "expected"),
    [
        ({"TRUE": "1", "FALSE": "0"}, TRUE, "1"),
        ({"PRAWDA": "1", "FA\u0141SZ": "0"}, TRUE, "1"),
        ({"PRAWDA": "1", "FA\u0141SZ": "0"}, FALSE, "0"),
        ({"PRAWDA": "1"}, FALSE, "needs-type"),
    ],
)
def test_a_boolean_cell_matches_its_word_in_english_and_polish(
    lookup: dict[str, str], cell: TypedCell, expected: str
) -> None:
    assert result(rule(lookup=lookup).of_cell(cell)) == expected


@pytest.mark.parametrize(
    ("keys", "cell", "expected"),
    [
        ({"pad": 8}, "100001", "00100001"),
        ({"pad": 8}, number("100001"), "00100001"),
        ({"remove": "'"}, "'00100001", "00100001"),
        ({"remove": " "}, "00 100 001", "00100001"),
        ({"remove": "-"}, "--", "no-identifier"),
        ({"prefix": "K-"}, "7", "K-7"),
        ({"prefix": "K-", "pad": 3}, "7", "K-007"),
        ({"prefix": "..", "remove": "."}, ".", "no-identifier"),
        ({"case": "upper"}, "ab", "AB"),
        ({"pattern": "[0-9]{8}"}, "00100001", "00100001"),
        ({"pattern": "[0-9]{8}"}, "100001", "pattern"),
        ({"pad": 8, "pattern": "[0-9]{8}"}, "100001", "00100001"),
        ({"blanks": ["NULL"]}, "NULL", "no-identifier"),
        ({"blanks": ["#N/A"]}, ERROR, "no-identifier"),
        ({"pattern": r"[0-9]+\.0"}, "100001.0", "100001.0"),
        ({"pattern": "'[0-9]+"}, "'00123", "'00123"),
        ({"pattern": "[0-9]+"}, "'00123", "damaged-identifier"),
        ({"pattern": "[0-9]+"}, "#N/A", "error-cell"),
        ({"pattern": "[.]+"}, "..", "bad-identifier"),
        ({"pad": 500}, "1", "0" * 499 + "1"),
    ],
)
def test_an_identifier_is_cleaned_as_its_rule_says(
    keys: dict[str, Any], cell: Cell, expected: str
) -> None:
    assert result(identifier_of(keys, cell)) == expected
