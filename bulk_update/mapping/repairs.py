"""Repairs of YAML syntax errors: what the author of a broken line most likely meant.

Each check proposes corrected lines. A proposal is used only if it gets the parser further, so a
message never suggests a line that fails at the same place, and the rest of the file can be checked
in the same run. Repairs change lines but never add or remove any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from bulk_update.mapping.faults import Fault, Place, finding
from bulk_update.mapping.syntax import SyntaxFault, TooDeepError, events_of
from bulk_update.records import Issue

_MOST_PROPOSALS = 200
_MOST_PARSED = 1_000_000
"""Characters parsed for all proposals for one fault: each proposal parses the whole text."""

_LINES_ABOVE = 5
_MOST_STARTS, _MOST_ENDS = 6, 10
_INDICATORS = frozenset("%@`*&!|>,?-]}#")
"""Characters that an unquoted text cannot begin with, besides quotes and opening brackets."""
_CLOSERS = {"{": "}", "[": "]"}
_AFTER_TEXT = frozenset({"", ":", ",", "]", "}", "#"})
_BEFORE_TEXT = frozenset({"", " ", "[", "{", ",", ":"})
_PAIRED_QUOTES = "\u201e\u201c\u201d\u00ab\u00bb\u2033\u201f\u201a\u2018\u2019\u2039\u203a"
"""Typographic quotes: low, high and angle; double and single."""
_ANY_CLOSING_QUOTE = _PAIRED_QUOTES + "\"'"
_BULLETS = ("* ", "\u2022 ", "\u00b7 ", "\u2013 ", "\u2014 ")
_ESCAPES = frozenset('0abtnvfre"/\\N_LP \t')


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


def repair_of(text: str, broken: SyntaxFault) -> Repair | None:
    """Return the most likely repair of a syntax error, or None."""
    lines = text.splitlines()
    most = min(_MOST_PROPOSALS, _MOST_PARSED // len(text))
    proposals = islice(_proposals(lines, broken), most)
    return next((repair for repair in proposals if _helps(lines, broken, repair)), None)


def _proposals(lines: Sequence[str], broken: SyntaxFault) -> Iterator[Repair]:
    spots = list(_spots(lines, broken))
    for spot in spots:
        for check in _CERTAIN:
            yield from check(spot)
    for check in _GUESSES:
        for spot in spots:
            for repair in check(spot):
                yield replace(repair, is_guess=True)


def _helps(lines: Sequence[str], broken: SyntaxFault, repair: Repair) -> bool:
    """Return whether the parser gets further with the repaired lines."""
    repaired = RepairedText("\n".join(lines) + "\n")
    repaired.apply(repair.lines)
    try:
        for _ in events_of(repaired.text):
            pass
    except TooDeepError:
        return False
    except SyntaxFault as found:
        place, begin = repaired.original(found.place), repaired.original(found.begin)
        return place > broken.place or begin > broken.begin
    return True


@dataclass(frozen=True, slots=True)
class _Spot:
    """A possibly faulty line; `column` (from 0) is where the parser stopped, if in this line."""

    lines: Sequence[str]
    index: int
    column: int | None

    @property
    def line(self) -> str:
        return self.lines[self.index]

    @property
    def indent(self) -> int:
        return _indent(self.line)

    @property
    def start(self) -> int:
        """Where the line's text begins, after the dashes of list items."""
        start = self.indent
        while self.line.startswith("- ", start):
            start += 2 + _indent(self.line[start + 2 :])
        return start

    @property
    def value_start(self) -> int | None:
        """Where the value of the line's key, or of a list item, begins."""
        colon = self.line.find(": ", _end_of_quoted(self.line, self.start))
        if colon < 0:
            return self.start if self.start > self.indent else None
        return colon + 2 + _indent(self.line[colon + 2 :])

    @property
    def value(self) -> str:
        """The value of the line's key without a comment, or nothing."""
        return "" if self.value_start is None else _without_comment(self.line[self.value_start :])

    def with_value(self, value: str, *, start: int) -> str:
        """Return the line with another value of its key, which begins at `start`."""
        return f"{self.line[:start]}{value}{self.line[start + len(self.value) :]}"

    def repair(self, column: int, issue: Issue, line: str) -> Repair:
        """Propose a line; `column` counts from 0."""
        return Repair(Fault(Place(self.index + 1, column + 1), issue), {self.index + 1: line})


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _end_of_quoted(line: str, start: int) -> int:
    """Return the end of the quoted text that begins at `start`, or `start` if none does."""
    if line[start : start + 1] not in {'"', "'"}:
        return start
    end = line.find(line[start], start + 1)
    return end + 1 if end >= 0 else start


def _without_comment(value: str) -> str:
    if value[:1] in {'"', "'"}:
        end = value.find(" #", max(value.rfind(value[0]), 0))
    else:
        end = value.find(" #")
    return (value if end < 0 else value[:end]).rstrip()


def _quoted(text: str) -> str:
    """Return a text in quotes, of the kind that needs no escapes."""
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def _spots(lines: Sequence[str], broken: SyntaxFault) -> Iterator[_Spot]:
    """Yield the lines that may be faulty, the most likely first."""
    seen: set[int] = set()
    for place in (broken.place, broken.begin):
        index = place.line - 1
        if index < len(lines) and lines[index].strip() and index not in seen:
            seen.add(index)
            yield _Spot(lines, index, place.column - 1)
    above = [index for index in range(min(broken.place.line - 1, len(lines))) if index not in seen]
    near = [index for index in reversed(above) if lines[index].strip()][:_LINES_ABOVE]
    open_quotes = [index for index in reversed(above) if _has_open_quote(lines[index])]
    for index in dict.fromkeys((*near[:1], *open_quotes[:_LINES_ABOVE], *near)):
        yield _Spot(lines, index, None)


def _has_open_quote(line: str) -> bool:
    return bool(line.count('"') % 2 or line.count("'") % 2)


# --- common mistakes


def suspicious_indentation(text: str) -> Repair | None:
    """Find indentation with characters that YAML does not treat as spaces."""
    lines = text.splitlines()
    found = {
        number: " " * width + line[width:]
        for number, line in enumerate(lines, 1)
        if (width := len(line) - len(line.lstrip())) and line[:width].strip(" \t")
    }
    if not found:
        return None
    first = min(found)
    column = next(i for i, character in enumerate(lines[first - 1], 1) if character not in " \t")
    issue = finding("no-break-space", others=len(found) - 1)
    return Repair(Fault(Place(first, column), issue), found)


def _write(fault: Issue, text: str) -> Issue:
    """Return a finding with the text to write instead."""
    return finding("write", fault=fault, text=text)


def _tabs(spot: _Spot) -> Iterator[Repair]:
    if "\t" not in _white(spot.line):
        return
    indented = {i: line for i, line in enumerate(spot.lines, 1) if "\t" in _white(line)}
    issue = finding("tab", others=len(indented) - 1)
    first = min(indented)
    place = Place(first, indented[first].index("\t") + 1)
    for width in _widths(spot.lines, first - 1):
        lines = {
            number: _white(line).replace("\t", " " * width) + line[len(_white(line)) :]
            for number, line in indented.items()
        }
        yield Repair(Fault(place, issue), lines)


def _widths(lines: Sequence[str], index: int) -> Iterator[int]:
    """Yield how many spaces a TAB may stand for, judging by the lines above the first TAB."""
    tabs = _white(lines[index]).count("\t")
    above = next((line for line in reversed(lines[:index]) if line.strip()), "")
    wanted = _indent(above) + (2 if above.rstrip().endswith(":") else 0)
    if wanted and wanted % tabs == 0:
        yield wanted // tabs
    yield from (2, 4, 8)


def _white(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _bullets(spot: _Spot) -> Iterator[Repair]:
    begin = spot.line[spot.indent :]
    for bullet in _BULLETS:
        if begin.startswith(bullet):
            line = f"{spot.line[: spot.indent]}- {begin[len(bullet) :]}"
            yield spot.repair(spot.indent, finding("bullet"), line)


def _list_behind_key(spot: _Spot) -> Iterator[Repair]:
    start, value = spot.value_start, spot.value
    if start is not None and start > spot.start and value.startswith("- "):
        listed = f"[{value.removeprefix('- ').strip()}]"
        issue = finding("list-on-its-line", text=listed)
        yield spot.repair(start, issue, spot.with_value(listed, start=start))


def _indicators(spot: _Spot) -> Iterator[Repair]:
    start, value = spot.value_start, spot.value
    if start is not None and value[:1] in _INDICATORS and not value.startswith("- "):
        yield _in_quotes(spot, finding("mark-first", mark=value[0]), start=start)


def _in_quotes(spot: _Spot, why: Issue, *, start: int) -> Repair:
    shown = _quoted(spot.value)
    return spot.repair(start, _write(why, shown), spot.with_value(shown, start=start))


def _text_behind_quotes(spot: _Spot) -> Iterator[Repair]:
    start, value = spot.value_start, spot.value
    if start is None or value[:1] not in {'"', "'"} or not value[1:].count(value[0]):
        return
    end = value.index(value[0], 1) + 1
    if end == len(value):
        return
    if value.endswith(value[0]):
        inner = value[1:-1].replace("''", "'") if value[0] == "'" else value[1:-1]
        shown = _quoted(inner)
        issue = _write(finding("quote-inside"), shown)
        yield spot.repair(start + end - 1, issue, spot.with_value(shown, start=start))
    shown = _quoted(value)
    issue = _write(finding("after-quote"), shown)
    yield spot.repair(start + end, issue, spot.with_value(shown, start=start))


def _escapes(spot: _Spot) -> Iterator[Repair]:
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
        yield spot.repair(column, _write(finding("escape-begins"), first), line)


def _wrong_escape(text: str) -> int:
    index = 0
    while (index := text.find("\\", index)) >= 0:
        if text[index + 1 : index + 2] not in _ESCAPES:
            return index
        index += 2
    return -1


def _behind_brackets(spot: _Spot) -> Iterator[Repair]:
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


def _colon_in_text(spot: _Spot) -> Iterator[Repair]:
    start, value = spot.value_start, spot.value
    if (
        start is not None
        and value
        and value[0] not in "\"'[{"
        and (": " in value or value.endswith(":"))
    ):
        yield _in_quotes(spot, finding("colon-inside"), start=start)


def _open_quote(spot: _Spot) -> Iterator[Repair]:
    """Close a quote at the end of the value, before closing brackets, or before a comma."""
    for quote in "\"'":
        if spot.line.count(quote) % 2 == 0:
            continue
        at = _opening_quote(spot.line, quote)
        text = _without_comment(spot.line[at:]) if at >= 0 else ""
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


def _brackets(spot: _Spot) -> Iterator[Repair]:
    """Add the missing closing brackets, or replace a wrong one."""
    value = spot.value or _without_comment(spot.line[spot.start :])
    at = spot.start if spot.value_start is None else spot.value_start
    closers = ([""] + [closers for _, closers in _nesting(value)])[-1]
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


def _in_brackets(spot: _Spot) -> Iterator[Repair]:
    """Quote the bracketed item in which the parser stopped."""
    if spot.column is None or not {"{", "["} & set(spot.line):
        return
    line = spot.line
    for start in _item_starts(line, spot.column):
        ends = (i for i in range(start + 1, len(line) + 1) if line[i : i + 1] in ",]}")
        for end in islice(ends, _MOST_ENDS):
            text = line[start:end].rstrip()
            is_quoted = text[1:] != "" and text[0] == text[-1] and text[0] in "\"'"
            if _is_balanced(text) and (is_quoted or text[0] not in "\"'"):
                shown = _quoted(text[1:-1] if is_quoted else text)
                issue = _write(_why_quotes(text), shown)
                yield spot.repair(start, issue, f"{line[:start]}{shown}{line[end:]}")


def _item_starts(line: str, column: int) -> list[int]:
    """Return where items inside brackets may begin, the nearest before a column first."""
    starts = {
        index + _indent(line[index:])
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
    before, colon, _ = text.partition(": ")
    if colon and " " in before:
        return finding("comma-or-quotes", word=before.split(" ")[-1])
    return finding("colon-inside") if colon else finding("brackets-inside")


def _glued_colon(spot: _Spot) -> Iterator[Repair]:
    """Add the missing space after the colon of a line and of those above it."""
    yield from _together(spot, _spaced)


def _equals_sign(spot: _Spot) -> Iterator[Repair]:
    yield from _together(spot, _with_colon)


def _together(spot: _Spot, fix: Callable[[_Spot], Repair | None]) -> Iterator[Repair]:
    """Fix a line, or else all lines above with the same fault: YAML reads them as one text."""
    fixed: dict[int, str] = {}
    first: Repair | None = None
    for index in range(spot.index, -1, -1):
        repair = fix(_Spot(spot.lines, index, None))
        if repair is None:
            break
        fixed.update(repair.lines)
        if first is None:
            yield repair
        first = repair
    if first is not None and len(fixed) > 1:
        issue = finding("also-in", fault=first.fault.issue, others=len(fixed) - 1)
        yield Repair(Fault(first.fault.place, issue), fixed)


def _spaced(spot: _Spot) -> Repair | None:
    start = _end_of_quoted(spot.line, spot.start)
    colon = spot.line.find(":", start)
    if colon <= 0 or ": " in spot.line or not spot.line[colon + 1 :].strip():
        return None
    return spaced_colon(spot.lines, Place(spot.index + 1, spot.start + 1), colon + 1)


def _with_colon(spot: _Spot) -> Repair | None:
    key, _, value = spot.line.partition("=")
    if ":" in key or not key.strip() or not value.strip():
        return None
    line = f"{key.rstrip()}: {value.strip()}"
    return spot.repair(len(key), _write(finding("equals-sign"), line.strip()), line)


def spaced_colon(lines: Sequence[str], place: Place, column: int) -> Repair | None:
    """Return a repair that adds a space after a colon, or replaces a no-break space there."""
    line = lines[place.line - 1]
    after = line[column:]
    if after.startswith("//"):
        return None
    rest = after.lstrip()
    key = line[place.column - 1 : column]
    end = min((rest.find(mark) for mark in ",}]" if mark in rest), default=len(rest))
    shown = f"{key} {_without_comment(rest[:end])}"
    what = finding("no-break-after-colon" if after[:1].isspace() else "glued-colon")
    fault = Fault(Place(place.line, column), _write(what, shown))
    return Repair(fault, {place.line: f"{line[:column]} {rest}"})


def _key_in_quotes(spot: _Spot) -> Iterator[Repair]:
    colon = f"{spot.line} ".find(": ", spot.start)
    key = spot.line[spot.start : colon]
    if colon > 0 and key[:1] in _INDICATORS:
        shown = _quoted(key)
        issue = _write(finding("mark-first-in-key", mark=key[0]), shown)
        line = f"{spot.line[: spot.start]}{shown}{spot.line[colon:]}"
        yield spot.repair(spot.start, issue, line)


def _missing_colon(spot: _Spot) -> Iterator[Repair]:
    text = spot.line[spot.start :]
    if ":" in text or text[:1] in "#\"'[{]}." or spot.start > spot.indent:
        return
    word, _, rest = text.partition(" ")
    line = f"{spot.line[: spot.start]}{word}: {rest.strip()}".rstrip()
    yield spot.repair(spot.start, finding("no-colon"), line)


def _indentation(spot: _Spot) -> Iterator[Repair]:
    """Indent a line and its nested lines like one of the lines above."""
    found = spot.indent
    indents: dict[int, int] = {}
    for index in range(spot.index - 1, -1, -1):
        line = spot.lines[index]
        if line.strip() and not line.lstrip().startswith("#"):
            indents.setdefault(_indent(line), index + 1)
    for wanted, number in indents.items():
        if wanted == found:
            continue
        issue = (
            finding("line-has-value", line=number)
            if wanted < found and number == next(iter(indents.values()))
            else finding("indented", found=found, line=number, wanted=wanted)
        )
        place = Place(spot.index + 1, found + 1)
        yield Repair(Fault(place, issue), _shifted(spot, wanted - found))


def _shifted(spot: _Spot, by: int) -> dict[int, str]:
    lines: dict[int, str] = {}
    for index in range(spot.index, len(spot.lines)):
        line = spot.lines[index]
        if line.strip() and _indent(line) < spot.indent:
            break
        lines[index + 1] = " " * by + line if by > 0 else line[-by:] if line.strip() else line
    return lines


def replaced_equals_sign(lines: Sequence[str], place: Place) -> Repair | None:
    """Return a repair of a key inside brackets that is followed by `=`."""
    line, start = lines[place.line - 1], place.column - 1
    at = line.find("=", start)
    key, rest = line[start:at].rstrip(), line[at + 1 :].lstrip()
    if at < 0 or not key or not rest or rest[0] in ",]}":
        return None
    end = min((rest.find(mark) for mark in ",]}" if mark in rest), default=len(rest))
    issue = _write(finding("equals-sign"), f"{key}: {rest[:end].rstrip()}")
    fault = Fault(Place(place.line, at + 1), issue)
    return Repair(fault, {place.line: f"{line[:start]}{key}: {rest}"})


def quoted_mark(lines: Sequence[str], place: Place) -> Repair:
    """Return a repair of a value that is a single YAML indicator, such as a comma or a bar."""
    line, start = lines[place.line - 1], place.column - 1
    shown = _quoted(line[start])
    issue = _write(finding("mark-first", mark=line[start]), shown)
    return Repair(Fault(place, issue), {place.line: f"{line[:start]}{shown}{line[start + 1 :]}"})


def straightened(lines: Sequence[str], place: Place) -> Repair | None:
    """Return a repair of a text that begins with a typographic quote."""
    line, start = lines[place.line - 1], place.column - 1
    if line[start] not in _PAIRED_QUOTES:
        return None
    end = next((i for i in range(start + 1, len(line)) if line[i] in _ANY_CLOSING_QUOTE), 0)
    if not end or line[end + 1 :].lstrip()[:1] not in _AFTER_TEXT:
        return None
    shown = _quoted(line[start + 1 : end])
    issue = _write(finding("typographic", text=line[start : end + 1]), shown)
    return Repair(Fault(place, issue), {place.line: f"{line[:start]}{shown}{line[end + 1 :]}"})


_CERTAIN: tuple[Callable[[_Spot], Iterator[Repair]], ...] = (
    _tabs,
    _bullets,
    _list_behind_key,
    _indicators,
    _escapes,
    _text_behind_quotes,
    _behind_brackets,
    _colon_in_text,
    _open_quote,
    _brackets,
    _in_brackets,
    _glued_colon,
    _equals_sign,
    _key_in_quotes,
)
_GUESSES: tuple[Callable[[_Spot], Iterator[Repair]], ...] = (_missing_colon, _indentation)
