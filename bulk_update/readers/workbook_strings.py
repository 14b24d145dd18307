"""The texts that a workbook's cells share, in little memory.

A text as Python keeps it takes some 50 bytes beside its characters, and four bytes for each
character of some: a file with millions of them would need far more memory than it has bytes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable


class SharedStrings:
    """A sequence of texts, each made anew when it is asked for."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._bytes = bytearray()
        self._ends = array("Q", [0])
        for text in texts:
            self._bytes += text.encode("utf-8", "surrogatepass")
            self._ends.append(len(self._bytes))

    def __len__(self) -> int:
        """Return how many texts there are."""
        return len(self._ends) - 1

    def __getitem__(self, index: int) -> str:
        """Return the text at a position from 0."""
        text = self._bytes[self._ends[index] : self._ends[index + 1]]
        return text.decode("utf-8", "surrogatepass")
