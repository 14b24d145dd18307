"""What every reader returns: a table of rows, from a text file or a workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from bulk_update.records import Chunk, Issue


@dataclass(frozen=True, slots=True)
class Spreadsheet:
    """An open file that has all mapped columns, and whose rows can be read.

    `header` holds the cleaned column names in order, without those that this program adds to a
    `failed.csv`. `positions` holds the position of each mapped column, from 0, by name.
    `delimiter` is that of the file, or `;` for a workbook. `kind` describes to the user how the
    file is read: its encoding or its sheet. `sheet` is the name of a workbook's sheet. `notes` are
    for the user, and more can be added while the rows are read. `names_origins` is whether each
    row states which row of an earlier run it corrects.

    Each call of `chunks()` reads all rows from the start. It raises InputError if the file turns
    out to be damaged; the rows that it has already yielded must then not be used.
    """

    header: tuple[str, ...]
    positions: Mapping[str, int]
    is_failed_csv: bool
    delimiter: str
    kind: str
    chunks: Callable[[], Iterator[Chunk]]
    notes: list[Issue] = field(default_factory=list)
    sheet: str | None = None
    names_origins: bool = False
