"""Which delimiter a text file is written with: the one under which it fits the mapping."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from bulk_update.errors import InputError, UsageError
from bulk_update.mapping.columns import ColumnSearch, find_columns
from bulk_update.readers.headers import HINT_ROWS, Header, header_of, misfit
from bulk_update.readers.text_file import TextFile

USUAL = (",", ";", "\t", "|")
_BLOCK_ROWS = 5_000
_NAMES = {"\t": "TAB"}
_SPELLINGS = {"tab": "\t", "\\t": "\t"}


@dataclass(frozen=True, slots=True)
class Table:
    """A file's header as one delimiter shows it, and the mapped columns in it."""

    delimiter: str
    header: Header
    search: ColumnSearch


def read_delimiter(named: str) -> str:
    """Read the delimiter that somebody named; raises UsageError for what cannot be one."""
    delimiter = _SPELLINGS.get(named.lower(), named)
    if len(delimiter) != 1 or delimiter in '"\r\n\0' or delimiter.isalnum():
        raise UsageError(
            f"{named!r} cannot be a delimiter",
            hint='Name one character, such as "," or ";", or "tab".',
        )
    return delimiter


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
            rows.append(row)  # noqa: PERF402 - what came before the damage counts
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
        best = max(tables, key=_fitness)
        rows = dict(enumerate(head(file, best.delimiter, HINT_ROWS), 1))
        raise misfit(str(file.path), best.header, best.search, rows=rows, mapped=mapped)
    differing = [table for table in fitting[1:] if _differ(file, fitting[0], table)]
    if differing:
        raise _ambiguous(file, [fitting[0], *differing])
    return fitting[0]


def shown(delimiter: str) -> str:
    """Name a delimiter in a message."""
    return _NAMES.get(delimiter, f'"{delimiter}"')


def _table(file: TextFile, delimiter: str, header_row: int, mapped: Sequence[str]) -> Table:
    rows = head(file, delimiter, header_row)
    header = header_of(rows[header_row - 1] if len(rows) >= header_row else [])
    return Table(delimiter, header, find_columns(header.names, mapped))


def _fitness(table: Table) -> tuple[int, int]:
    return len(table.search.positions) + len(table.search.doubled), len(table.header.names)


def _differ(file: TextFile, one: Table, other: Table) -> bool:
    pairs = zip(_blocks(file, one.delimiter), _blocks(file, other.delimiter), strict=False)
    return any(left != right for left, right in pairs)


def _blocks(file: TextFile, delimiter: str) -> Iterator[list[list[str]] | str]:
    """Yield blocks of records, and a last word on how the file ended."""
    records = file.records(delimiter)
    try:
        while block := list(islice(records, _BLOCK_ROWS)):
            yield block
    except csv.Error as error:
        yield str(error)
    yield "end"


def _ambiguous(file: TextFile, tables: Sequence[Table]) -> InputError:
    options = " or ".join(shown(table.delimiter) for table in tables)
    example = tables[0].delimiter if tables[0].delimiter != "\t" else "tab"
    return InputError(
        f"{file.path}: the delimiter is ambiguous: all mapped columns are found with {options}, "
        "and the rows would be read differently",
        hint=f'Name it: add "delimiter: \'{example}\'" under "source:" in the mapping, '
        f"or --delimiter '{example}'.",
    )
