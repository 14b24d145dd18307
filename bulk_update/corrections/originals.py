"""The row that a line of a `failed.csv` corrects, as an earlier run read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bulk_update.columns import column_key
from bulk_update.records import Issue

UNKNOWN_RECORD = 404
_ABOUT_THE_RECORD = {"conflict", "not-chosen"}
"""Codes of duplicates: one of the rows may be for another record than was meant."""


@dataclass(frozen=True, slots=True)
class Original:
    """A row of an earlier run: its cells by column, and why it needs attention.

    `has_identifier` is whether the identifier could be read.
    """

    header: Sequence[str]
    cells: Sequence[str]
    reasons: Sequence[Issue]
    has_identifier: bool
    http_status: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it has a cell for each column, and no others."""
        return len(self.cells) == len(self.header)

    @property
    def named_columns(self) -> frozenset[str]:
        """The columns that its reasons are about; any text that a person enters in them counts."""
        return frozenset(column_key(name) for issue in self.reasons for name in issue.columns)

    def expected_identifier(self, column: str) -> str | None:
        """Return the identifier that a correction must keep; None if it may be changed.

        If a correction was refused because of its identifier, the original one must be restored.
        """
        for issue in self.reasons:
            if issue.code == "changed-identifier":
                return str(issue.params["original"])
        if not self.has_identifier or not self.is_whole or self.http_status == UNKNOWN_RECORD:
            return None
        if column_key(column) in self.named_columns:
            return None
        if any(issue.code in _ABOUT_THE_RECORD for issue in self.reasons):
            return None
        keys = list(map(column_key, self.header))
        return self.cells[keys.index(column_key(column))] if column_key(column) in keys else None
