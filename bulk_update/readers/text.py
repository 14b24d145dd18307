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
    shown,
)
from bulk_update.readers.encodings import choose_encoding
from bulk_update.readers.frames import rows_a_chunk, text_chunk
from bulk_update.readers.headers import header_of
from bulk_update.readers.row_structure import Layout, Tolerated, split_header
from bulk_update.readers.spreadsheet import Spreadsheet
from bulk_update.readers.text_file import TextFile, UndecodableError, Utf8Error, open_text_file
from bulk_update.records import Chunk, Issue, SourceOptions

_HEADER_BYTES = 1 << 20


def open_text(
    path: Path, options: SourceOptions, override: SourceOptions, mapped: Sequence[str]
) -> Spreadsheet:
    """Open a text file; `options` do not apply to a file of ours, `override` always does."""
    is_failed_csv = _is_failed_csv(path, override)
    source = SourceOptions() if is_failed_csv else options
    file = _sound(path, source, override, is_failed_csv=is_failed_csv)
    delimiters = candidates(file, override.delimiter or source.delimiter)
    _refuse_torn_header(file, delimiters)
    table = choose_table(file, delimiters, header_row=source.header_row, mapped=mapped)
    notes = [*file.notes, *([] if file.has_line_end else [Issue("no-line-end")])]
    return Spreadsheet(
        header=table.header.names,
        positions=table.search.positions,
        is_failed_csv=table.header.is_failed_csv,
        delimiter=table.delimiter,
        kind=file.encoding.label,
        chunks=lambda: _chunks(file, table, source.header_row, notes),
        notes=notes,
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


def _sound(
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
        remedy = f'Remove "encoding: {encoding}" from the mapping.'
        if override.encoding:
            remedy = f"Leave out --encoding {encoding}."
        raise InputError(f"{path}: the file is UTF-8, not {encoding}", hint=remedy) from None
    if source.must_be_complete and not file.has_line_end:
        raise InputError(
            f"{path}: the last line has no line end: the file may have been cut off",
            hint='Export or copy it again; or remove "complete: true" from the mapping.',
        )
    return file


def _refuse_torn_header(file: TextFile, delimiters: Sequence[str]) -> None:
    """Refuse a file that breaks in its first record, whatever the delimiter, or has none."""
    if not any(head(file, delimiter, 1) for delimiter in delimiters):
        raise torn_record(file, delimiters[0])
    with file.open() as text:
        if not any(map(str.strip, text)):
            raise InputError(f"{file.path}: there are only blank lines", hint="Export it again.")


def _chunks(file: TextFile, table: Table, header_row: int, notes: list[Issue]) -> Iterator[Chunk]:
    layout = Layout(table.header, sorted(table.search.positions.values()), table.delimiter)
    tolerated = Tolerated()
    rows = rows_a_chunk(table.header.width)
    blocks = file.blocks(table.delimiter, skip=header_row, rows=rows)
    number = header_row + 1
    while True:
        block = _next_block(blocks, file, table)
        chunk = text_chunk(
            block,
            first_number=number,
            layout=layout,
            tolerated=tolerated,
            may_hold_controls=file.may_hold_controls,
        )
        if chunk is not None:
            yield chunk
        elif not block:
            break
        number += len(block)
    _refuse_split_header(file, layout, tolerated)
    notes += [note for note in tolerated.notes() if note not in notes]


def _refuse_split_header(file: TextFile, layout: Layout, tolerated: Tolerated) -> None:
    finding = split_header(layout, tolerated)
    if finding:
        raise InputError(
            f"{file.path}: the header has {layout.header.named_width} cells, and all rows have "
            f"{min(tolerated.widths)}: {finding} that contains the delimiter "
            f"({shown(layout.delimiter)}), which would move the columns behind it",
            hint="Quote that name in the header, or remove names without a column from it.",
        )


def _next_block(blocks: Iterator[list[list[str]]], file: TextFile, table: Table) -> list[list[str]]:
    try:
        return next(blocks, [])
    except csv.Error as error:
        raise torn_record(file, table.delimiter) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file.path}: the file changed while it was read") from error
