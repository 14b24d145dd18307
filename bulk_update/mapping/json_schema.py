"""The format of a mapping for tools and documentation, generated from its model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from bulk_update.mapping.mapping import Mapping
from bulk_update.mapping.rule_schema import CellRule, Section
from bulk_update.mapping.schema import (
    ColumnReference,
    DeliverySection,
    GuardsSection,
    SourceSection,
    UpdateSection,
    WhereSection,
)

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SECTIONS: tuple[tuple[str, type[Section]], ...] = (
    ("", Mapping),
    ("source.", SourceSection),
    ("identifier.", ColumnReference),
    ("update.", UpdateSection),
    ("update.FIELD.", CellRule),
    ("where.", WhereSection),
    ("guards.", GuardsSection),
    ("delivery.", DeliverySection),
)


class _WithoutNull(GenerateJsonSchema):
    """Leaves out null: a key without a value is refused."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        inner = super().default_schema(schema)
        if isinstance(inner.get("default"), str | int):
            return inner
        return {key: value for key, value in inner.items() if key != "default"}

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - overrides pydantic's
        return False


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of a mapping file, for editors and other tools."""
    schema = Mapping.model_json_schema(schema_generator=_WithoutNull)
    schema["required"].remove("name")  # defaults to the name of the file
    return {"$schema": _DIALECT, **schema, "title": "A mapping of bulk-update, version 1"}


@dataclass(frozen=True, slots=True)
class KeyDescription:
    """A key of the mapping, as a table in the documentation shows it."""

    key: str
    description: str


def described_keys() -> tuple[KeyDescription, ...]:
    """Return every key that a mapping may have; `FIELD` is any field of `update`."""
    return tuple(
        KeyDescription(f"{prefix}{key}", description)
        for prefix, section in _SECTIONS
        for key, description in _keys_of(section)
    )


def _keys_of(section: type[Section]) -> Iterator[tuple[str, str]]:
    for name, field in section.model_fields.items():
        yield field.alias or name, str(field.description)
