"""Texts in a workbook: pieces with styles of their own, and the table that cells share."""

from __future__ import annotations

import zipfile
from collections.abc import Callable

from bulk_update.readers.workbook_cells import unescaped
from bulk_update.readers.workbook_xml import Attributes, Listener, read_whole


class RichText:
    """Collects the pieces (`t`) of one text, without phonetic hints (`rPh`).

    ECMA-376, part 1, 18.4.8 (si) and 18.3.1.53 (is).
    """

    def __init__(self) -> None:
        self.characters: list[str] = []
        self.starts: dict[str, Callable[[Attributes], None]] = {
            "t": self.begin_piece,
            "rPh": self._begin_phonetic,
        }
        self.ends: dict[str, Callable[[], None]] = {
            "t": self._end_piece,
            "rPh": self._end_phonetic,
        }
        self._pieces: list[str] = []
        self._is_phonetic = False

    def begin(self, _: Attributes | None = None) -> None:
        """Forget the text before."""
        self._pieces.clear()

    def begin_piece(self, _: Attributes) -> None:
        """Forget the characters before: spaces between elements are none of a text's."""
        self.characters.clear()

    def whole(self) -> str:
        """Return the text since `begin`."""
        return unescaped("".join(self._pieces))

    def _end_piece(self) -> None:
        if not self._is_phonetic:
            self._pieces.append("".join(self.characters))

    def _begin_phonetic(self, _: Attributes) -> None:
        self._is_phonetic = True

    def _end_phonetic(self) -> None:
        self._is_phonetic = False


def shared_strings(archive: zipfile.ZipFile, part: str) -> list[str]:
    """Return the texts that cells refer to by their position."""
    strings: list[str] = []
    text = RichText()

    def end() -> None:
        strings.append(text.whole())

    starts = {"si": text.begin, **text.starts}
    read_whole(archive, part, Listener(starts, {"si": end, **text.ends}, text.characters.append))
    return strings
