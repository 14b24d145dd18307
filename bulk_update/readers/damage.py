"""Locates the damage in a text file that is known to be damaged."""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Self, TextIO

from bulk_update.errors import EncodingError, InputError
from bulk_update.readers.encodings import UTF8, Encoding
from bulk_update.readers.text_check import UndecodableError
from bulk_update.readers.text_file import LARGEST_CELL, TextFile, separator_named_by
from bulk_update.records import Issue, Param

_LIKELY = (("cp1250", "cp1250"), ("iso8859-2", "ISO 8859-2"), ("cp1252", "cp1252"))
_SHOWN_CHARACTERS = 60
_UNEXPECTED_END = "unexpected end"
_DELIMITERS = ",;\t|"
_BLOCK_BYTES = 1 << 18
_MOST_RECORDS = 1_000_000
_CONTROL_BYTES = bytes({*range(32), 127} - set(b"\t\n\r"))
_MOST_CONTROLS = 0.05
"""The maximum share of control characters at the start of a text file."""
_VALID_PER_INVALID = 2
_LAST_ASCII = "\x7f"


def undecodable(
    path: Path, found: UndecodableError, *, is_failed_csv: bool, quotes_are_text: bool
) -> InputError:
    """Return the error that shows the first wrong byte, and how likely encodings read its cell.

    The mapping's `source` does not apply to a `failed.csv`, for which only the option is suggested.
    """
    encoding = found.encoding
    if encoding.mark_bytes or not encoding.keeps_ascii:
        return _cut_or_wrong(path, found)
    table = _Table.of(path, quotes_are_text=quotes_are_text)
    try:
        place = table.place_of(found)
    except csv.Error:  # an unclosed quote: there are no cells to show
        return _cut_or_wrong(path, found)
    if encoding == UTF8 and (error := _not_quite_utf8(path, found, place)):
        return error
    with path.open("rb") as file:
        file.seek(found.offset)
        byte = file.read(1)
    first, *others = (codec for codec, _ in _LIKELY)
    params: dict[str, Param] = {
        **_where(path, found),
        "label": encoding.label,
        "row": place.row,
        "cell": place.cell_number,
        "hex": f"0x{byte.hex().upper()}",
        "codec": first,
        "others": tuple(others),
    }
    variant = "other-encoding-failed" if is_failed_csv else "other-encoding"
    cells = (place, *table.distinctive_cells(place))
    return EncodingError(Issue("input", params, variant), *map(_readings, cells))


def _where(path: Path, found: UndecodableError) -> dict[str, Param]:
    return {"path": str(path), "byte": found.offset + 1, "offset": found.offset}


def _readings(place: _Place) -> Issue:
    """Return how the likely encodings read a cell."""
    (one, codec), (two, codec_two), (three, codec_three) = (
        (_shown(place.cell, codec), label) for codec, label in _LIKELY
    )
    params: dict[str, Param] = {
        "row": place.row, "cell": place.cell_number, "one": one, "codec": codec, "two": two,
        "codec_two": codec_two, "three": three, "codec_three": codec_three,
    }  # fmt: skip
    return Issue("input", params, "would-read")


def _not_quite_utf8(path: Path, found: UndecodableError, place: _Place) -> InputError | None:
    """Return the error for a file that is not text, or is UTF-8 except for a few bytes."""
    with path.open("rb") as file:
        start = file.read(_BLOCK_BYTES)
    controls = len(start) - len(start.translate(None, _CONTROL_BYTES))
    if controls > _MOST_CONTROLS * len(start):
        return InputError(Issue("input", {"path": str(path)}, "not-text"))
    valid, invalid = _characters(path)
    if valid < _VALID_PER_INVALID * invalid:
        return None
    if invalid == 1 and "end of data" in found.reason:
        return InputError(Issue("input", _where(path, found), "cut-character"))
    params: dict[str, Param] = {
        **_where(path, found),
        "count": invalid,
        "row": place.row,
        "cell": place.cell_number,
        "text": _shown(place.cell, "utf-8"),
    }
    return InputError(Issue("input", params, "damaged-utf-8"))


def _characters(path: Path) -> tuple[int, int]:
    """Count the valid non-ASCII UTF-8 characters of a file, and its invalid sequences."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    valid = invalid = 0
    with path.open("rb") as file:
        while True:
            block = file.read(_BLOCK_BYTES)
            text = decoder.decode(block, final=not block)
            replaced = text.count("\ufffd")
            invalid += replaced
            if not text.isascii():
                valid += sum(map(_LAST_ASCII.__lt__, text)) - replaced
            if not block:
                return valid, invalid


def _cut_or_wrong(path: Path, found: UndecodableError) -> EncodingError:
    params = {**_where(path, found), "label": found.encoding.label, "error": found.reason}
    return EncodingError(Issue("input", params, "not-valid"))


@dataclass(frozen=True, slots=True)
class _Place:
    row: int
    cell_number: int
    cell: bytes


_DIFFERING = frozenset(
    byte
    for byte in range(0x80, 0x100)
    if len({bytes([byte]).decode(codec, errors="replace") for codec, _ in _LIKELY}) > 1
)
"""Bytes that the likely encodings read differently."""


@dataclass(frozen=True, slots=True)
class _Table:
    """A text file's cells as bytes, read as Latin-1, which decodes every byte to itself."""

    path: Path
    delimiter: str
    quotes_are_text: bool

    @classmethod
    def of(cls, path: Path, *, quotes_are_text: bool) -> Self:
        with path.open(encoding="latin-1", newline="") as text:
            first = text.readline()
        delimiter = separator_named_by(first) or max(_DELIMITERS, key=first.count)
        return cls(path, delimiter, quotes_are_text)

    def place_of(self, found: UndecodableError) -> _Place:
        """Return the cell that contains the wrong byte."""
        number, row = deque(self._records(until=found.offset), maxlen=1)[0]
        return _Place(number, *_undecodable_cell(row, found.encoding))

    def distinctive_cells(self, known: _Place) -> Iterator[_Place]:
        """Yield one more cell for each byte that the likely encodings read differently."""
        wanted = set(_DIFFERING - set(known.cell))
        try:
            for number, row in islice(self._records(), _MOST_RECORDS):
                for cell_number, cell in enumerate(row, 1):
                    raw = cell.encode("latin-1")
                    if not raw.isascii() and not wanted.isdisjoint(raw):
                        wanted.difference_update(raw)
                        yield _Place(number, cell_number, raw)
        except csv.Error:  # the rest is not a table
            return

    def _records(self, until: int | None = None) -> Iterator[tuple[int, list[str]]]:
        with self.path.open(encoding="latin-1", newline="") as text:
            if separator_named_by(text.readline()) is None:
                text.seek(0)
            lines: Iterable[str] = text if until is None else _lines_to(text, until - text.tell())
            if self.quotes_are_text:
                reader = csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)
            else:
                reader = csv.reader(lines, delimiter=self.delimiter)
            yield from enumerate(reader, 1)


def _lines_to(text: TextIO, offset: int) -> Iterator[str]:
    """Yield the lines up to the one with the character at an offset."""
    for line in text:
        yield line
        offset -= len(line)
        if offset < 0:
            return


def _undecodable_cell(row: list[str], encoding: Encoding) -> tuple[int, bytes]:
    for number, cell in enumerate(row, 1):
        raw = cell.encode("latin-1")
        try:
            raw.decode(encoding.codec)
        except UnicodeDecodeError:
            return number, raw
    return len(row), row[-1].encode("latin-1")


def _shown(cell: bytes, codec: str) -> str:
    text = cell.decode(codec, errors="replace")
    text = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def torn_record(file: TextFile, delimiter: str) -> InputError:
    """Return the error for the first row whose quotes are damaged."""
    records = file.records(delimiter)
    sound = 0
    try:
        for number, _ in enumerate(records, 1):
            sound = number
    except csv.Error as error:
        return _torn_record(file, sound + 1, str(error))
    return InputError(Issue("input", {"path": str(file.path)}, "changed"))


def has_unclosed_quote(file: TextFile, delimiter: str) -> bool:
    """Return whether a file contains a quote that is never closed."""
    try:
        for _ in file.records(delimiter):
            pass
    except csv.Error as error:
        return _UNEXPECTED_END in str(error)
    return False


def _torn_record(file: TextFile, row: int, error: str) -> InputError:
    params: dict[str, Param] = {"path": str(file.path), "row": row, "most": LARGEST_CELL}
    if _UNEXPECTED_END in error:
        return InputError(Issue("input", params, "open-quote"))
    if "field larger" in error:
        return InputError(Issue("input", params, "long-cell"))
    variant = "backslashes" if _uses_backslashes(file) else "text-after-quote"
    return InputError(Issue("input", params, variant))


def _uses_backslashes(file: TextFile) -> bool:
    with file.open() as text:
        return any('\\"' in line for line in islice(text, 100_000))
