"""The lines around a syntax error, and the parts of a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bulk_update.mapping.faults import Fault, Place
from bulk_update.mapping.repaired_text import Repair
from bulk_update.mapping.syntax import SyntaxFault
from bulk_update.records import Issue

_LINES_ABOVE = 5


@dataclass(frozen=True, slots=True)
class Spot:
    """A possibly faulty line; `column` (from 0) is where the parser stopped, if in this line."""

    lines: Sequence[str]
    index: int
    column: int | None

    @property
    def line(self) -> str:
        """The line's text."""
        return self.lines[self.index]

    @property
    def indent(self) -> int:
        """The number of spaces that the line begins with."""
        return indent_of(self.line)

    @property
    def start(self) -> int:
        """Where the line's text begins, after the dashes of list items."""
        start = self.indent
        while self.line.startswith("- ", start):
            start += 2 + indent_of(self.line[start + 2 :])
        return start

    @property
    def value_start(self) -> int | None:
        """Where the value of the line's key, or of a list item, begins."""
        colon = self.line.find(": ", end_of_quoted(self.line, self.start))
        if colon < 0:
            return self.start if self.start > self.indent else None
        return colon + 2 + indent_of(self.line[colon + 2 :])

    @property
    def value(self) -> str:
        """The value of the line's key without a comment, or nothing."""
        return "" if self.value_start is None else without_comment(self.line[self.value_start :])

    def with_value(self, value: str, *, start: int) -> str:
        """Return the line with another value of its key, which begins at `start`."""
        return f"{self.line[:start]}{value}{self.line[start + len(self.value) :]}"

    def repair(self, column: int, issue: Issue, line: str) -> Repair:
        """Propose a line; `column` counts from 0."""
        return Repair(Fault(Place(self.index + 1, column + 1), issue), {self.index + 1: line})


def indent_of(line: str) -> int:
    """Return the number of spaces that a line begins with."""
    return len(line) - len(line.lstrip(" "))


def end_of_quoted(line: str, start: int) -> int:
    """Return the end of the quoted text that begins at `start`, or `start` if none does."""
    if line[start : start + 1] not in {'"', "'"}:
        return start
    end = line.find(line[start], start + 1)
    return end + 1 if end >= 0 else start


def without_comment(value: str) -> str:
    """Return a value without the comment after it."""
    if value[:1] in {'"', "'"}:
        end = value.find(" #", max(value.rfind(value[0]), 0))
    else:
        end = value.find(" #")
    return (value if end < 0 else value[:end]).rstrip()


def with_quotes(text: str) -> str:
    """Return a text in quotes, of the kind that needs no escapes."""
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def spots_of(lines: Sequence[str], broken: SyntaxFault) -> Iterator[Spot]:
    """Yield the lines that may be faulty, the most likely first."""
    seen: set[int] = set()
    for place in (broken.place, broken.begin):
        index = place.line - 1
        if index < len(lines) and lines[index].strip() and index not in seen:
            seen.add(index)
            yield Spot(lines, index, place.column - 1)
    above = [index for index in range(min(broken.place.line - 1, len(lines))) if index not in seen]
    near = [index for index in reversed(above) if lines[index].strip()][:_LINES_ABOVE]
    open_quotes = [index for index in reversed(above) if _has_open_quote(lines[index])]
    for index in dict.fromkeys((*near[:1], *open_quotes[:_LINES_ABOVE], *near)):
        yield Spot(lines, index, None)


def _has_open_quote(line: str) -> bool:
    return bool(line.count('"') % 2 or line.count("'") % 2)
