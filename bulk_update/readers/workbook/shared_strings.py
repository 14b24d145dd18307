"""The texts that a workbook's cells share, stored compactly.

A Python string has an overhead of about 50 bytes, and may take four bytes per character. With
millions of strings, that would be far more memory than the size of the file.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable

from bulk_update.readers.workbook.archive import Archive
from bulk_update.readers.workbook.xml_stream import Element, parse_part


class SharedStrings:
    """A sequence of texts, each created on access."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._bytes = bytearray()
        self._ends = array("Q", [0])
        for text in texts:
            self.append(text)

    def append(self, text: str) -> None:
        """Add a text at the end."""
        self._bytes += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self._ends) - 1

    def __getitem__(self, index: int) -> str:
        """Return the text at a position from 0."""
        text = self._bytes[self._ends[index] : self._ends[index + 1]]
        return text.decode("utf-8", "surrogatepass")


def read_shared_strings(archive: Archive, part: str) -> SharedStrings:
    """Read the shared strings without decoding escapes such as `_x000D_`.

    Raises InputError and XmlError if the part is missing or damaged.
    """
    strings = SharedStrings()
    pieces: list[str] = []

    def add_text() -> None:
        strings.append("".join(pieces))
        pieces.clear()

    item = rich_text(pieces.append, end=add_text)
    document = Element(children={"sst": Element(children={"si": item})})
    parse_part(archive, part, document)
    return strings


def rich_text(
    add_piece: Callable[[str], object],
    *,
    start: Callable[[object], object] | None = None,
    end: Callable[[], object] | None = None,
) -> Element:
    """Return an element that holds a text or runs of text (ECMA-376, part 1, 18.4.8).

    Phonetic runs give the pronunciation of a text; they are not part of it.
    """
    text = Element(text=add_piece)
    run = Element(children={"t": text})
    phonetic_run = Element(children={"t": Element()})
    return Element(start=start, end=end, children={"t": text, "r": run, "rPh": phonetic_run})
