"""A text file that has been checked (`text_check`), read as text and as records.

Every byte of it decodes, no line is endless, and the end marks after its text are left out.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol, TextIO

from bulk_update.readers.encodings import Encoding
from bulk_update.records import Issue

LARGEST_CELL = 16 * 1024 * 1024
"""Characters. A larger cell means that a quote was not closed."""

BLOCK_BYTES = 1 << 18
"""How many bytes are read at once."""

_MOST_BYTES_A_BLOCK = 1 << 22
"""How many bytes a block may take from the file, so that long rows need no more memory."""

_SEPARATOR_LINE = re.compile(r'"?sep=([^\r\n"\w])"?[;,\t|]*(\r\n|\r|\n)?', re.IGNORECASE)

csv.field_size_limit(LARGEST_CELL)  # csv has only one limit for the whole process


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file that has been decoded completely once.

    `end` is where its text ends. `may_hold_controls` is False only if it has no control
    characters. `has_line_end` is False if the last line has no line end. `separator` is the
    delimiter from a first line such as `sep=;`; that line is not a record.
    """

    path: Path
    encoding: Encoding
    end: int
    may_hold_controls: bool
    has_line_end: bool
    separator: str | None = None
    quotes_are_text: bool = False
    notes: tuple[Issue, ...] = ()

    def open(self) -> TextIO:
        """Open the file at its first record."""
        return self._text(self._window())

    def records(self, delimiter: str) -> Iterator[list[str]]:
        """Yield the file's records, including blank ones. Raises csv.Error if any is damaged."""
        with self.open() as text:
            yield from self._reader(text, delimiter)

    def blocks(self, delimiter: str, *, skip: int, rows: int) -> Iterator[Block]:
        """Yield the records after the first `skip` in blocks of `rows`, or fewer if they are large.

        Raises csv.Error if any is damaged.
        """
        window = self._window()
        with self._text(window) as text:
            records = self._reader(text, delimiter)
            deque(islice(records, skip), maxlen=0)
            while (block := _block(records, window, rows)).rows:
                yield block

    def _reader(self, text: TextIO, delimiter: str) -> _Records:
        if self.quotes_are_text:
            return csv.reader(text, delimiter=delimiter, quoting=csv.QUOTE_NONE, strict=True)
        return csv.reader(text, delimiter=delimiter, strict=True)

    def _window(self) -> Window:
        return Window(self.path.open("rb", buffering=0), self.encoding.mark_bytes, self.end)

    def _text(self, window: Window) -> TextIO:
        buffer = io.BufferedReader(window, BLOCK_BYTES)
        text = io.TextIOWrapper(buffer, encoding=self.encoding.codec, newline="")
        if self.separator is not None:
            text.readline()
        return text


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive records, and how many lines of the file they are."""

    rows: list[list[str]]
    lines: int

    @property
    def has_line_breaks(self) -> bool:
        """Whether any record has a cell with several lines."""
        return self.lines > len(self.rows)


class _Records(Protocol):
    """What `csv.reader` returns."""

    @property
    def line_num(self) -> int: ...
    def __iter__(self) -> Iterator[list[str]]: ...
    def __next__(self) -> list[str]: ...


def _block(records: _Records, window: Window, rows: int) -> Block:
    block: list[list[str]] = []
    before = records.line_num
    until = window.left - _MOST_BYTES_A_BLOCK
    for record in islice(records, rows):
        block.append(record)
        if window.left <= until:
            break
    return Block(block, records.line_num - before)


class Window(io.RawIOBase):
    """A range of an open file's bytes, of which `left` are unread."""

    def __init__(self, file: io.FileIO, start: int, end: int) -> None:
        super().__init__()
        self._file = file
        self.left = end - file.seek(start)

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # BufferedReader passes a memoryview
        """Fill the buffer with the next bytes."""
        count = self._file.readinto(buffer[: self.left]) or 0
        self.left -= count
        return count

    def close(self) -> None:
        """Close the file, too."""
        self._file.close()
        super().close()


def separator_named_by(line: str) -> str | None:
    """Return the delimiter from a first line such as `sep=;`, as Excel interprets it."""
    found = _SEPARATOR_LINE.fullmatch(line)
    return found[1] if found else None
