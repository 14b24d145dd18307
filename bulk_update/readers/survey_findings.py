"""What a survey finds out about how to read a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bulk_update.messages.remarks import Remark
from bulk_update.proposals import SourceEvidence, SourceOption
from bulk_update.readers.header_rows import HeaderRow
from bulk_update.records import Param


@dataclass(slots=True)
class Findings:
    """Collects the evidence for a source."""

    lines: list[SourceOption] = field(default_factory=list)
    options: list[SourceOption] = field(default_factory=list)
    open: dict[str, Remark] = field(default_factory=dict)
    notes: list[Remark] = field(default_factory=list)

    def add(self, key: str, value: str | int, remark: Remark | None = None) -> None:
        """Add a line that the mapping needs, with a remark about it."""
        self.lines.append(SourceOption(key, value, remark))

    def ask(self, key: str, question: Remark, options: Sequence[SourceOption]) -> None:
        """Add a question that stays open, and the lines that could answer it."""
        self.open[key] = question
        self.options += options

    def add_header(self, header: HeaderRow) -> None:
        """Add the header row, with a question if it is not certain."""
        is_below = header.number > 1 and header.is_certain
        self.add("header_row", header.number, Remark("title-lines") if is_below else None)
        if not header.is_certain:
            params: dict[str, Param] = {"row": header.number, "cells": header.cells}
            self.open["header_row"] = Remark("unclear-header", params)
        if not header.rows_below:
            self.notes.append(Remark("only-header"))

    def evidence(self) -> SourceEvidence:
        """Return everything that was found."""
        return SourceEvidence(
            tuple(self.lines),
            tuple(self.options),
            dict(self.open),
            tuple(self.notes),
            is_table_certain=not {"delimiter", "sheet", "header_row", "quote"} & set(self.open),
            is_encoding_certain="encoding" not in self.open,
        )
