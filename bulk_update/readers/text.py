"""Text files: .csv, .tsv and .txt.

The delimiter is the one with which all mapped columns are found.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path

from bulk_update.columns import ColumnSearch, find_columns
from bulk_update.errors import InputError, UsageError
from bulk_update.invalid_value import InvalidValueError
from bulk_update.mapping import source_scalars
from bulk_update.readers.damage import torn_record, undecodable
from bulk_update.readers.encodings import choose_encoding
from bulk_update.readers.frames import rows_a_chunk, text_chunk
from bulk_update.readers.headers import (
    HINT_ROWS,
    Header,
    header_of,
    header_row_among,
    misfit,
    refuse_incomplete_failed_file,
)
from bulk_update.readers.row_structure import Layout, Tolerated, split_header
from bulk_update.readers.rows_in_cells import RowsInCells
from bulk_update.readers.spreadsheet import Spreadsheet
from bulk_update.readers.text_check import UndecodableError, Utf8Error, open_text_file
from bulk_update.readers.text_file import Block, TextFile
from bulk_update.records import Chunk, Issue, Param, SourceOptions

_USUAL_DELIMITERS = (",", ";", "\t", "|")
_BLOCK_ROWS = 5_000
_BLOCK_CHARACTERS = 1 << 20
_NAMES = {"\t": "TAB"}
_HEADER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class _Table:
    """A file's header as read with one delimiter, and the mapped columns found in it."""

    delimiter: str
    header: Header
    search: ColumnSearch


def open_text(
    path: Path, options: SourceOptions, override: SourceOptions, mapped: Sequence[str]
) -> Spreadsheet:
    """Open a text file.

    `options` do not apply to a `failed.csv`; `override` always applies.
    """
    is_failed_csv = _is_failed_csv(path, override)
    source = SourceOptions() if is_failed_csv else options
    file = _checked_file(path, source, override, is_failed_csv=is_failed_csv)
    delimiters = candidates(file, override.delimiter or source.delimiter)
    _refuse_torn_header(file, delimiters)
    table = choose_table(file, delimiters, header_row=source.header_row, mapped=mapped)
    refuse_incomplete_failed_file(str(path), table.header)
    notes = [*file.notes, *([] if file.has_line_end else [Issue("no-line-end")])]
    return Spreadsheet(
        header=table.header.names,
        positions=table.search.positions,
        is_failed_csv=table.header.is_failed_csv,
        delimiter=table.delimiter,
        kind=file.encoding.label,
        chunks=lambda: _chunks(file, table, source.header_row, notes),
        notes=notes,
        names_origins=table.header.names_origins,
    )


def _is_failed_csv(path: Path, override: SourceOptions) -> bool:
    """Return whether a file is a `failed.csv`, whatever the mapping's options are."""
    with path.open("rb") as file:
        start = file.read(_HEADER_BYTES)
    encoding = choose_encoding(path, start, override.encoding)
    named = override.delimiter
    text = start[encoding.mark_bytes :].decode(encoding.codec, errors="replace")
    return any(
        header_of(
            next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        ).is_failed_csv
        for delimiter in (_USUAL_DELIMITERS if named is None else (_read_delimiter(named),))
    )


def _checked_file(
    path: Path, source: SourceOptions, override: SourceOptions, *, is_failed_csv: bool
) -> TextFile:
    encoding = override.encoding or source.encoding
    try:
        file = open_text_file(path, encoding, quotes_are_text=source.quotes_are_text)
    except UndecodableError as found:
        raise undecodable(
            path, found, is_failed_csv=is_failed_csv, quotes_are_text=source.quotes_are_text
        ) from found
    except Utf8Error:
        params = {"path": str(path), "encoding": encoding or ""}
        variant = "utf-8-in-option" if override.encoding else "utf-8-in-mapping"
        raise InputError(Issue("input", params, variant)) from None
    if source.must_be_complete and not file.has_line_end:
        raise InputError(Issue("input", {"path": str(path)}, "no-last-line-end"))
    return file


def _refuse_torn_header(file: TextFile, delimiters: Sequence[str]) -> None:
    """Refuse a file whose first record is damaged with any delimiter, or that has no record."""
    if not any(head(file, delimiter, 1) for delimiter in delimiters):
        raise torn_record(file, delimiters[0])
    with file.open() as text:
        if not any(map(str.strip, text)):
            raise InputError(Issue("input", {"path": str(file.path)}, "blank-lines"))


def _read_delimiter(named: str) -> str:
    """Return a delimiter that the user named; raises UsageError if it cannot be one."""
    try:
        return source_scalars.delimiter(named)
    except InvalidValueError as error:
        raise UsageError(Issue("usage", {"fault": error.issue}, "as-found")) from None


def candidates(file: TextFile, named: str | None) -> tuple[str, ...]:
    """Return the delimiters to try: the named one, that of a `sep=` line, or the usual ones."""
    if named is not None:
        return (_read_delimiter(named),)
    return _USUAL_DELIMITERS if file.separator is None else (file.separator,)


def head(file: TextFile, delimiter: str, count: int) -> list[list[str]]:
    """Return the first `count` records, or those before the first damaged one."""
    rows: list[list[str]] = []
    try:
        for row in islice(file.records(delimiter), count):
            rows.append(row)  # noqa: PERF402 - keeps the rows before an error
    except csv.Error:
        pass
    return rows


def choose_table(
    file: TextFile, delimiters: Sequence[str], *, header_row: int, mapped: Sequence[str]
) -> _Table:
    """Choose the only delimiter with which all mapped columns are found.

    Raises MappingError if there is none, and InputError if there are several that read the file
    differently.
    """
    tables = [_table(file, delimiter, header_row, mapped) for delimiter in delimiters]
    fitting = [table for table in tables if table.search.complete and table.header.names]
    if not fitting:
        best, rows = max(
            (
                (table, dict(enumerate(head(file, table.delimiter, HINT_ROWS), 1)))
                for table in tables
            ),
            key=lambda each: (bool(header_row_among(each[1], mapped)), *_fitness(each[0])),
        )
        raise misfit(str(file.path), best.header, best.search, rows=rows, mapped=mapped)
    first, *others = _distinct(file, fitting) if len(fitting) > 1 else fitting
    differing = [table for table in others if _differ(file, first, table)]
    if differing:
        raise _ambiguous(file, [first, *differing])
    return first


def shown(delimiter: str) -> str:
    """Return how messages show a delimiter."""
    return _NAMES.get(delimiter, f'"{delimiter}"')


def _table(file: TextFile, delimiter: str, header_row: int, mapped: Sequence[str]) -> _Table:
    rows = head(file, delimiter, header_row)
    header = header_of(rows[header_row - 1] if len(rows) >= header_row else [])
    return _Table(delimiter, header, find_columns(header.names, mapped))


def _fitness(table: _Table) -> tuple[int, int]:
    return len(table.search.positions) + len(table.search.doubled), len(table.header.names)


def _distinct(file: TextFile, tables: Sequence[_Table]) -> list[_Table]:
    """Keep only one of the tables whose delimiter is not in the file: they read the same.

    This saves time for files with a single column, which fit every delimiter.
    """
    present: set[str] = set()
    with file.open() as text:
        while block := text.read(_BLOCK_CHARACTERS):
            present |= {table.delimiter for table in tables if table.delimiter in block}
    absent = [table for table in tables if table.delimiter not in present][:1]
    return [table for table in tables if table.delimiter in present or table in absent]


def _differ(file: TextFile, one: _Table, other: _Table) -> bool:
    pairs = zip_longest(_blocks(file, one.delimiter), _blocks(file, other.delimiter))
    return any(left != right for left, right in pairs)


def _blocks(file: TextFile, delimiter: str) -> Iterator[list[list[str]] | str]:
    """Yield blocks of records; if one is damaged, yield the error and stop."""
    try:
        for block in file.blocks(delimiter, skip=0, rows=_BLOCK_ROWS):
            yield block.rows
    except csv.Error as error:
        yield str(error)


def _ambiguous(file: TextFile, tables: Sequence[_Table]) -> InputError:
    params: dict[str, Param] = {
        "path": str(file.path),
        "delimiters": tuple(shown(table.delimiter) for table in tables),
        "example": tables[0].delimiter if tables[0].delimiter != "\t" else "tab",
    }
    return InputError(Issue("input", params, "delimiters"))


def _chunks(file: TextFile, table: _Table, header_row: int, notes: list[Issue]) -> Iterator[Chunk]:
    layout = Layout(table.header, sorted(table.search.positions.values()), table.delimiter)
    tolerated, in_cells = Tolerated(), RowsInCells(layout)
    rows = rows_a_chunk(table.header.width)
    blocks = file.blocks(table.delimiter, skip=header_row, rows=rows)
    number = header_row + 1
    while True:
        block = _next_block(blocks, file, table)
        if block.has_line_breaks:
            in_cells.look_at(block.rows, first_number=number)
        chunk = text_chunk(
            block.rows,
            first_number=number,
            layout=layout,
            tolerated=tolerated,
            may_hold_controls=file.may_hold_controls,
        )
        if chunk is not None:
            yield chunk
        elif not block.rows:
            break
        number += len(block.rows)
    _refuse_split_header(file, layout, tolerated)
    found = (*in_cells.notes(), *tolerated.notes())
    notes += [note for note in found if note not in notes]


def _refuse_split_header(file: TextFile, layout: Layout, tolerated: Tolerated) -> None:
    finding = split_header(layout, tolerated)
    if finding:
        params: dict[str, Param] = {
            "path": str(file.path),
            "cells": layout.header.named_width,
            "width": min(tolerated.widths),
            "finding": finding,
            "delimiter": shown(layout.delimiter),
        }
        raise InputError(Issue("input", params, "split-header"))


def _next_block(blocks: Iterator[Block], file: TextFile, table: _Table) -> Block:
    try:
        return next(blocks, Block([], 0))
    except csv.Error as error:
        raise torn_record(file, table.delimiter) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Issue("input", {"path": str(file.path)}, "changed")) from error
