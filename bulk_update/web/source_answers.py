"""What a person answered about how to read a file, as a draft keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from bulk_update.records import SourceOptions


@dataclass(frozen=True, slots=True)
class SourceAnswers:
    """How to read the file; None: as the survey finds it. `header_row` counts from 1."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    quotes_are_text: bool = False

    @property
    def named(self) -> SourceOptions:
        """The answers as options for a survey, which takes the header row by itself."""
        return SourceOptions(
            sheet=self.sheet,
            encoding=self.encoding,
            delimiter=self.delimiter,
            quotes_are_text=self.quotes_are_text,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the answers for `from_json`."""
        return {
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "sheet": self.sheet,
            "header_row": self.header_row,
            "quotes_are_text": self.quotes_are_text,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return stored answers. Raises TypeError for anything else."""
        return cls(**stored)
