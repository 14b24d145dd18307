"""Which delimiter a text file is written with: the one under which it fits the mapping."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest

from bulk_update.columns import ColumnSearch, find_columns
from bulk_update.errors import InputError, UsageError
from bulk_update.mapping import scalars
from bulk_update.readers.headers import HINT_ROWS, Header, header_of, header_row_hint, misfit
from bulk_update.readers.text_file import TextFile

USUAL = (",", ";", "\t", "|")
_BLOCK_ROWS = 5_000
_BLOCK_CHARACTERS = 1 << 20
_NAMES = {"\t": "TAB"}


@dataclass(frozen=True, slots=True)
class Table:
    """A file's header as one delimiter shows it, and the mapped columns in it."""

    delimiter: str
    header: Header
    search: ColumnSearch


def read_delimiter(named: str) -> str:
    """Read the delimiter that somebody named; raises UsageError for what cannot be one."""
    try:
        return scalars.delimiter(named)
    except ValueError as error:
        raise UsageError(str(error)) from None


def candidates(file: TextFile, named: str | None) -> tuple[str, ...]:
    """Return the delimiters to try: the named one, else that of a `sep=` line, else the usual."""
    if named is not None:
        return (read_delimiter(named),)
    return USUAL if file.separator is None else (file.separator,)


def head(file: TextFile, delimiter: str, count: int) -> list[list[str]]:
    """Return the first records, or as many of them as are sound."""
    rows: list[list[str]] = []
    try:
        for row in islice(file.records(delimiter), count):
            rows.append(row)  # noqa: PERF402 - extend() promises nothing of what came before an error
    except csv.Error:
        pass
    return rows


def choose_table(
    file: TextFile, delimiters: Sequence[str], *, header_row: int, mapped: Sequence[str]
) -> Table:
    """Choose the only delimiter under which all mapped columns are found.

    Raises MappingError where there is none, and InputError where several fit and would read the
    file differently.
    """
    tables = [_table(file, delimiter, header_row, mapped) for delimiter in delimiters]
    fitting = [table for table in tables if table.search.complete and table.header.names]
    if not fitting:
        best, rows = max(
            (
                (table, dict(enumerate(head(file, table.delimiter, HINT_ROWS), 1)))
                for table in tables
            ),
            key=lambda each: (bool(header_row_hint(each[1], mapped)), *_fitness(each[0])),
        )
        raise misfit(str(file.path), best.header, best.search, rows=rows, mapped=mapped)
    first, *others = _distinct(file, fitting) if len(fitting) > 1 else fitting
    differing = [table for table in others if _differ(file, first, table)]
    if differing:
        raise _ambiguous(file, [first, *differing])
    return first


def shown(delimiter: str) -> str:
    """Name a delimiter in a message."""
    return _NAMES.get(delimiter, f'"{delimiter}"')


def _table(file: TextFile, delimiter: str, header_row: int, mapped: Sequence[str]) -> Table:
    rows = head(file, delimiter, header_row)
    header = header_of(rows[header_row - 1] if len(rows) >= header_row else [])
    return Table(delimiter, header, find_columns(header.names, mapped))


def _fitness(table: Table) -> tuple[int, int]:
    return len(table.search.positions) + len(table.search.doubled), len(table.header.names)


def _distinct(file: TextFile, tables: Sequence[Table]) -> list[Table]:
    """Leave one of the tables whose delimiter the file does not hold: they all read alike.

    It spares lists of identifiers alone, which fit every delimiter, most of the comparing.
    """
    held: set[str] = set()
    with file.open() as text:
        while block := text.read(_BLOCK_CHARACTERS):
            held |= {table.delimiter for table in tables if table.delimiter in block}
    unheld = [table for table in tables if table.delimiter not in held][:1]
    return [table for table in tables if table.delimiter in held or table in unheld]


def _differ(file: TextFile, one: Table, other: Table) -> bool:
    pairs = zip_longest(_blocks(file, one.delimiter), _blocks(file, other.delimiter))
    return any(left != right for left, right in pairs)


def _blocks(file: TextFile, delimiter: str) -> Iterator[list[list[str]] | str]:
    """Yield blocks of records, and at last what is wrong with the next, if anything is."""
    records = file.records(delimiter)
    try:
        while block := list(islice(records, _BLOCK_ROWS)):
            yield block
    except csv.Error as error:
        yield str(error)


def _ambiguous(file: TextFile, tables: Sequence[Table]) -> InputError:
    options = " or ".join(shown(table.delimiter) for table in tables)
    example = tables[0].delimiter if tables[0].delimiter != "\t" else "tab"
    return InputError(
        f"{file.path}: the delimiter is ambiguous: all mapped columns are found with {options}, "
        "and the rows would be read differently",
        hint=f'Name the one that is meant: add "delimiter: \'{example}\'" under "source:" in the '
        f"mapping, or --delimiter '{example}'.",
    )
