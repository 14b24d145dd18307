"""The plan notes values that are valid but may not be intended."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from strategies import chunk_of, yaml_of
from translating import TODAY, positions_of

from bulk_update.mapping import load_mapping
from bulk_update.messages import sentence_of
from bulk_update.records import Cell, CellKind, TypedCell
from bulk_update.translation import Translator
from bulk_update.translation.filter_words import MOST_WORDS

HEADER = ("ID", "A", "B", "X")
Rows = list[tuple[Cell, ...]]


def translated(chunks: list[Rows], *, today: date = TODAY, **content: Any) -> Translator:
    base = {
        "version": 1,
        "campaign": "00001",
        "identifier": {"column": "ID"},
        "update": {"record_fields": {"a": {"column": "A"}}},
    }
    mapping = load_mapping(yaml_of(base | content), path="m.yaml")
    translator = Translator(mapping, positions=positions_of(HEADER), today=today)
    first = 2
    for rows in chunks:
        translator.translate(chunk_of(rows, width=len(HEADER), first_number=first))
        first += len(rows)
    return translator


def notes(chunks: list[Rows], **content: Any) -> list[tuple[str, str, Any, Any, Any]]:
    """Return the code, variant, count, text and row of each note."""
    found = translated(chunks, **content).notes.issues()
    return [
        (note.code, note.variant, note.params["count"], note.params["text"], note.params["row"])
        for note in found
    ]


def rows(*cells: Cell, export: Cell = "") -> Rows:
    return [(str(number), cell, "", export) for number, cell in enumerate(cells, start=1)]


def test_notes_add_up_over_chunks_and_name_the_first_row() -> None:
    chunks = [rows("x", "NULL", "NULL"), rows("\\N"), rows("x")]
    assert notes(chunks) == [("null-words", "", 3, "NULL", 3)]


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        ({"prefix": "+48"}, 3),
        ({"prefix": "+48", "remove": " -"}, 3),
        ({"prefix": "+48", "pattern": "[+]48[0-9]+"}, 0),
        ({"prefix": "48", "pattern": "48[0-9]+"}, 0),
        ({"prefix": "tel:"}, 0),
    ],
)
def test_numbers_that_already_have_the_digits_of_the_prefix_are_noted(
    rule: dict[str, str], count: int
) -> None:
    cells = (
        "600100200",
        "48600100200",
        "+48600100200",
        "486001002",
        "48600100201",
        "48 600-100-202",
    )
    update = {"record_fields": {"a": {"column": "A", **rule}}}
    found = [note for note in notes([rows(*cells)], update=update) if note[0] == "doubled-prefix"]
    assert found == ([("doubled-prefix", "", count, "+4848600100200", 3)] if count else [])


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        ({"column": "A"}, 2),
        ({"column": "A", "blanks": ["NULL"]}, 1),
        ({"column": "A", "blanks": ["NULL", "\\N"]}, 0),
        ({"column": "A", "lookup": {"NULL": "0", "\\N": "0"}}, 0),
        ({"columns": ["A", "B"], "join": " "}, 2),
    ],
)
def test_words_that_the_rule_expects_are_not_noted(rule: dict[str, Any], count: int) -> None:
    update = {"record_fields": {"a": rule}}
    found = notes([rows(" NULL ", "\\N", "null", "NULLO")], update=update)
    assert sum(note[2] for note in found) == count


def test_typed_cells_of_a_workbook_are_not_words() -> None:
    assert notes([rows(TypedCell(CellKind.ERROR, "#N/A"), "NULL")])[0][2:] == (1, "NULL", 3)


def test_an_identifier_that_reads_null_is_noted() -> None:
    assert notes([[("NULL", "x", "", "")]]) == [("null-words", "", 1, "NULL", 2)]


def test_an_excluded_row_has_no_other_notes() -> None:
    where = {"column": "X", "in": ["tak"]}
    chunks = [rows("NULL", export="nie") + rows("NULL", export="tak")]
    assert notes(chunks, where=where) == [("null-words", "", 1, "NULL", 3)]


def test_guarded_cells_are_noted_in_joined_columns_too() -> None:
    update = {"record_fields": {"a": {"columns": ["A", "B"], "join": " "}}}
    assert notes([rows("a", '="7"', "=7")], update=update) == [("guarded-cells", "", 1, '="7"', 3)]


def calls(*texts: str, today: date = TODAY, **keys: str) -> list[tuple[str, Any, Any]]:
    rule = {"column": "A", "type": "datetime", **keys}
    update = {"next_call_date": rule, "record_fields": {"b": {"value": "x"}}}
    found = translated([rows(*texts)], today=today, update=update).notes.issues()
    return [(note.code, note.params["count"], note.params["text"]) for note in found]


def test_calls_in_the_past_and_in_five_years_are_noted() -> None:
    assert calls("2026-11-30 00:00", "2031-11-30 23:59", "", "x") == []
    assert calls("2026-11-29 23:59", "2031-12-01", "0001-01-01") == [
        ("past-calls", 2, "2026-11-29 23:59"),
        ("distant-calls", 1, "2031-12-01 00:00"),
    ]


def test_a_bound_of_the_rule_replaces_the_note() -> None:
    texts = ("1999-01-01", "9999-01-01")
    assert calls(*texts, earliest="1900-01-01") == [("distant-calls", 1, "9999-01-01 00:00")]
    assert calls(*texts, latest="9999-12-31") == [("past-calls", 1, "1999-01-01 00:00")]


def test_five_years_after_the_29th_of_february_is_the_28th() -> None:
    day = date(2028, 2, 29)
    assert calls("2033-02-28", today=day) == []
    assert calls("2033-03-01", today=day) == [("distant-calls", 1, "2033-03-01 00:00")]


def test_dates_of_other_fields_are_not_noted() -> None:
    update = {"record_fields": {"a": {"column": "A", "type": "date"}}}
    assert notes([rows("1900-01-01")], update=update) == []


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"column": "A", "in": ["tak"]}, [("capitals", "", 2, "Tak", 3)]),
        ({"column": "A", "not_in": ["TAK"]}, [("capitals", "kept", 2, "tak", 2)]),
        ({"column": "A", "in": ["tak", "Tak", "TAK"]}, []),
        (
            [{"column": "A", "in": ["tak"]}, {"column": "X", "in": ["1"]}],
            [("capitals", "", 2, "Tak", 3)],
        ),
        ([{"column": "A", "in": ["tak"]}, {"column": "X", "in": ["2"]}], []),
    ],
)
def test_rows_decided_only_by_case_are_noted(where: Any, expected: list[Any]) -> None:
    assert notes([rows("tak", "Tak", "TAK", "nie", export="1")], where=where) == expected


def words(chunks: list[Rows], where: Any) -> list[str]:
    return list(map(sentence_of, translated(chunks, where=where).notes.filter_words.issues()))


def test_the_words_of_a_filter_are_counted_while_no_row_takes_part() -> None:
    where = {"column": "A", "in": ["tak"]}
    assert words([rows("T", "T"), rows("n", "")], where) == [
        'column "A": "T" (2 rows), "n" (1 row), blank (1 row)'
    ]
    assert words([rows("T", "T"), rows("tak")], where) == []


def test_each_column_of_a_filter_has_its_words() -> None:
    where = [{"column": "A", "in": ["tak"]}, {"column": "X", "in": ["1"]}]
    assert words([rows("tak", "nie", export="2")], where) == [
        'column "A": "tak" (1 row), "nie" (1 row)',
        'column "X": "2" (2 rows)',
    ]


def test_a_column_of_many_words_does_not_fill_the_memory() -> None:
    where = {"column": "A", "in": ["tak"]}
    chunks = [rows(*(f"{i}-{j}" for j in range(700))) for i in range(3)]
    (message,) = words(chunks, where)
    assert message.endswith(f" and {MOST_WORDS - 5} more")


def test_an_unreadable_cell_makes_its_row_invalid_unless_another_condition_excludes_it() -> None:
    where = [{"column": "A", "in": ["tak"]}, {"column": "X", "in": ["1"]}]
    mapping = translated([rows("x")], where=where)
    chunk = chunk_of([("1", "#N/A", "", "1"), ("2", "#N/A", "", "2")], width=len(HEADER))
    assert mapping.translate(chunk).outcomes == ["invalid", "filtered"]
