"""Detects that a text file is not in the single-byte encoding that was named.

Such an encoding decodes almost any file, right or wrong. There are two signs of a wrong one: the
file is valid UTF-8, or there are implausible symbols between letters (`K±ty` for `Kąty`).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass

from bulk_update.records import Issue

_LIKELY = {"iso8859-2": "ISO 8859-2", "cp1250": "cp1250", "cp852": "cp852"}
"""The usual encodings of Polish files: Python's name and the name shown to people."""

_ALL_BYTES = bytes(range(256))
_FIRST_SURE = "\u00c0"
"""Earlier characters are `Â` and a symbol when their UTF-8 is misread, which could be intended."""
_PLAUSIBLE = frozenset(
    "\N{NO-BREAK SPACE}\N{SOFT HYPHEN}\N{MIDDLE DOT}\N{ACUTE ACCENT}\N{MULTIPLICATION SIGN}°™®«»€…•"
    "\u2013\u2014\u2018\u2019\u201a\u201c\u201d\u201e\u2039\u203a"  # dashes and quotes
)
"""Symbols that can occur between two letters."""
_POLISH = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ")
_MOST_WORDS = 50
_LONGEST_WORD = 20
_FIRST_SIGN = 0x80


def is_single_byte(codec: str) -> bool:
    """Return whether every byte is one character, and ASCII is unchanged."""
    if codec == "ascii":
        return True
    text = _ALL_BYTES.decode(codec, errors="replace")
    is_ascii_below = text[:_FIRST_SIGN] == _ALL_BYTES[:_FIRST_SIGN].decode("ascii")
    return len(text) == len(_ALL_BYTES) and is_ascii_below and text.count("\ufffd") < _FIRST_SIGN


def is_utf8(blocks: Iterable[bytes]) -> bool:
    """Return whether everything is valid UTF-8 and includes non-ASCII letters."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    has_letters = False
    try:
        for block in blocks:
            text = decoder.decode(block)
            has_letters = has_letters or (not text.isascii() and max(text) >= _FIRST_SURE)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return has_letters


class SignSearch:
    """Searches for words with a symbol between letters, as read in the named encoding."""

    def __init__(self, codec: str) -> None:
        self._codec = codec
        odd = bytes(byte for byte in range(_FIRST_SIGN, 256) if _is_odd(byte, codec))
        self._others = bytes(set(range(256)) - set(odd))
        self._odd = frozenset(odd.decode(codec))
        self._pattern = re.compile(f"[{re.escape(odd.decode(codec))}]") if odd else None
        self._words: dict[str, None] = {}

    def feed(self, block: bytes, text: str) -> None:
        """Search the next block, given as bytes and as text."""
        if self._pattern is None or not block.translate(None, self._others):
            return
        for found in self._pattern.finditer(text):
            if len(self._words) >= _MOST_WORDS:
                return
            if _is_between_letters(text, found.start()):
                self._words[_word_around(text, found.start())] = None

    def note(self, named: str) -> Issue | None:
        """Return the note for the user: an example, and how a likely encoding reads it."""
        readings = [
            reading
            for codec in _LIKELY
            if codec != self._codec and (reading := self._reading(codec))
        ]
        if not readings:
            return None
        best = max(readings, key=lambda reading: reading.score)
        return Issue(
            "odd-signs",
            {
                "text": best.word,
                "named": named,
                "reading": best.shown,
                "likely": _LIKELY[best.codec],
                "codec": best.codec,
            },
        )

    def _reading(self, codec: str) -> _Reading | None:
        """Return how an encoding reads the first word whose symbols it reads as letters."""
        first: tuple[str, str] | None = None
        score = 0
        for word in self._words:
            text = word.encode(self._codec).decode(codec, errors="replace")
            if all(new.isalpha() for old, new in zip(word, text, strict=True) if old in self._odd):
                first = first or (word, text)
                score += sum(1 if c in _POLISH else -1 for c in text if not c.isascii())
        return _Reading(codec, *first, score) if first and score > 0 else None


@dataclass(frozen=True, slots=True)
class _Reading:
    codec: str
    word: str
    shown: str
    score: int


def _is_odd(byte: int, codec: str) -> bool:
    try:
        character = bytes([byte]).decode(codec)
    except UnicodeDecodeError:
        return False
    return not character.isalpha() and character not in _PLAUSIBLE


def _is_between_letters(text: str, index: int) -> bool:
    return 0 < index < len(text) - 1 and text[index - 1].isalpha() and text[index + 1].isalpha()


def _word_around(text: str, index: int) -> str:
    start = end = index
    while start > 0 and index - start < _LONGEST_WORD and _is_of_word(text[start - 1]):
        start -= 1
    while end < len(text) and end - index < _LONGEST_WORD and _is_of_word(text[end]):
        end += 1
    return text[start:end]


def _is_of_word(character: str) -> bool:
    return character.isalpha() or (not character.isascii() and not character.isspace())
