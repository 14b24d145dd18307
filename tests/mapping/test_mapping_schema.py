from __future__ import annotations

import json
from typing import Any

import pytest

from bulk_update.cells.quoting import quoted, quoted_list
from bulk_update.columns import column_key, find_columns, nearest_name
from bulk_update.mapping import described_keys, json_schema


def definition(name: str) -> Any:
    schema: Any = json_schema()
    return schema["$defs"][name]


def test_the_schema_is_json_and_names_its_dialect() -> None:
    schema = json.loads(json.dumps(json_schema()))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["required"] == ["version", "campaign", "identifier", "update"]


def test_the_schema_allows_no_key_that_the_mapping_does_not_know() -> None:
    schema: Any = json_schema()
    sections = [schema, *schema["$defs"].values()]
    assert all(section["additionalProperties"] is False for section in sections)


def test_the_schema_offers_no_key_without_a_value() -> None:
    assert '"null"' not in json.dumps(json_schema())


def test_a_rule_has_the_keys_that_its_author_writes() -> None:
    assert list(definition("CellRule")["properties"]) == [
        "column",
        "value",
        "columns",
        "join",
        "type",
        "formats",
        "timezone",
        "decimal",
        "true",
        "false",
        "lookup",
        "default",
        "on_blank",
        "strip",
        "case",
        "pattern",
        "max_length",
    ]


def test_the_schema_shows_defaults_and_choices() -> None:
    properties = definition("CellRule")["properties"]
    assert properties["type"] == {
        "default": "text",
        "description": "what the cells hold",
        "enum": ["text", "integer", "decimal", "boolean", "date", "datetime"],
    }
    assert "default" not in properties["column"]
    schema: Any = json_schema()
    assert schema["properties"]["tolerate"]["propertyNames"] == {
        "enum": ["duplicate", "invalid", "rejected", "failed", "in_doubt", "superseded"]
    }


def test_every_key_is_described() -> None:
    keys = described_keys()
    assert all(key.description for key in keys)
    names = [key.key for key in keys]
    assert len(names) == len(set(names))
    assert {"guards.max_rows", "update.FIELD.lookup", "where.not_in", "retention"} <= set(names)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Łódź", '"Łódź"'),
        ("", '""'),
        ("a\nb\t\x00", r'"a\nb\t\x00"'),
        ("x\u202epng\u200b", r'"x\u202epng\u200b"'),
        ("x" * 80, f'"{"x" * 80}"'),
        ("x" * 81, f'"{"x" * 80}…"'),
    ],
)
def test_quoted_text_is_short_and_hides_nothing(text: str, shown: str) -> None:
    assert quoted(text) == shown


def test_a_long_list_is_cut() -> None:
    assert quoted_list(["a", "b"]) == '"a", "b"'
    assert quoted_list(["a", "b", "c"], most=2) == '"a", "b" and 1 more'


@pytest.mark.parametrize(
    "name",
    [
        "Nr klienta",
        " Nr klienta ",
        "Nr\u00a0klienta",
        "Nr\nklienta",
        "Nr  kli\u200benta",
        "\ufeffNr klienta",
    ],
)
def test_column_names_that_look_alike_are_alike(name: str) -> None:
    assert column_key(name) == "Nr klienta"


def test_composed_and_decomposed_names_are_alike() -> None:
    assert column_key("Mo\u0301j") == column_key("Mój")


def test_columns_are_found_once_missing_or_doubled() -> None:
    search = find_columns(["A", "b", "C ", "C", ""], ["A", "B", "C", "A"])
    assert (search.positions, search.missing, search.doubled) == ({"A": 0}, ("B",), ("C",))
    assert not search.complete
    assert find_columns(["A"], ["A"]).complete


@pytest.mark.parametrize(
    ("name", "near"), [("status", "Status"), ("Statsu", "Status"), ("Miasto", None)]
)
def test_the_nearest_name_is_found_whatever_its_capitals(name: str, near: str | None) -> None:
    assert nearest_name(name, ["Status", "ID"]) == near
