"""Decodes a mapping file.

A wrong encoding is a fault. If the text can be read in a likely encoding, the file's other faults
are found, too.
"""

from __future__ import annotations

import codecs
import re

from bulk_update.mapping.faults import Fault, Place
from bulk_update.printable import quoted

LARGEST_BYTES = 1_000_000

START = Place(1, 1)

# Not in the character set of YAML 1.1; the parser's own message does not say where.
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_MARKUP = re.compile("<[A-Za-z!?]")
_SPREADSHEET = "the mapping is the YAML file, the spreadsheet is FILE"
_BINARY = (
    (b"PK\x03\x04", f"this is an Excel workbook or another zip archive: {_SPREADSHEET}"),
    (b"\xd0\xcf\x11\xe0", f"this is an Office document: {_SPREADSHEET}"),
    (b"%PDF-", "this is a PDF document: the mapping is a YAML file"),
)
_WIDE = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LIKELY = "cp1250"
_DELIMITERS = ";,\t|"
_NO_HEADER = frozenset("#-[{%")


class UnreadableError(Exception):
    """The rest of the file cannot be read from this place on."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(place, message)


def text_of(data: bytes) -> tuple[str, tuple[Fault, ...]]:
    """Decode a mapping file; the faults returned do not prevent reading the rest.

    Raises UnreadableError if the file is too large or is not text.
    """
    for magic, message in _BINARY:
        if data.startswith(magic):
            raise UnreadableError(START, message)
    if len(data) > LARGEST_BYTES:
        raise UnreadableError(START, f"the mapping is larger than 1 MB ({len(data)} bytes)")
    text, faults = _decoded(data)
    _refuse_foreign(text)
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        remedy = "save it as UTF-8 text" if forbidden[0] == "\0" else "delete it"
        message = f"the character {quoted(forbidden[0])} is not allowed in a mapping: {remedy}"
        raise UnreadableError(place_after(text[: forbidden.start()]), message)
    return text, faults


def _refuse_foreign(text: str) -> None:
    begin = text.lstrip()
    if _MARKUP.match(begin):
        raise UnreadableError(START, "this is an HTML or XML document: the mapping is a YAML file")
    header, *rows = [line for line in begin.splitlines()[:20] if line.strip()][:2] or [""]
    if ":" in header or header[:1] in _NO_HEADER:
        return
    if rows and any(0 < header.count(mark) == rows[0].count(mark) for mark in _DELIMITERS):
        raise UnreadableError(START, f"this looks like a table of cells: {_SPREADSHEET}")


def place_after(text: str) -> Place:
    """Return the place directly after a text."""
    lines = (text + ".").splitlines()
    return Place(len(lines), len(lines[-1]))


def _decoded(data: bytes) -> tuple[str, tuple[Fault, ...]]:
    for mark, codec in _WIDE:
        if data.startswith(mark):
            message = "the mapping is in UTF-16 (Unicode): save it as UTF-8"
            return data[2:].decode(codec, errors="replace"), (Fault(START, message),)
    try:
        return data.decode("utf-8").removeprefix("\ufeff"), ()
    except UnicodeDecodeError as error:
        return _in_likely_encoding(data, error)


def _in_likely_encoding(data: bytes, error: UnicodeDecodeError) -> tuple[str, tuple[Fault, ...]]:
    """Decode a file that a Windows editor most likely saved."""
    place = place_after(data[: error.start].decode("utf-8").removeprefix("\ufeff"))
    found = f"byte 0x{data[error.start]:02X} is not UTF-8"
    try:
        text = data.decode(_LIKELY)
    except UnicodeDecodeError:
        raise UnreadableError(place, f"{found}: save the mapping as UTF-8") from None
    likely = quoted(data[error.start : error.start + 1].decode(_LIKELY))
    message = f"{found} (in {_LIKELY} it is {likely}): save the mapping as UTF-8"
    place = place_after(data[: error.start].decode(_LIKELY))
    return text, (Fault(place, message),)
