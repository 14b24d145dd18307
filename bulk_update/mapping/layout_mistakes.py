"""Mistakes in indentation, lists and colons: each check proposes corrected lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bulk_update.mapping.broken_lines import Spot, end_of_quoted, indent_of, without_comment
from bulk_update.mapping.faults import Fault, Place, finding, write_instead
from bulk_update.mapping.repaired_text import Repair

_BULLETS = ("* ", "\u2022 ", "\u00b7 ", "\u2013 ", "\u2014 ")


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


def tabs(spot: Spot) -> Iterator[Repair]:
    """Replace the TABs of all indented lines by spaces."""
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
    wanted = indent_of(above) + (2 if above.rstrip().endswith(":") else 0)
    if wanted and wanted % tabs == 0:
        yield wanted // tabs
    yield from (2, 4, 8)


def _white(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def bullets(spot: Spot) -> Iterator[Repair]:
    """Replace a typographic bullet by a hyphen."""
    begin = spot.line[spot.indent :]
    for bullet in _BULLETS:
        if begin.startswith(bullet):
            line = f"{spot.line[: spot.indent]}- {begin[len(bullet) :]}"
            yield spot.repair(spot.indent, finding("bullet"), line)


def list_behind_key(spot: Spot) -> Iterator[Repair]:
    """Write a list that begins behind its key in brackets."""
    start, value = spot.value_start, spot.value
    if start is not None and start > spot.start and value.startswith("- "):
        listed = f"[{value.removeprefix('- ').strip()}]"
        issue = finding("list-on-its-line", text=listed)
        yield spot.repair(start, issue, spot.with_value(listed, start=start))


def glued_colon(spot: Spot) -> Iterator[Repair]:
    """Add the missing space after the colon of a line and of those above it."""
    yield from _together(spot, _spaced)


def equals_sign(spot: Spot) -> Iterator[Repair]:
    """Replace the `=` after the key of a line and of those above it by a colon."""
    yield from _together(spot, _with_colon)


def _together(spot: Spot, fix: Callable[[Spot], Repair | None]) -> Iterator[Repair]:
    """Fix a line, or else all lines above with the same fault: YAML reads them as one text."""
    fixed: dict[int, str] = {}
    first: Repair | None = None
    for index in range(spot.index, -1, -1):
        repair = fix(Spot(spot.lines, index, None))
        if repair is None:
            break
        fixed.update(repair.lines)
        if first is None:
            yield repair
        first = repair
    if first is not None and len(fixed) > 1:
        issue = finding("also-in", fault=first.fault.issue, others=len(fixed) - 1)
        yield Repair(Fault(first.fault.place, issue), fixed)


def _spaced(spot: Spot) -> Repair | None:
    start = end_of_quoted(spot.line, spot.start)
    colon = spot.line.find(":", start)
    if colon <= 0 or ": " in spot.line or not spot.line[colon + 1 :].strip():
        return None
    return spaced_colon(spot.lines, Place(spot.index + 1, spot.start + 1), colon + 1)


def _with_colon(spot: Spot) -> Repair | None:
    key, _, value = spot.line.partition("=")
    if ":" in key or not key.strip() or not value.strip():
        return None
    line = f"{key.rstrip()}: {value.strip()}"
    return spot.repair(len(key), write_instead(finding("equals-sign"), line.strip()), line)


def spaced_colon(lines: Sequence[str], place: Place, column: int) -> Repair | None:
    """Return a repair that adds a space after a colon, or replaces a no-break space there."""
    line = lines[place.line - 1]
    after = line[column:]
    if after.startswith("//"):
        return None
    rest = after.lstrip()
    key = line[place.column - 1 : column]
    end = min((rest.find(mark) for mark in ",}]" if mark in rest), default=len(rest))
    shown = f"{key} {without_comment(rest[:end])}"
    what = finding("no-break-after-colon" if after[:1].isspace() else "glued-colon")
    fault = Fault(Place(place.line, column), write_instead(what, shown))
    return Repair(fault, {place.line: f"{line[:column]} {rest}"})


def replaced_equals_sign(lines: Sequence[str], place: Place) -> Repair | None:
    """Return a repair of a key inside brackets that is followed by `=`."""
    line, start = lines[place.line - 1], place.column - 1
    at = line.find("=", start)
    key, rest = line[start:at].rstrip(), line[at + 1 :].lstrip()
    if at < 0 or not key or not rest or rest[0] in ",]}":
        return None
    end = min((rest.find(mark) for mark in ",]}" if mark in rest), default=len(rest))
    issue = write_instead(finding("equals-sign"), f"{key}: {rest[:end].rstrip()}")
    fault = Fault(Place(place.line, at + 1), issue)
    return Repair(fault, {place.line: f"{line[:start]}{key}: {rest}"})


def missing_colon(spot: Spot) -> Iterator[Repair]:
    """Add a colon after the first word."""
    text = spot.line[spot.start :]
    if ":" in text or text[:1] in "#\"'[{]}." or spot.start > spot.indent:
        return
    word, _, rest = text.partition(" ")
    line = f"{spot.line[: spot.start]}{word}: {rest.strip()}".rstrip()
    yield spot.repair(spot.start, finding("no-colon"), line)


def indentation(spot: Spot) -> Iterator[Repair]:
    """Indent a line and its nested lines like one of the lines above."""
    found = spot.indent
    indents: dict[int, int] = {}
    for index in range(spot.index - 1, -1, -1):
        line = spot.lines[index]
        if line.strip() and not line.lstrip().startswith("#"):
            indents.setdefault(indent_of(line), index + 1)
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


def _shifted(spot: Spot, by: int) -> dict[int, str]:
    lines: dict[int, str] = {}
    for index in range(spot.index, len(spot.lines)):
        line = spot.lines[index]
        if line.strip() and indent_of(line) < spot.indent:
            break
        lines[index + 1] = " " * by + line if by > 0 else line[-by:] if line.strip() else line
    return lines
