"""Parts of a workbook as streams of XML elements; elements are discarded once read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from xml.parsers import expat

from bulk_update.readers.workbook.archive import Archive
from bulk_update.records import Issue, Param

Attributes = dict[str, str]

NAMESPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://schemas.openxmlformats.org/package/2006/relationships",
    "http://schemas.openxmlformats.org/package/2006/content-types",
)
"""The second is the equivalent of the first in "Strict Open XML" (ISO/IEC 29500-1)."""
_BLOCK_BYTES = 1 << 16
_POSITION = re.compile("[0-9]{1,10}")
_DEEPEST = 64
"""Maximum nesting levels. Workbooks need about ten."""


class XmlError(Exception):
    """A part's XML is not well-formed, or nested too deeply; the issue says where."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(issue)
        self.issue = issue


class Element:
    """The handlers of an element.

    `start` is called with its attributes, `text` with its whole text, and `end` when it ends.
    `children` are the elements that it may contain, by local name.
    """

    __slots__ = ("children", "end", "start", "text")

    def __init__(
        self,
        *,
        start: Callable[[Attributes], object] | None = None,
        text: Callable[[str], object] | None = None,
        end: Callable[[], object] | None = None,
        children: Mapping[str, Element] | None = None,
    ) -> None:
        self.start, self.text, self.end = start, text, end
        self.children = {
            f"{namespace} {name}": child
            for name, child in (children or {}).items()
            for namespace in NAMESPACES
        }


_UNKNOWN = Element()


def position(text: str, otherwise: int) -> int:
    """Return the whole number in an attribute, or `otherwise` if it is not one.

    No number in a workbook has more than ten digits.
    """
    return int(text) if _POSITION.fullmatch(text) else otherwise


def parse_part(archive: Archive, name: str, document: Element) -> None:
    """Read a part to its end. Raises the same errors as `stream_part`."""
    for _ in stream_part(archive, name, document):
        pass


def stream_part(
    archive: Archive,
    name: str,
    document: Element,
    on_unknown: Callable[[str], object] | None = None,
) -> Iterator[None]:
    """Read a part to its end, pausing after each block.

    `document` has the root as its child. Elements that are not among the `children` of their parent
    are skipped, unless `on_unknown` (called with their names) refuses them. Raises XmlError for XML
    that is not well-formed, and InputError if the archive refuses the part.
    """
    with archive.open(name) as stream:
        reader = _Reader(archive.parser(name), name, document, on_unknown)
        try:
            while block := stream.read(_BLOCK_BYTES):
                reader.feed(block)
                yield
            reader.feed(b"", is_last=True)
        except expat.ExpatError as error:
            params: dict[str, Param] = {
                "name": name,
                "line": error.lineno,
                "column": error.offset + 1,
            }
            raise XmlError(Issue("input", params, "malformed")) from error
        finally:
            reader.close()


class _Reader:
    """Follows the elements as expat reports them.

    Both handlers are called for every element of a sheet. They are closures because local variables
    are faster than attributes.
    """

    def __init__(
        self,
        parser: expat.XMLParserType,
        name: str,
        document: Element,
        on_unknown: Callable[[str], object] | None,
    ) -> None:
        self._part, self._on_unknown = name, on_unknown
        self._around: list[Element] = []
        self._pieces: list[str] = []
        self._is_in_text: Callable[[], bool]
        self._parser = parser
        parser.buffer_text = True
        parser.CharacterDataHandler = self._pieces.append
        self._follow(document)

    def feed(self, block: bytes, *, is_last: bool = False) -> None:
        self._parser.Parse(block, is_last)
        if not self._is_in_text():
            self._pieces.clear()  # white space, and the texts of skipped elements

    def close(self) -> None:
        """Break the reference cycle with the parser, since the garbage collector is disabled."""
        del self._parser, self._is_in_text

    def _follow(self, element: Element) -> None:
        around, pieces, check_unknown = self._around, self._pieces, self._check_unknown

        def start(name: str, attributes: Attributes) -> None:
            nonlocal element
            child = element.children.get(name)
            if child is None:
                check_unknown(name, element)
                child = _UNKNOWN
            around.append(element)
            element = child
            if child.start is not None:
                child.start(attributes)
            if child.text is not None:
                pieces.clear()

        def end(_: str) -> None:
            nonlocal element
            ended = element
            element = around.pop()
            if ended.text is not None:
                ended.text("".join(pieces))
            if ended.end is not None:
                ended.end()

        self._parser.StartElementHandler = start
        self._parser.EndElementHandler = end
        self._is_in_text = lambda: element.text is not None

    def _check_unknown(self, name: str, parent: Element) -> None:
        if self._on_unknown is not None:
            self._on_unknown(name)
        if parent.text is not None:
            raise XmlError(Issue("input", {"name": self._part}, "text-elements"))
        if len(self._around) >= _DEEPEST:
            params: dict[str, Param] = {"name": self._part, "most": _DEEPEST}
            raise XmlError(Issue("input", params, "too-deep"))
