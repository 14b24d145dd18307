"""`failed.csv`: the rows that need a person, with their original cells, to be corrected."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from typing import IO

from bulk_update.messages import told
from bulk_update.results.formulas import without_formula

OUTCOME_COLUMNS = ("_outcome", "_code", "_message")
"""What `failed.csv` adds to the original columns, and what it is recognised by."""


def write_failed(
    file: IO[str],
    rows: Iterable[tuple[bytes, str, str, str]],
    *,
    header: Sequence[str],
    delimiter: str,
) -> int:
    """Write the rows that need a person, with their original cells; return how many.

    A row is given as its cells, outcome, code and stored reasons.

    A row with too few or too many cells keeps the outcome in its columns, and stays one that does
    not fit: what it has too much, or a note of what it lacks, follows after them.
    """
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow([*map(without_formula, header), *OUTCOME_COLUMNS])
    count = 0
    for cells, outcome, code, reasons in rows:
        original = json.loads(cells)
        fitting = [*original[: len(header)], *[""] * (len(header) - len(original))]
        surplus = original[len(header) :]
        if len(original) < len(header):
            surplus = [f"{len(original)} of {len(header)} cells"]
        writer.writerow(map(without_formula, (*fitting, outcome, code, told(reasons), *surplus)))
        count += 1
    return count
