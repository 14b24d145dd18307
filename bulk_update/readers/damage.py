"""Where a text file is damaged: looked up only once it is known to be."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from bulk_update.errors import EncodingError, InputError
from bulk_update.readers.encodings import Encoding
from bulk_update.readers.text_file import (
    LARGEST_CELL,
    TextFile,
    UndecodableError,
    separator_named_by,
)

_LIKELY = (("cp1250", "cp1250"), ("iso8859-2", "ISO 8859-2"))
_SHOWN_CHARACTERS = 60
_DELIMITERS = ",;\t|"


def undecodable(path: Path, found: UndecodableError, *, is_failed_csv: bool) -> EncodingError:
    """Say which byte of which row is wrong, and how likely encodings would read it.

    A file of ours takes no `source` from the mapping, so only the option is named then.
    """
    encoding = found.encoding
    if encoding.mark_bytes or not encoding.keeps_ascii:
        return _cut_or_wrong(path, found)
    try:
        place = _place_of(path, found)
    except csv.Error:  # a quote that nobody closed: there are no cells to tell of
        return _cut_or_wrong(path, found)
    with path.open("rb") as file:
        file.seek(found.offset)
        byte = file.read(1)
    readings = ", ".join(f'"{_shown(place.cell, codec)}" in {label}' for codec, label in _LIKELY)
    message = (
        f"{path}: the file is not {encoding.label}: byte {found.offset + 1} "
        f"(offset {found.offset}), in row {place.row}, cell {place.cell_number}, "
        f"is 0x{byte.hex().upper()}. "
        f"The cell would read {readings}"
    )
    if path.stat().st_size - found.offset < _LONGEST_CHARACTER and "end of data" in found.reason:
        message += "; or the file was cut off inside a character"
    return EncodingError(message, hint=_lines_to_add(is_failed_csv=is_failed_csv))


_LONGEST_CHARACTER = 4


def _cut_or_wrong(path: Path, found: UndecodableError) -> EncodingError:
    return EncodingError(
        f"{path}: the file is not sound {found.encoding.label}: at byte {found.offset + 1} "
        f"(offset {found.offset}): {found.reason}",
        hint="It was cut off or damaged, or the encoding is another: export or copy it again.",
    )


def _lines_to_add(*, is_failed_csv: bool) -> str:
    codec = _LIKELY[0][0]
    line = "" if is_failed_csv else f'"encoding: {codec}" under "source:" in the mapping, or '
    return f"If the first reads right, add {line}--encoding {codec}; else the encoding that does."


@dataclass(frozen=True, slots=True)
class _Place:
    row: int
    cell_number: int
    cell: bytes


def _place_of(path: Path, found: UndecodableError) -> _Place:
    """Find the cell around a byte; Latin-1 shows bytes as they are, and cannot fail."""
    with path.open(encoding="latin-1", newline="") as text:
        first = text.readline()
        if separator_named_by(first) is None:
            text.seek(0)
        delimiter = max(_DELIMITERS, key=first.count)
        records = csv.reader(_lines_to(text, found.offset - text.tell()), delimiter=delimiter)
        number, row = deque(enumerate(records, 1), maxlen=1)[0]
    return _Place(number, *_offending(row, found.encoding))


def _lines_to(text: TextIO, offset: int) -> Iterator[str]:
    """Yield lines up to the one that holds the character at an offset."""
    for line in text:
        yield line
        offset -= len(line)
        if offset < 0:
            return


def _offending(row: list[str], encoding: Encoding) -> tuple[int, bytes]:
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
    """Say in which row the quotes of a file go wrong, and how."""
    records = file.records(delimiter)
    sound = 0
    try:
        for number, _ in enumerate(records, 1):
            sound = number
    except csv.Error as error:
        return _explained(file, sound + 1, str(error))
    return InputError(f"{file.path}: the file changed while it was read", hint="Start again.")


def _explained(file: TextFile, row: int, error: str) -> InputError:
    place = f"{file.path}: row {row}"
    if "unexpected end" in error:
        return InputError(
            f"{place}: a quote opens in this row and is never closed: the rows after it are lost",
            hint='Close the quote, or double it ("") where it belongs to the text.',
        )
    if "field larger" in error:
        return InputError(
            f"{place}: a cell has more than {LARGEST_CELL:,} characters: "
            "a quote that is not closed, or no table",
        )
    hint = 'Double the quotes that belong to the text (""), or export the file again.'
    if _uses_backslashes(file):
        hint = 'Quotes seem to be escaped with a backslash (\\"): export with doubled quotes ("").'
    return InputError(
        f"{place}: there is text after a closing quote: where cells end is unknown", hint=hint
    )


def _uses_backslashes(file: TextFile) -> bool:
    with file.open() as text:
        return any('\\"' in line for line in islice(text, 100_000))
