"""The rows that need attention, as `failed.csv` and `failed.xlsx` show them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bulk_update.columns import FAILED_COLUMNS
from bulk_update.messages import told
from bulk_update.records import FailedRow
from bulk_update.results.formulas import without_formula


@dataclass(frozen=True, slots=True)
class FailedTable:
    """The columns of both files: the original ones, then those that this program adds.

    If a row has too many cells, the surplus follows after the added columns; if it has too few, a
    note does. When the file is read again, the row is therefore still known to be ragged.
    """

    header: Sequence[str]
    run_id: str

    def heading(self) -> list[str]:
        """Return the header row."""
        return [*map(without_formula, self.header), *FAILED_COLUMNS]

    def cells(self, row: FailedRow) -> Iterator[str]:
        """Return the cells of one row."""
        width = len(self.header)
        original = json.loads(row.cells)
        fitting = [*original[:width], *[""] * (width - len(original))]
        surplus = original[width:]
        if len(original) < width:
            surplus = [f"{len(original)} of {width} cells"]
        ended = (row.outcome, row.code, told(row.reasons))
        return map(without_formula, (*fitting, str(row.number), self.run_id, *ended, *surplus))
