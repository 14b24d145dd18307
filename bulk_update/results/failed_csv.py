"""`failed.csv`: the rows that need attention, with their original cells, to be corrected."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import IO

from bulk_update.records import FailedRow
from bulk_update.results.failed_rows import FailedTable


def write_failed(
    file: IO[str], rows: Iterable[FailedRow], *, table: FailedTable, delimiter: str
) -> None:
    """Write the header and the rows."""
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow(table.heading())
    writer.writerows(map(table.cells, rows))
