from __future__ import annotations

import json
from typing import Any

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
        "time",
        "earliest",
        "latest",
        "decimal",
        "grouping",
        "negative",
        "true",
        "false",
        "lookup",
        "default",
        "on_blank",
        "strip",
        "blanks",
        "remove",
        "case",
        "pad",
        "prefix",
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
