"""The JSON Schema and the documentation's list of keys, generated from the mapping's model."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from bulk_update.mapping.mapping import SECTIONS, Mapping, keys_of

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _WithoutNull(GenerateJsonSchema):
    """Omits null, since a key without a value is refused."""

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
        KeyDescription(f"{name}.{key}".removeprefix("."), description)
        for name, section in SECTIONS.items()
        for key, description in keys_of(section).items()
    )
