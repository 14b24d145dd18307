"""Reads a text file as text and as records, after a first pass that checks all its bytes.

Later passes rely on the checks of the first one: every byte decodes, and there are no end marks
and no endless lines.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Protocol, TextIO

from bulk_update.errors import InputError
from bulk_update.readers.encodings import Encoding, choose_encoding
from bulk_update.readers.wrong_encoding import SignSearch, is_single_byte, is_utf8
from bulk_update.records import Issue

LARGEST_CELL = 16 * 1024 * 1024
"""Characters. A larger cell means that a quote was not closed."""

_LONGEST_LINE = 32 * 1024 * 1024
_BLOCK_BYTES = 1 << 18
_LARGEST_BLOCK_BYTES = 1 << 22
_END_MARK = 0x1A
_CONTROL_BYTES = bytes({*range(32), 127} - set(b"\t\n\r"))
_SEPARATOR_LINE = re.compile(r'"?sep=([^\r\n"\w])"?[;,\t|]*(\r\n|\r|\n)?', re.IGNORECASE)
_WIDE = (
    ("utf-16-le", "UTF-16", 2, 0),
    ("utf-16-be", "UTF-16", 2, 1),
    ("utf-32-le", "UTF-32", 4, 0),
    ("utf-32-be", "UTF-32", 4, 3),
)
"""Encodings, their bytes per character, and the index of the byte that is never zero in a table."""
_LIKELY_WIDE = 0.6
"""The share of zeros among the other bytes in text that is mostly Latin."""

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
        buffer = io.BufferedReader(window, _BLOCK_BYTES)
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
    until = window.left - _LARGEST_BLOCK_BYTES
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

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # always a memoryview
        """Fill the buffer with the next bytes."""
        count = self._file.readinto(buffer[: self.left]) or 0
        self.left -= count
        return count

    def close(self) -> None:
        """Close the file, too."""
        self._file.close()
        super().close()


class UndecodableError(Exception):
    """The byte at `offset` (from 0) is invalid in the file's encoding."""

    def __init__(self, offset: int, reason: str, encoding: Encoding) -> None:
        super().__init__(f"byte {offset}: {reason}")
        self.offset, self.reason, self.encoding = offset, reason, encoding


class Utf8Error(Exception):
    """The file is UTF-8, although a single-byte encoding was named."""


def open_text_file(
    path: Path, named_encoding: str | None, *, quotes_are_text: bool = False
) -> TextFile:
    """Check the whole file once, and return how to read it.

    Raises UndecodableError, Utf8Error, and InputError for a file that is empty, truncated or not
    text.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(4096)
        encoding = choose_encoding(path, start, named_encoding)
        _refuse_unmarked_wide_text(path, start, encoding)
        end, marks = _text_end(path, file, size, encoding)
        if end <= encoding.mark_bytes:
            raise InputError(f"{path}: the file is empty", hint="Export it again.")
        search = None
        if named_encoding and not encoding.mark_bytes and is_single_byte(encoding.codec):
            if is_utf8(_blocks(file, end)):
                raise Utf8Error
            search = SignSearch(encoding.codec)
        may_hold_controls = _survey(path, file, encoding, end, search)
        has_line_end = bool(marks) or _has_line_end(file, encoding, end)
    notes = list(_outvoted(encoding, named_encoding))
    if marks:
        notes.append(Issue("end-mark"))
    if search and (note := search.note(encoding.label)):
        notes.append(note)
    checked = TextFile(
        path,
        encoding,
        end,
        may_hold_controls,
        has_line_end,
        quotes_are_text=quotes_are_text,
        notes=tuple(notes),
    )
    return replace(checked, separator=_separator(checked))


def _outvoted(encoding: Encoding, named: str | None) -> Iterator[Issue]:
    """Yield a note if the byte order mark overrides the named encoding."""
    codec = codecs.lookup(named).name if named else encoding.codec
    if named and encoding.mark_bytes and not codec.startswith(encoding.label.lower()):
        yield Issue("byte-order-mark", {"label": encoding.label, "named": named})


def _refuse_unmarked_wide_text(path: Path, start: bytes, encoding: Encoding) -> None:
    """Refuse text that looks like UTF-16 or UTF-32 but would be read in another encoding."""
    if encoding.mark_bytes or encoding.unit_bytes > 1:
        return
    for codec, label, unit, low in _WIDE:
        zeros = [start[place::unit].count(0) for place in range(unit)]
        if zeros.pop(low) == 0 and min(zeros) > _LIKELY_WIDE * len(start) / unit:
            raise InputError(
                f"{path}: the file looks like {label} without a byte order mark",
                hint=f'If so, add "encoding: {codec}" under "source:", or --encoding {codec}.',
            )


def _text_end(
    path: Path, file: io.BufferedReader, size: int, encoding: Encoding
) -> tuple[int, int]:
    """Return where the text ends, and the number of end marks after it."""
    unit = encoding.unit_bytes
    mark = chr(_END_MARK).encode(encoding.codec)
    end = size
    if _unit_before(file, end, unit) == bytes(unit) and end > encoding.mark_bytes:
        raise _zeros_at_the_end(path, file, size)
    while end > encoding.mark_bytes and _unit_before(file, end, len(mark)) == mark:
        end -= len(mark)
    return end, (size - end) // len(mark)


def _has_line_end(file: io.BufferedReader, encoding: Encoding, end: int) -> bool:
    ends = [character.encode(encoding.codec) for character in "\r\n"]
    return any(_unit_before(file, end, len(mark)) == mark for mark in ends)


def _unit_before(file: io.BufferedReader, end: int, length: int) -> bytes:
    file.seek(max(end - length, 0))
    return file.read(length)


def _zeros_at_the_end(path: Path, file: io.BufferedReader, size: int) -> InputError:
    file.seek(max(size - _BLOCK_BYTES, 0))
    tail = file.read()
    count = len(tail) - len(tail.rstrip(b"\0"))
    counted = f"{count} or more" if count == len(tail) and count < size else str(count)
    return InputError(
        f"{path}: the file ends with {counted} zero bytes: it was cut off while it was written",
        hint="Export or copy it again.",
    )


def _blocks(file: io.BufferedReader, end: int) -> Iterator[bytes]:
    position = file.seek(0)
    while position < end and (block := file.read(min(_BLOCK_BYTES, end - position))):
        position += len(block)
        yield block


def _survey(
    path: Path,
    file: io.BufferedReader,
    encoding: Encoding,
    end: int,
    search: SignSearch | None,
) -> bool:
    """Decode everything once; return whether there may be control characters."""
    decoder = codecs.getincrementaldecoder(encoding.codec)()
    # Apart from ASCII, only UTF-8 always encodes a control character as a distinct byte.
    suspicious = encoding.codec != "utf-8"
    line_bytes = 0
    position = file.seek(encoding.mark_bytes)
    while position < end:
        block = file.read(min(_BLOCK_BYTES, end - position))
        if not block:
            raise InputError(f"{path}: the file became shorter while it was read")
        pending = len(decoder.getstate()[0])
        position += len(block)
        try:
            text = decoder.decode(block, final=position == end)
        except UnicodeDecodeError as error:
            offset = position - len(block) - pending + error.start
            raise UndecodableError(offset, error.reason, encoding) from error
        if search is not None:
            search.feed(block, text)
        suspicious = suspicious or _may_hold_controls(block)
        line_bytes = _unended(block, line_bytes)
        if line_bytes > _LONGEST_LINE:
            raise InputError(f"{path}: a line is longer than {_LONGEST_LINE:,} bytes: no table")
    return suspicious


def _may_hold_controls(block: bytes) -> bool:
    """Search for C0, DEL, and the byte that begins C1 (and some harmless characters)."""
    return b"\xc2" in block or len(block.translate(None, _CONTROL_BYTES)) != len(block)


def _unended(block: bytes, before: int) -> int:
    """Count the bytes since the last line end."""
    last = max(block.rfind(b"\n"), block.rfind(b"\r"))
    return before + len(block) if last < 0 else len(block) - last - 1


def _separator(file: TextFile) -> str | None:
    with file.open() as text:
        return separator_named_by(text.readline(100))


def separator_named_by(line: str) -> str | None:
    """Return the delimiter from a first line such as `sep=;`, as Excel interprets it."""
    found = _SEPARATOR_LINE.fullmatch(line)
    return found[1] if found else None
