"""The encoding of a text file: by its byte order mark, as named, or UTF-8. Never a guess."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from bulk_update.errors import InputError, UsageError
from bulk_update.invalid_value import InvalidValueError
from bulk_update.mapping import source_scalars
from bulk_update.records import Issue

_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8", 1),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32", 4),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32", 4),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16", 2),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16", 2),
)
_NEEDS_A_MARK = {"utf-16": "utf-16-le or utf-16-be", "utf-32": "utf-32-le or utf-32-be"}
_UNIT_BYTES = {"utf-16-le": 2, "utf-16-be": 2, "utf-32-le": 4, "utf-32-be": 4}
_UTF8_NAMES = frozenset({"utf-8", "utf-8-sig"})


@dataclass(frozen=True, slots=True)
class Encoding:
    """A text encoding.

    `codec` is Python's name, `label` the name shown to people, `mark_bytes` the length of the byte
    order mark at the start of the file, `unit_bytes` the minimum number of bytes per character.
    """

    codec: str
    label: str
    mark_bytes: int = 0
    unit_bytes: int = 1

    @property
    def keeps_ascii(self) -> bool:
        """Whether commas, quotes and line ends are encoded as in ASCII."""
        return self.unit_bytes == 1 and '\n\r",;\t|'.encode(self.codec) == b'\n\r",;\t|'


UTF8 = Encoding("utf-8", "UTF-8")


def choose_encoding(path: Path, start: bytes, named: str | None) -> Encoding:
    """Choose the encoding by the byte order mark, else the name, else UTF-8.

    Raises UsageError for a name that is not a text encoding, even if there is a mark, and
    InputError if the named encoding requires a mark that the file lacks.
    """
    encoding = None if named is None else _named_encoding(named)
    for mark, codec, label, unit_bytes in _MARKS:
        if start.startswith(mark):
            return Encoding(codec, label, len(mark), unit_bytes)
    if encoding is None:
        return UTF8
    if encoding.codec in _NEEDS_A_MARK:
        params = {
            "path": str(path),
            "encoding": named or "",
            "codec": _NEEDS_A_MARK[encoding.codec],
        }
        raise InputError(Issue("input", params, "no-byte-order-mark"))
    return encoding


def _named_encoding(named: str) -> Encoding:
    try:
        codec = codecs.lookup(source_scalars.encoding(named)).name.replace("_", "-")
    except InvalidValueError as error:
        raise UsageError(Issue("usage", {"fault": error.issue}, "as-found")) from None
    if codec in _UTF8_NAMES:
        return UTF8
    return Encoding(codec, named, unit_bytes=_UNIT_BYTES.get(codec, 1))
