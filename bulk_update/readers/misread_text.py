"""Detects text that another program decoded with a wrong encoding before it saved the file.

`GdaĹ„sk` is the UTF-8 of `Gdańsk`, decoded as cp1250. The file itself may then be valid UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

from bulk_update.records import Issue

_WRONG_CODECS = ("cp1250", "cp1252")
_LETTERS = "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ"
_TYPED_AFTER_A_LETTER = frozenset("…“”")
"""Punctuation that people put after any letter."""


def _sequences() -> Iterator[tuple[str, str]]:
    """Yield what programs make of the UTF-8 of Polish letters, and these letters."""
    for letter in _LETTERS:
        for codec in _WRONG_CODECS:
            found = letter.encode().decode(codec, errors="replace")
            if found[-1] not in _TYPED_AFTER_A_LETTER and "\ufffd" not in found:
                yield found, letter


_READINGS = dict(_sequences())
_FIRST = frozenset(found[0] for found in _READINGS)
_MISREAD = re.compile(f"[{''.join(sorted(_FIRST))}].")
_LONGEST_WORD = 20


class MisreadSearch:
    """Searches decoded text for the first word with Polish letters that were misread."""

    def __init__(self) -> None:
        self._word = ""

    def feed(self, text: str) -> None:
        """Search the next block."""
        if self._word or text.isascii() or not any(first in text for first in _FIRST):
            return
        for found in _MISREAD.finditer(text):
            if found[0] in _READINGS:
                self._word = _word_around(text, found.start())
                return

    def note(self) -> Issue | None:
        """Return the note for the user: the word, and what was meant."""
        if not self._word:
            return None
        reading = _MISREAD.sub(lambda found: _READINGS.get(found[0], found[0]), self._word)
        return Issue("misread-text", {"text": self._word, "reading": reading})


def _word_around(text: str, index: int) -> str:
    before = takewhile(_is_of_word, reversed(text[max(0, index - _LONGEST_WORD) : index]))
    after = takewhile(_is_of_word, text[index : index + _LONGEST_WORD])
    return "".join(before)[::-1] + "".join(after)


def _is_of_word(character: str) -> bool:
    return character.isalpha() or (not character.isascii() and not character.isspace())
