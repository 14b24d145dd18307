"""Lines of a given width on a terminal, where characters may be wide or of no width."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, TextIO

import click

from bulk_update.printable import printable

COLUMNS = 80
"""The width that fits every terminal and e-mail."""

_LEAST_COLUMNS = 40
"""Narrower terminals break the lines."""

_CUT = "…"


class Tone(StrEnum):
    """The meaning of a part of a line, which determines its colour."""

    GOOD = "green"
    BAD = "red"
    DOUBTFUL = "yellow"
    PLAIN = ""


class Span(NamedTuple):
    """A part of a line."""

    text: str
    tone: Tone = Tone.PLAIN


Line = tuple[Span, ...]

BLANK: Line = ()


def line_of(text: str, tone: Tone = Tone.PLAIN) -> Line:
    """Return a line that consists of one part."""
    return (Span(text, tone),)


def text_of(lines: Iterable[Line], *, colour: bool = False) -> str:
    """Return lines as text that is safe for terminals."""
    return "\n".join("".join(_painted(span, colour=colour) for span in line) for line in lines)


def takes_colour(stream: TextIO) -> bool:
    """Return whether a stream is a terminal with colours, and `NO_COLOR` is not set."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and stream.isatty()


def columns_of(stream: TextIO) -> int:
    """Return how many columns to use: those of a narrow terminal, or the usual number."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0
    except (OSError, ValueError):  # no terminal after all, or a stream without a descriptor
        columns = 0
    return max(_LEAST_COLUMNS, min(columns, COLUMNS)) if columns else COLUMNS


def _painted(span: Span, *, colour: bool) -> str:
    text = printable(span.text)
    return click.style(text, fg=span.tone.value) if colour and span.tone else text


def width_of(text: str) -> int:
    """Return how many terminal columns a text occupies (Unicode Standard Annex 11)."""
    return len(text) if text.isascii() else sum(map(_width_of_one, text))


@lru_cache(maxsize=4096)
def _width_of_one(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def padded(text: str, columns: int) -> str:
    """Pad a text with spaces to this many columns."""
    return text + " " * (columns - width_of(text))


def clipped(text: str, columns: int) -> str:
    """Shorten a text to this many columns; an omitted part becomes `…`."""
    if width_of(text) <= columns:
        return text
    return _beginning(text, columns - 1) + _CUT


def abridged(text: str, columns: int) -> str:
    """Shorten a text to this many columns like `clipped`, but in its middle."""
    if width_of(text) <= columns:
        return text
    end = columns // 2
    return _beginning(text, columns - end - 1) + _CUT + _beginning(text[::-1], end)[::-1]


def wrapped(text: str, columns: int, *, most: int | None = None) -> list[str]:
    """Break a text into lines between words; words longer than a line are broken, too.

    If there are more than `most` lines, the last one ends with `…` for the omitted part.
    """
    lines = list(_lines(printable(text), columns))
    if most is None or len(lines) <= most:
        return lines
    return [*lines[: most - 1], clipped(f"{lines[most - 1]} {lines[most]}", columns)]


def _lines(text: str, columns: int) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if width_of(joined) <= columns:
            line = joined
            continue
        if line:
            yield line
        *full, line = pieces(word, columns)
        yield from full
    yield line


def pieces(word: str, columns: int) -> list[str]:
    """Break a word into parts of at most this many columns."""
    found = []
    while width_of(word) > columns:
        part = _beginning(word, columns) or word[0]
        found.append(part)
        word = word[len(part) :]
    return [*found, word]


def _beginning(text: str, columns: int) -> str:
    """Return as much of a text as fits, including characters that combine with the last one."""
    taken = 0
    for index, character in enumerate(text):
        taken += _width_of_one(character)
        if taken > columns:
            return text[:index]
    return text


def hanging(first: str, text: str, *, columns: int = COLUMNS, most: int | None = None) -> list[str]:
    """Return a text after a label, wrapped with a hanging indent."""
    indent = width_of(first)
    lines = wrapped(text, columns - indent, most=most)
    return [f"{first}{lines[0]}", *(" " * indent + line for line in lines[1:])]
