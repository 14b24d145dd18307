"""XML as a stream: a part's elements go by, and nothing of it is kept."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

Attributes = dict[str, str]

_BLOCK_BYTES = 1 << 16
_POSITION = re.compile("[0-9]{1,10}")
XML_ENCODINGS = frozenset({"utf-8", "utf-16", "us-ascii", "iso-8859-1"})
"""What the parser knows by itself; Open XML allows the first two."""

_DEEPEST = 64
"""Levels. Workbooks need about ten."""
SPREADSHEET = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)


class XmlError(Exception):
    """A part's XML is torn, nested too deep, or declares entities."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who wants to hear of elements of some namespaces, by their names within them.

    `text` gets characters in pieces.
    """

    starts: dict[str, Callable[[Attributes], None]]
    ends: dict[str, Callable[[], None]] = field(default_factory=dict)
    text: Callable[[str], object] | None = None
    namespaces: tuple[str, ...] = SPREADSHEET


def position(text: str, otherwise: int) -> int:
    """Return the whole number that an attribute holds, or `otherwise` where it is none.

    No number in a workbook has more than ten digits.
    """
    return int(text) if _POSITION.fullmatch(text) else otherwise


def listen(archive: zipfile.ZipFile, name: str, listener: Listener) -> Iterator[None]:
    """Read a part of a workbook to its end, pausing after each block.

    Raises XmlError for XML that is not well-formed, and KeyError where there is no such part.
    """
    parser = _Parser(listener)
    try:
        with archive.open(name) as stream:
            while block := stream.read(_BLOCK_BYTES):
                parser.feed(block)
                yield
        parser.feed(b"", last=True)
    except expat.ExpatError as error:
        raise XmlError(f"the part {name!r} is torn: {error}") from error
    except XmlError as error:
        raise XmlError(f"the part {name!r} {error}") from error


def read_whole(archive: zipfile.ZipFile, name: str, listener: Listener) -> None:
    """Read a part of a workbook to its end; raises as `listen` does."""
    for _ in listen(archive, name, listener):
        pass


class _Parser:
    def __init__(self, listener: Listener) -> None:
        spaces = listener.namespaces
        self._starts = {f"{s} {name}": do for s in spaces for name, do in listener.starts.items()}
        self._ends = {f"{s} {name}": do for s in spaces for name, do in listener.ends.items()}
        self._depth = 0
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        parser.XmlDeclHandler = self._check_encoding
        if listener.text is not None:
            parser.CharacterDataHandler = listener.text
        self._parser = parser

    def feed(self, block: bytes, *, last: bool = False) -> None:
        self._parser.Parse(block, last)

    def _start(self, name: str, attributes: Attributes) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise XmlError(f"nests elements more than {_DEEPEST} deep")
        handler = self._starts.get(name)
        if handler is not None:
            handler(attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        handler = self._ends.get(name)
        if handler is not None:
            handler()

    def _check_encoding(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in XML_ENCODINGS:
            raise XmlError(f"is encoded as {encoding!r}")

    def _doctype(self, *_: object) -> NoReturn:
        raise XmlError("declares a document type (DTD)")
