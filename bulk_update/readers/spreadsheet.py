"""What every reader hands out: a table of rows, wherever it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from bulk_update.records import Chunk, Issue


@dataclass(frozen=True, slots=True)
class Spreadsheet:
    """A file whose header is known and fits the mapping, ready to hand out its rows.

    `header` holds the columns' names in order, cleaned, without those that we add to a file of
    ours. `positions` are those of the mapped columns in it, from 0, by name. `delimiter` is
    the input's, and `;` for a workbook. `kind` tells people how the file is read: its encoding,
    or its sheet. `sheet` names the sheet of a workbook. `notes` are what a person should know of
    the file; they grow while the rows are read. `names_origins`: each row says which row of an
    earlier run it corrects.

    `chunks()` reads the rows anew at each call. It raises InputError where the file turns out to
    be damaged midway: rows that it gave before must then not be used.
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
