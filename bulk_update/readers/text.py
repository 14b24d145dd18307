"""Text files: .csv, .tsv and .txt."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from bulk_update.errors import InputError
from bulk_update.readers.damage import torn_record, undecodable
from bulk_update.readers.delimiters import (
    USUAL,
    Table,
    candidates,
    choose_table,
    head,
    read_delimiter,
)
from bulk_update.readers.encodings import choose_encoding
from bulk_update.readers.frames import rows_a_chunk, text_chunk
from bulk_update.readers.headers import header_of
from bulk_update.readers.spreadsheet import Spreadsheet
from bulk_update.readers.text_file import TextFile, UndecodableError, open_text_file
from bulk_update.records import Chunk, SourceOptions

_HEADER_BYTES = 1 << 20


def open_text(
    path: Path, options: SourceOptions, override: SourceOptions, mapped: Sequence[str]
) -> Spreadsheet:
    """Open a text file; `options` do not apply to a file of ours, `override` always does."""
    is_failed_csv = _is_failed_csv(path, override)
    source = SourceOptions() if is_failed_csv else options
    file = _sound(path, override.encoding or source.encoding, is_failed_csv=is_failed_csv)
    delimiters = candidates(file, override.delimiter or source.delimiter)
    _refuse_torn_header(file, delimiters)
    table = choose_table(file, delimiters, header_row=source.header_row, mapped=mapped)
    return Spreadsheet(
        header=table.header.names,
        positions=table.search.positions,
        is_failed_csv=table.header.is_failed_csv,
        delimiter=table.delimiter,
        kind=file.encoding.label,
        chunks=lambda: _chunks(file, table, source.header_row),
        notices=list(file.notices),
        names_origins=table.header.names_origins,
    )


def _is_failed_csv(path: Path, override: SourceOptions) -> bool:
    """Look at the first record alone, so that a mapping's wrong options cannot hide it."""
    with path.open("rb") as file:
        start = file.read(_HEADER_BYTES)
    encoding = choose_encoding(path, start, override.encoding)
    named = override.delimiter
    text = start[encoding.mark_bytes :].decode(encoding.codec, errors="replace")
    return any(
        header_of(
            next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        ).is_failed_csv
        for delimiter in (USUAL if named is None else (read_delimiter(named),))
    )


def _sound(path: Path, encoding: str | None, *, is_failed_csv: bool) -> TextFile:
    try:
        return open_text_file(path, encoding)
    except UndecodableError as found:
        raise undecodable(path, found, is_failed_csv=is_failed_csv) from found


def _refuse_torn_header(file: TextFile, delimiters: Sequence[str]) -> None:
    """Refuse a file that breaks in its first record, whatever the delimiter, or has none."""
    if not any(head(file, delimiter, 1) for delimiter in delimiters):
        raise torn_record(file, delimiters[0])
    with file.open() as text:
        if not any(map(str.strip, text)):
            raise InputError(f"{file.path}: there are only blank lines", hint="Export it again.")


def _chunks(file: TextFile, table: Table, header_row: int) -> Iterator[Chunk]:
    rows = rows_a_chunk(table.header.width)
    blocks = file.blocks(table.delimiter, skip=header_row, rows=rows)
    number = header_row + 1
    while True:
        block = _next_block(blocks, file, table)
        chunk = text_chunk(
            block,
            first_number=number,
            header=table.header,
            delimiter=table.delimiter,
            may_hold_controls=file.may_hold_controls,
        )
        if chunk is not None:
            yield chunk
        elif not block:
            return
        number += len(block)


def _next_block(blocks: Iterator[list[list[str]]], file: TextFile, table: Table) -> list[list[str]]:
    try:
        return next(blocks, [])
    except csv.Error as error:
        raise torn_record(file, table.delimiter) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file.path}: the file changed while it was read") from error
