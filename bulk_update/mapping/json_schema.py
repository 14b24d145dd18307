"""What tools and people read about the mapping's format, made from its model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin

from bulk_update.mapping.mapping import Mapping
from bulk_update.mapping.rule_schema import CellRule, Section
from bulk_update.mapping.schema import UpdateSection

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a mapping file, for editors and other tools."""
    schema = Mapping.model_json_schema()
    schema["required"].remove("name")  # the file's name stands in
    return {"$schema": _DIALECT, **schema, "title": "A mapping of bulk-update, version 1"}


@dataclass(frozen=True, slots=True)
class KeyDescription:
    """A key of the mapping as the documentation's table shows it."""

    key: str
    description: str
    default: str


def described_keys() -> tuple[KeyDescription, ...]:
    """Return every key of a mapping, and below `RULE` those of a cell rule."""
    rules = _described("RULE.", CellRule)
    return (*_described("", Mapping), *rules)


def _described(prefix: str, section: type[Section]) -> Iterator[KeyDescription]:
    for name, field in section.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        yield KeyDescription(key, field.description or "", _default(field.get_default()))
        inner = _section_in(field.annotation)
        if inner and inner is not CellRule:
            yield from _described(f"{key}.", inner)


def _default(value: Any) -> str:
    ...
