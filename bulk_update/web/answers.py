"""What a person answered about a file, as it is kept in a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class ColumnAnswer:
    """What becomes of a column."""

    target: str

    def to_json(self) -> dict[str, Any]:
        """Return the answer as a JSON object."""
        return {"target": self.target}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return the answer of a JSON object."""
        return cls(**stored)


@dataclass(frozen=True, slots=True)
class ValueAnswers:
    """What becomes of the values, by column."""

    lookups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the answers as a JSON object."""
        return {"lookups": {column: dict(values) for column, values in self.lookups.items()}}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return the answers of a JSON object."""
        return cls(**stored)
