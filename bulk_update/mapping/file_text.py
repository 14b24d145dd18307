"""Decodes a mapping file.

A wrong encoding is a fault. If the text can be read in a likely encoding, the file's other faults
are found, too.
"""

from __future__ import annotations

import codecs
import re

from bulk_update.mapping.faults import Fault, Place, finding
from bulk_update.records import Issue

LARGEST_BYTES = 1_000_000

START = Place(1, 1)

# Not in the character set of YAML 1.1; the parser's own message does not say where.
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_MARKUP = re.compile("<[A-Za-z!?]")
_BINARY = ((b"PK\x03\x04", "zip"), (b"\xd0\xcf\x11\xe0", "office"), (b"%PDF-", "pdf"))
_WIDE = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LIKELY = "cp1250"
_DELIMITERS = ";,\t|"
_NO_HEADER = frozenset("#-[{%")


class UnreadableError(Exception):
    """The rest of the file cannot be read from this place on."""

    def __init__(self, place: Place, issue: Issue) -> None:
        super().__init__(issue)
        self.fault = Fault(place, issue)


def text_of(data: bytes) -> tuple[str, tuple[Fault, ...]]:
    """Decode a mapping file; the faults returned do not prevent reading the rest.

    Raises UnreadableError if the file is too large or is not text.
    """
    for magic, kind in _BINARY:
        if data.startswith(magic):
            raise UnreadableError(START, finding(kind))
    if len(data) > LARGEST_BYTES:
        raise UnreadableError(START, finding("too-large", bytes=len(data)))
    text, faults = _decoded(data)
    _refuse_foreign(text)
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        variant = "forbidden-nul" if forbidden[0] == "\0" else "forbidden"
        issue = finding(variant, character=forbidden[0])
        raise UnreadableError(place_after(text[: forbidden.start()]), issue)
    return text, faults


def _refuse_foreign(text: str) -> None:
    begin = text.lstrip()
    if _MARKUP.match(begin):
        raise UnreadableError(START, finding("markup"))
    header, *rows = [line for line in begin.splitlines()[:20] if line.strip()][:2] or [""]
    if ":" in header or header[:1] in _NO_HEADER:
        return
    if rows and any(0 < header.count(mark) == rows[0].count(mark) for mark in _DELIMITERS):
        raise UnreadableError(START, finding("table"))


def place_after(text: str) -> Place:
    """Return the place directly after a text."""
    lines = (text + ".").splitlines()
    return Place(len(lines), len(lines[-1]))


def _decoded(data: bytes) -> tuple[str, tuple[Fault, ...]]:
    for mark, codec in _WIDE:
        if data.startswith(mark):
            text = data[2:].decode(codec, errors="replace")
            return text, (Fault(START, finding("utf-16")),)
    try:
        return data.decode("utf-8").removeprefix("\ufeff"), ()
    except UnicodeDecodeError as error:
        return _in_likely_encoding(data, error)


def _in_likely_encoding(data: bytes, error: UnicodeDecodeError) -> tuple[str, tuple[Fault, ...]]:
    """Decode a file that a Windows editor most likely saved."""
    place = place_after(data[: error.start].decode("utf-8").removeprefix("\ufeff"))
    byte = f"0x{data[error.start]:02X}"
    try:
        text = data.decode(_LIKELY)
    except UnicodeDecodeError:
        raise UnreadableError(place, finding("not-utf-8", byte=byte)) from None
    likely = data[error.start : error.start + 1].decode(_LIKELY)
    issue = finding("not-utf-8-likely", byte=byte, codec=_LIKELY, likely=likely)
    place = place_after(data[: error.start].decode(_LIKELY))
    return text, (Fault(place, issue),)
