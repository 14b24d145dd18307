"""A text with repaired lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bulk_update.mapping.faults import Fault, Place


@dataclass(frozen=True, slots=True)
class Repair:
    """A fault and its corrected lines by number; a guess may be wrong."""

    fault: Fault
    lines: Mapping[int, str]
    is_guess: bool = False


class RepairedText:
    """A text with replaced lines; it maps places back to the original."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines(keepends=True)
        self._edits: dict[int, list[tuple[int, int, int]]] = {}

    @property
    def text(self) -> str:
        """The text with all repairs."""
        return "".join(self._lines)

    def apply(self, lines: Mapping[int, str]) -> None:
        """Replace lines, by number."""
        for number, new in lines.items():
            old = self._lines[number - 1]
            body = old.rstrip("\r\n\x85\u2028\u2029")
            self._edits.setdefault(number, []).append(_difference(body, new))
            self._lines[number - 1] = new + old[len(body) :]

    def original(self, place: Place) -> Place:
        """Return the place in the original of a place in the repaired text."""
        column = place.column
        for start, removed, added in reversed(self._edits.get(place.line, [])):
            if column > start:
                column = max(start, column - added + removed)
        return Place(place.line, column)


def _difference(old: str, new: str) -> tuple[int, int, int]:
    """Return the column where two lines begin to differ, and the length of each difference."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return start + 1, len(old) - start - end, len(new) - start - end
