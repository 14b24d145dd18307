"""Mistakes in quotes and brackets: each check proposes corrected lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from bulk_update.mapping.broken_lines import (
    Spot,
    indent_of,
    with_quotes,
    without_comment,
)
from bulk_update.mapping.faults import Fault, Place, finding, write_instead
from bulk_update.mapping.repaired_text import Repair
from bulk_update.records import Issue

_INDICATORS = frozenset("%@`*&!|>,?-]}#")
"""Characters that an unquoted text cannot begin with, besides quotes and opening brackets."""

_CLOSERS = {"{": "}", "[": "]"}
_AFTER_TEXT = frozenset({"", ":", ",", "]", "}", "#"})
_BEFORE_TEXT = frozenset({"", " ", "[", "{", ",", ":"})
_PAIRED_QUOTES = "\u201e\u201c\u201d\u00ab\u00bb\u2033\u201f\u201a\u2018\u2019\u2039\u203a"
"""Typographic quotes: low, high and angle; double and single."""

_ANY_CLOSING_QUOTE = _PAIRED_QUOTES + "\"'"
_ESCAPES = frozenset('0abtnvfre"/\\N_LP \t')
_MOST_STARTS, _MOST_ENDS = 6, 10


def indicators(spot: Spot) -> Iterator[Repair]:
    """Quote a value that begins with a character that has a meaning in YAML."""
    start, value = spot.value_start, spot.value
    if start is not None and value[:1] in _INDICATORS and not value.startswith("- "):
        yield _in_quotes(spot, finding("mark-first", mark=value[0]), start=start)


def _in_quotes(spot: Spot, why: Issue, *, start: int) -> Repair:
    shown = with_quotes(spot.value)
    return spot.repair(start, write_instead(why, shown), spot.with_value(shown, start=start))


def text_behind_quotes(spot: Spot) -> Iterator[Repair]:
    """Quote the whole of a value that goes on after its closing quote."""
    start, value = spot.value_start, spot.value
    if start is None or value[:1] not in {'"', "'"} or not value[1:].count(value[0]):
        return
    end = value.index(value[0], 1) + 1
    if end == len(value):
        return
    if value.endswith(value[0]):
        inner = value[1:-1].replace("''", "'") if value[0] == "'" else value[1:-1]
        shown = with_quotes(inner)
        issue = write_instead(finding("quote-inside"), shown)
        yield spot.repair(start + end - 1, issue, spot.with_value(shown, start=start))
    shown = with_quotes(value)
    issue = write_instead(finding("after-quote"), shown)
    yield spot.repair(start + end, issue, spot.with_value(shown, start=start))


def escapes(spot: Spot) -> Iterator[Repair]:
    r"""Change double quotes around texts with a literal `\` to single quotes."""
    parts = spot.line.split('"')
    changed, column, first = list(parts), -1, ""
    for index in range(1, len(parts) - 1, 2):
        wrong = _wrong_escape(parts[index])
        if wrong < 0:
            continue
        shown = "'" + parts[index].replace("\\\\", "\\").replace("'", "''") + "'"
        changed[index] = f"\0{shown}\0"
        if column < 0:
            column = len('"'.join(parts[:index])) + 1 + wrong
            first = shown
    if column >= 0:
        line = '"'.join(changed).replace('"\0', "").replace('\0"', "")
        yield spot.repair(column, write_instead(finding("escape-begins"), first), line)


def _wrong_escape(text: str) -> int:
    index = 0
    while (index := text.find("\\", index)) >= 0:
        if text[index + 1 : index + 2] not in _ESCAPES:
            return index
        index += 2
    return -1


def behind_brackets(spot: Spot) -> Iterator[Repair]:
    """Remove, or quote, what follows the closing bracket of a value."""
    start, value = spot.value_start, spot.value
    end = _end_of_brackets(value)
    if start is None or not end or end == len(value):
        return
    rest = value[end:].strip()
    at = start + end
    if not rest.strip("]}"):
        issue = finding("closes-nothing", mark=rest[0], text=rest)
        yield spot.repair(at, issue, spot.with_value(value[:end], start=start))
    elif value[end] == " ":
        issue = finding("after-bracket", mark=value[end - 1], text=rest)
        yield spot.repair(at + 1, issue, spot.with_value(value[:end], start=start))
    else:
        yield _in_quotes(spot, finding("mark-first", mark=value[0]), start=start)


def _end_of_brackets(value: str) -> int:
    """Return where the brackets at the beginning of the value are closed, or 0."""
    if value[:1] not in _CLOSERS:
        return 0
    return next((end for end, closers in _nesting(value) if not closers), 0)


def _nesting(value: str) -> Iterator[tuple[int, str]]:
    """Yield the position after each bracket, with the closing brackets still missing there."""
    closers, quote = "", ""
    for index, character in enumerate(value):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and value[index - 1 : index] in _BEFORE_TEXT:
            quote = character
        elif character in _CLOSERS:
            closers = _CLOSERS[character] + closers
            yield index + 1, closers
        elif closers and character == closers[0]:
            closers = closers[1:]
            yield index + 1, closers


def _missing_closers(value: str) -> str:
    return ([""] + [closers for _, closers in _nesting(value)])[-1]


def colon_in_text(spot: Spot) -> Iterator[Repair]:
    """Quote a value that contains a colon and a space."""
    start, value = spot.value_start, spot.value
    if (
        start is not None
        and value
        and value[0] not in "\"'[{"
        and (": " in value or value.endswith(":"))
    ):
        yield _in_quotes(spot, finding("colon-inside"), start=start)


def open_quote(spot: Spot) -> Iterator[Repair]:
    """Close a quote at the end of the value, before closing brackets, or before a comma."""
    for quote in "\"'":
        if spot.line.count(quote) % 2 == 0:
            continue
        at = _opening_quote(spot.line, quote)
        text = without_comment(spot.line[at:]) if at >= 0 else ""
        if not text[1:]:
            continue
        issue = finding("quote-to-close", mark=quote)
        bare = text.rstrip("]}")
        ends = [text.find(":")] if at == spot.start and ":" in text else []
        ends += [len(bare)] if bare != text else []
        ends += [text.find(mark, 1) for mark in ",}]" if text.find(mark, 1) > 0]
        for end in dict.fromkeys((*ends, len(text))):
            line = f"{spot.line[: at + end]}{quote}{spot.line[at + end :]}"
            yield spot.repair(at, issue, line)


def _opening_quote(line: str, quote: str) -> int:
    """Return where the last text in this kind of quote begins."""
    return max(line.rfind(before + quote) for before in (" ", "[", "{", ",", "\t")) + 1 or (
        0 if line.startswith(quote) else -1
    )


def brackets(spot: Spot) -> Iterator[Repair]:
    """Add the missing closing brackets, or replace a wrong one."""
    value = spot.value or without_comment(spot.line[spot.start :])
    at = spot.start if spot.value_start is None else spot.value_start
    closers = _missing_closers(value)
    rest = spot.line[at + len(value) :]
    last = value[-1:]
    if closers and last in "]}":
        opener = _opener_of(closers[0])
        issue = finding("wrong-bracket", mark=last, opener=opener, closer=closers[0])
        line = f"{spot.line[:at]}{value[:-1]}{closers}{rest}"
        yield spot.repair(at + len(value) - 1, issue, line)
    if closers:
        opener = _opener_of(closers[-1])
        issue = finding("bracket-to-close", opener=opener, closers=closers)
        line = f"{spot.line[:at]}{value.rstrip(',')}{closers}{rest}"
        yield spot.repair(at + value.index(opener), issue, line)


def _opener_of(closer: str) -> str:
    return next(opener for opener, its in _CLOSERS.items() if its == closer)


def in_brackets(spot: Spot) -> Iterator[Repair]:
    """Quote the bracketed item in which the parser stopped."""
    if spot.column is not None and {"{", "["} & set(spot.line):
        yield from _quoted_items(spot, spot.column)


def comment_in_brackets(spot: Spot) -> Iterator[Repair]:
    """Quote a bracketed item with a `#` that would begin a comment before the closing bracket."""
    column = spot.line.find(" #")
    if column >= 0 and _missing_closers(spot.line[:column]):
        yield from _quoted_items(spot, column + 1)


def _quoted_items(spot: Spot, column: int) -> Iterator[Repair]:
    """Yield repairs that quote an item inside brackets, the nearest before a column first."""
    line = spot.line
    for start in _item_starts(line, column):
        ends = (i for i in range(start + 1, len(line) + 1) if line[i : i + 1] in ",]}")
        for end in islice(ends, _MOST_ENDS):
            text = line[start:end].rstrip()
            if not text:  # a TAB before a comma
                continue
            is_quoted = text[1:] != "" and text[0] == text[-1] and text[0] in "\"'"
            if _is_balanced(text) and (is_quoted or text[0] not in "\"'"):
                shown = with_quotes(text[1:-1] if is_quoted else text)
                issue = write_instead(_why_quotes(text), shown)
                yield spot.repair(start, issue, f"{line[:start]}{shown}{line[end:]}")


def _item_starts(line: str, column: int) -> list[int]:
    """Return where items inside brackets may begin, the nearest before a column first."""
    starts = {
        index + indent_of(line[index:])
        for index in range(1, column + 1)
        if line[index - 1] in "[," or line[max(index - 2, 0) : index] == ": "
    }
    near = sorted((start for start in starts if start < len(line)), reverse=True)
    return near[:_MOST_STARTS]


def _is_balanced(text: str) -> bool:
    return all(text.count(opener) == text.count(closer) for opener, closer in _CLOSERS.items())


def _why_quotes(text: str) -> Issue:
    if text[0] in "\"'":
        return finding("quote-inside")
    if text[0] in _INDICATORS or text[0] in _CLOSERS:
        return finding("mark-first", mark=text[0])
    if " #" in text:
        return finding("comment-inside")
    before, colon, _ = text.partition(": ")
    if colon and " " in before:
        return finding("comma-or-quotes", word=before.split(" ")[-1])
    return finding("colon-inside") if colon else finding("brackets-inside")


def key_in_quotes(spot: Spot) -> Iterator[Repair]:
    """Quote a key that begins with a character that has a meaning in YAML."""
    colon = f"{spot.line} ".find(": ", spot.start)
    key = spot.line[spot.start : colon]
    if colon > 0 and key[:1] in _INDICATORS:
        shown = with_quotes(key)
        issue = write_instead(finding("mark-first-in-key", mark=key[0]), shown)
        line = f"{spot.line[: spot.start]}{shown}{spot.line[colon:]}"
        yield spot.repair(spot.start, issue, line)


def quoted_mark(lines: Sequence[str], place: Place) -> Repair:
    """Return a repair of a value that is a single YAML indicator, such as a comma or a bar."""
    line, start = lines[place.line - 1], place.column - 1
    shown = with_quotes(line[start])
    issue = write_instead(finding("mark-first", mark=line[start]), shown)
    return Repair(Fault(place, issue), {place.line: f"{line[:start]}{shown}{line[start + 1 :]}"})


def straightened(lines: Sequence[str], place: Place) -> Repair | None:
    """Return a repair of a text that begins with a typographic quote."""
    line, start = lines[place.line - 1], place.column - 1
    if start >= len(line) or line[start] not in _PAIRED_QUOTES:
        return None
    end = next((i for i in range(start + 1, len(line)) if line[i] in _ANY_CLOSING_QUOTE), 0)
    if not end or line[end + 1 :].lstrip()[:1] not in _AFTER_TEXT:
        return None
    shown = with_quotes(line[start + 1 : end])
    issue = write_instead(finding("typographic", text=line[start : end + 1]), shown)
    return Repair(Fault(place, issue), {place.line: f"{line[:start]}{shown}{line[end + 1 :]}"})
