from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import yaml_of
from translating import HEADER, TODAY, positions_of, update

from bulk_update.cells.ordinary import one_by_one
from bulk_update.mapping import load_mapping
from bulk_update.records import Cell, CellKind, TypedCell
from bulk_update.translation.column_rules import ColumnRules, column_rules
from bulk_update.translation.mapped_columns import ColumnRule

SHAPES = (
    r"[0-9A-Za-z_+]{1,4}",
    r"(0|[1-9][0-9]{0,2})([.,][0-9]{1,2})?",
    r"[ 0-9.,\n\r\u0661+-]{0,4}",
)
SAMPLES = [
    "1E5",
    "1E15",
    "007",
    "1 000",
    " 7",
    "7\u00a0",
    "",
    " ",
    "a\nb",
    "1\n2",
    "x" * 101,
    "5.5",
]
CELLS = st.one_of(
    *(st.lists(st.from_regex(shape, fullmatch=True), min_size=1, max_size=4) for shape in SHAPES),
    st.lists(
        st.sampled_from(SAMPLES) | st.just(TypedCell(CellKind.NUMBER, "7")), min_size=1, max_size=4
    ),
)
NUMBERS: tuple[dict[str, Any], ...] = (
    {"type": "integer"},
    {"type": "decimal"},
    {"type": "decimal", "decimal": ","},
    {"type": "decimal", "on_blank": "error"},
    {"type": "integer", "grouping": ".", "negative": "trailing", "blanks": ["-", "12"]},
    {"type": "decimal", "decimal": ",", "grouping": ".", "blanks": ["x"]},
)
OTHERS: tuple[dict[str, Any], ...] = (
    {},
    {"type": "date"},
    {"type": "boolean"},
    {"type": "integer", "lookup": {"1": "2"}},
    {"type": "integer", "pattern": "1+"},
    {"type": "decimal", "max_length": 3},
    {"type": "decimal", "case": "upper"},
    {"type": "integer", "remove": "1"},
    {"type": "integer", "blanks": ["-", "0"]},
    {"type": "decimal", "decimal": ",", "blanks": ["0,5"]},
    {"type": "text", "pad": "5"},
)
OF_IDENTIFIERS: tuple[dict[str, Any], ...] = (
    {"blanks": ["0"]},
    {"remove": "1"},
    {"case": "upper"},
    {"pad": "5"},
    {"prefix": "x"},
    {"pattern": "1+"},
)
CLEARING = ("--CLEAR--", "0", "5.5", "5,5")


def rules_of(keys: dict[str, Any], *, clearing: str, is_failed_csv: bool = False) -> ColumnRules:
    content = update(record_fields={"a": {"column": "Miasto", **keys}})
    mapping = load_mapping(yaml_of({**content, "clear_token": clearing}), path="m.yaml")
    return column_rules(
        mapping, positions=positions_of(HEADER), is_failed_csv=is_failed_csv, today=TODAY
    )


RULES = [rules_of(keys, clearing=text) for keys in NUMBERS for text in CLEARING]


@pytest.mark.parametrize("rules", RULES)
@given(cells=CELLS)
def test_cells_read_at_once_equal_those_read_one_by_one(
    rules: ColumnRules, cells: list[Cell]
) -> None:
    checked: list[ColumnRule[Any]] = [rules.identifier, *rules.fields]
    for rule in checked:
        found = rule.read_at_once(cells)
        assert found is None or found == list(map(rule.read, cells))


@pytest.mark.parametrize(
    ("keys", "cells", "found"),
    [
        ({"type": "integer"}, ["7", "0", "10"], ["7", "0", "10"]),
        ({"type": "integer"}, ["7", "-1"], None),
        ({"type": "decimal"}, ["12.50", "7"], ["12.50", "7"]),
        ({"type": "decimal"}, ["12,50", "7"], None),
        ({"type": "decimal", "decimal": ","}, ["12,50", "7"], ["12.50", "7"]),
        ({"type": "decimal", "decimal": ","}, ["12,50", ""], None),
    ],
)
def test_only_ordinary_numbers_are_read_at_once(
    keys: dict[str, Any], cells: list[str], found: list[str] | None
) -> None:
    (rule,) = rules_of(keys, clearing="--CLEAR--").fields
    assert rule.read_at_once(cells) == found


@pytest.mark.parametrize(
    ("cells", "found"),
    [(["007", "aB"], ["007", "aB"]), (["7", ""], None), (["7", "a b"], None), (["Ł"], None)],
)
def test_only_ordinary_identifiers_are_read_at_once(
    cells: list[str], found: list[str] | None
) -> None:
    assert rules_of({}, clearing="0").identifier.read_at_once(cells) == found


@pytest.mark.parametrize("keys", OTHERS)
def test_a_rule_with_other_steps_reads_one_by_one(keys: dict[str, Any]) -> None:
    (rule,) = rules_of(keys, clearing="--CLEAR--").fields
    assert rule.read_at_once is one_by_one


@pytest.mark.parametrize("keys", OF_IDENTIFIERS)
def test_an_identifier_with_other_steps_is_read_one_by_one(keys: dict[str, Any]) -> None:
    content = update(status_id={"column": "Status"})
    mapping = load_mapping(
        yaml_of({**content, "identifier": {"column": "ID", **keys}}), path="m.yaml"
    )
    rules = column_rules(mapping, positions=positions_of(HEADER), is_failed_csv=False, today=TODAY)
    assert rules.identifier.read_at_once is one_by_one


@pytest.mark.parametrize("word", ["7", "x"])
def test_blank_words_of_the_whole_mapping_count_for_the_identifier(word: str) -> None:
    mapping = load_mapping(
        yaml_of({**update(status_id={"column": "Status"}), "blanks": [word]}), path="m.yaml"
    )
    rules = column_rules(mapping, positions=positions_of(HEADER), is_failed_csv=False, today=TODAY)
    assert rules.identifier.read_at_once is one_by_one


@pytest.mark.parametrize("keys", NUMBERS)
def test_a_failed_csv_is_read_one_by_one(keys: dict[str, Any]) -> None:
    rules = rules_of(keys, clearing="--CLEAR--", is_failed_csv=True)
    assert {rules.identifier.read_at_once, *(rule.read_at_once for rule in rules.fields)} == {
        one_by_one
    }
