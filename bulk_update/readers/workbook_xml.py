"""XML as a stream: a part's elements go by, and nothing of it is kept."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.parsers import expat

Attributes = dict[str, str]

SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

_BLOCK_BYTES = 1 << 16
_POSITION = re.compile("[0-9]{1,10}")
_DEEPEST = 64
"""Levels. Workbooks need about ten."""


class XmlError(Exception):
    """A part's XML is torn, or nested too deep."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who wants to hear of a spreadsheet's elements, by their names.

    `other` is called for each element that no name stands for, `text` with pieces of text.
    """

    starts: dict[str, Callable[[Attributes], None]]
    ends: dict[str, Callable[[], None]]
    other: Callable[[Attributes], None]
    text: Callable[[str], object]


def position(text: str, otherwise: int) -> int:
    """Return the whole number that an attribute holds, or `otherwise` where it is none.

    No number in a workbook has more than ten digits.
    """
    return int(text) if _POSITION.fullmatch(text) else otherwise


def listen(archive: zipfile.ZipFile, name: str, listener: Listener) -> Iterator[None]:
    """Read a part of a workbook to its end, pausing after each block.

    Raises XmlError for XML that is not well-formed.
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


class _Parser:
    def __init__(self, listener: Listener) -> None:
        self._starts = {f"{SPREADSHEET} {name}": do for name, do in listener.starts.items()}
        self._ends = {f"{SPREADSHEET} {name}": do for name, do in listener.ends.items()}
        self._other = listener.other
        self._depth = 0
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = listener.text
        self._parser = parser

    def feed(self, block: bytes, *, last: bool = False) -> None:
        self._parser.Parse(block, last)

    def _start(self, name: str, attributes: Attributes) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise XmlError(f"nests elements more than {_DEEPEST} deep")
        self._starts.get(name, self._other)(attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        handler = self._ends.get(name)
        if handler is not None:
            handler()
