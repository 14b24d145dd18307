from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_update.mapping.cell_rules import CompiledRule, RuleContext
from bulk_update.mapping.identifiers import read_identifier
from bulk_update.mapping.rule_schema import CellRule
from bulk_update.mapping.whole_columns import ordinary_identifiers

CONTEXT = RuleContext(clear_token="0", api_timezone="Europe/Warsaw", can_clear=True)
CELLS = st.lists(
    st.text("01,. \n\u00a0-aŁ", max_size=5)
    | st.sampled_from(["12,50", "7", "0", "007", "1 000", " x ", "", "a\nb", "1\n2", "\u2009"]),
    min_size=1,
    max_size=4,
)
RULES: tuple[dict[str, object], ...] = (
    {},
    {"type": "decimal"},
    {"type": "decimal", "decimal": ","},
    {"default": "x"},
    {"on_blank": "clear"},
    {"on_blank": "error", "type": "decimal"},
)
NEVER: tuple[dict[str, object], ...] = (
    {"strip": "false"},
    {"lookup": {"a": "b"}},
    {"case": "upper"},
    {"pattern": "a+"},
    {"max_length": "3"},
    {"type": "integer"},
    {"type": "date"},
)


def compiled(keys: dict[str, object]) -> CompiledRule:
    return CompiledRule(CellRule.model_validate({"column": "A", **keys}), CONTEXT)


@pytest.mark.parametrize("keys", RULES)
@given(cells=CELLS)
def test_a_shortcut_answers_what_the_rule_makes_of_each_cell(
    keys: dict[str, object], cells: list[str]
) -> None:
    rule = compiled(keys)
    assert rule.shortcut is not None
    found = rule.shortcut(cells)
    assert found is None or list(found) == [rule.of_cell(cell) for cell in cells]


@given(cells=CELLS)
def test_ordinary_identifiers_are_what_each_cell_is_read_as(cells: list[str]) -> None:
    found = ordinary_identifiers(cells)
    assert found is None or list(found) == [read_identifier(cell) for cell in cells]


@pytest.mark.parametrize("keys", NEVER)
def test_a_rule_with_other_steps_has_no_shortcut(keys: dict[str, object]) -> None:
    assert compiled(keys).shortcut is None


@pytest.mark.parametrize(
    ("keys", "cells", "found"),
    [
        ({"type": "decimal", "decimal": ","}, ["12,50", " 7 "], ["12.50", "7"]),
        ({"type": "decimal"}, ["12.50", "10"], ["12.50", "10"]),
        ({"type": "decimal"}, ["12.50", "0"], None),
        ({"type": "decimal", "decimal": ","}, ["1.5", "2"], None),
        ({"type": "decimal"}, ["+1"], None),
        ({}, ["a", " b\u00a0"], ["a", "b"]),
        ({}, ["a", "0"], None),
        ({}, ["a", " "], None),
    ],
)
def test_ordinary_columns_take_the_shortcut_and_others_do_not(
    keys: dict[str, object], cells: list[str], found: list[str] | None
) -> None:
    rule = compiled(keys)
    assert rule.shortcut is not None
    assert rule.shortcut(cells) == found


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["007", " a_B "], ["007", "a_B"]),
        (["1", ""], None),
        (["1\n2"], None),
        (["1", "a-b"], None),
        (["1" * 101], None),
    ],
)
def test_ordinary_identifiers_take_the_shortcut_and_others_do_not(
    cells: list[str], found: list[str] | None
) -> None:
    assert ordinary_identifiers(cells) == found
