"""Checks all bytes of a text file in one pass, before any record is read.

Afterwards it is certain that every byte decodes and that no line is endless, and known where the
text ends.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bulk_update.errors import InputError
from bulk_update.readers.encodings import Encoding, choose_encoding
from bulk_update.readers.misread_text import MisreadSearch
from bulk_update.readers.text_file import BLOCK_BYTES, TextFile, separator_named_by
from bulk_update.readers.wrong_encoding import SignSearch, is_single_byte, is_utf8
from bulk_update.records import Issue, Param

_LONGEST_LINE = 32 * 1024 * 1024
_END_MARK = 0x1A
_CONTROL_BYTES = bytes({*range(32), 127} - set(b"\t\n\r"))
_WIDE = (
    ("utf-16-le", "UTF-16", 2, 0),
    ("utf-16-be", "UTF-16", 2, 1),
    ("utf-32-le", "UTF-32", 4, 0),
    ("utf-32-be", "UTF-32", 4, 3),
)
"""Encodings, their bytes per character, and the index of the byte that is never zero in a table."""
_LIKELY_WIDE = 0.6
"""The share of zeros among the other bytes in text that is mostly Latin."""


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
            raise InputError(Issue("input", {"path": str(path)}, "no-text"))
        search = None
        if named_encoding and not encoding.mark_bytes and is_single_byte(encoding.codec):
            if is_utf8(_blocks(file, end)):
                raise Utf8Error
            search = SignSearch(encoding.codec)
        misread = MisreadSearch()
        may_hold_controls = _survey(path, file, encoding, end, search, misread)
        has_line_end = bool(marks) or _has_line_end(file, encoding, end)
    notes = list(_outvoted(encoding, named_encoding))
    if marks:
        notes.append(Issue("end-mark"))
    if (search and (note := search.note(encoding.label))) or (note := misread.note()):
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
            params = {"path": str(path), "label": label, "codec": codec}
            raise InputError(Issue("input", params, "wide-text"))


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
    file.seek(max(size - BLOCK_BYTES, 0))
    tail = file.read()
    count = len(tail) - len(tail.rstrip(b"\0"))
    are_more = count == len(tail) and count < size
    params: dict[str, Param] = {"path": str(path), "count": count}
    return InputError(Issue("input", params, "zero-bytes-or-more" if are_more else "zero-bytes"))


def _blocks(file: io.BufferedReader, end: int) -> Iterator[bytes]:
    position = file.seek(0)
    while position < end and (block := file.read(min(BLOCK_BYTES, end - position))):
        position += len(block)
        yield block


def _survey(
    path: Path,
    file: io.BufferedReader,
    encoding: Encoding,
    end: int,
    search: SignSearch | None,
    misread: MisreadSearch,
) -> bool:
    """Decode everything once; return whether there may be control characters."""
    decoder = codecs.getincrementaldecoder(encoding.codec)()
    # Apart from ASCII, only UTF-8 always encodes a control character as a distinct byte.
    suspicious = encoding.codec != "utf-8"
    line_bytes = 0
    position = file.seek(encoding.mark_bytes)
    while position < end:
        block = file.read(min(BLOCK_BYTES, end - position))
        if not block:
            raise InputError(Issue("input", {"path": str(path)}, "shorter"))
        pending = len(decoder.getstate()[0])
        position += len(block)
        try:
            text = decoder.decode(block, final=position == end)
        except UnicodeDecodeError as error:
            offset = position - len(block) - pending + error.start
            raise UndecodableError(offset, error.reason, encoding) from error
        if search is not None:
            search.feed(block, text)
        misread.feed(text)
        suspicious = suspicious or _may_hold_controls(block)
        line_bytes = _unended(block, line_bytes)
        if line_bytes > _LONGEST_LINE:
            params: dict[str, Param] = {"path": str(path), "most": _LONGEST_LINE}
            raise InputError(Issue("input", params, "long-line"))
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
