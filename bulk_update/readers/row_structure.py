"""Checks the structure of rows, and which deviations to tolerate.

A row may lack unused cells at its end, and may have extra blank cells: neither can shift a value
into another column.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise

from bulk_update.columns import WITHOUT_WIDTH, column_key
from bulk_update.readers.headers import Header, unguarded
from bulk_update.records import Issue

_NOTE = re.compile("([0-9]{1,9}) of [0-9]{1,9} cells")
"""The note in `failed.csv` after a row that has fewer cells than the header."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_INVISIBLE = re.compile("[\x80-\x9f]")
_DIGITS = re.compile(r"\s*[-+]?[0-9][0-9 .\u00a0\u202f]*")
_FRACTION = re.compile(r"[0-9]+\s*")
_ROW_COUNT = re.compile(r"\s*\(?[0-9]+ (rows?|records?|wiersz|rekord)", re.IGNORECASE)
"""The last line of exports from SQL tools: `(2 rows affected)`."""

_DASHES = "\\-\u2010-\u2015\u2212\u2500\u2501\u2550"
_RULE = re.compile(f"[+|\\s]*[{_DASHES}][{_DASHES}+|\\s]*")
"""A line of dashes, as below the header of a table drawn with characters."""

_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))
_ENOUGH_ROWS = 2
_SHOWN_NAMES = 3
_BETWEEN = "\x1e"
_BEGINS_LIKE_RULE = re.compile(f"{_BETWEEN}[^\\S{_BETWEEN}]*[{_DASHES}+|]")
"""`\\s` alone would match the separator, which is white space too."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The cells that a row should have.

    `used` are the positions of the mapped columns, in ascending order. `delimiter` is that of a
    text file; it is empty for a sheet, whose cells cannot shift.
    """

    header: Header
    used: Sequence[int]
    delimiter: str = ""

    @property
    def least_width(self) -> int:
        """The minimum number of cells of a row: up to the last one that is used."""
        return self.used[-1] + 1 if self.used else 0

    @property
    def most_width(self) -> int:
        """The maximum number of filled cells; in a failed file, further ones made a row ragged."""
        return self.header.named_width if self.header.is_failed_csv else self.header.width


@dataclass(slots=True)
class RowCount:
    """The number of rows of a kind, and the first of them."""

    rows: int = 0
    first: int = 0

    def add(self, number: int) -> None:
        """Count a row."""
        self.first = self.first or number
        self.rows += 1


@dataclass(slots=True)
class Tolerated:
    """The tolerated deviations in a file's rows; `widths` are all numbers of cells found."""

    short: RowCount = field(default_factory=RowCount)
    surplus: RowCount = field(default_factory=RowCount)
    widths: set[int] = field(default_factory=set)

    def notes(self) -> Iterator[Issue]:
        """Yield the notes for the user."""
        for code, count in (("short-rows", self.short), ("surplus-cells", self.surplus)):
            if count.rows:
                yield Issue(code, {"count": count.rows, "row": count.first})


def split_header(layout: Layout, tolerated: Tolerated) -> Issue | None:
    """Return which names seem to be parts of one name that contains the delimiter, or None.

    This is possible only if all rows have the same number of cells, and fewer than the header. A
    name with an open bracket is then proof enough. Without one, there must be at least two rows,
    and used columns must be able to have moved.
    """
    header, widths = layout.header, tolerated.widths
    if header.is_failed_csv or len(widths) != 1 or min(widths) >= header.named_width:
        return None
    for one, other in pairwise(header.names):
        if any(one.count(a) > one.count(b) and b in other for a, b in _BRACKETS):
            return Issue("input", {"one": one, "other": other}, "parts-of-a-name")
    may_have_moved = len(set(layout.used)) < layout.least_width
    if tolerated.short.rows < _ENOUGH_ROWS or not may_have_moved:
        return None
    unused = set(range(layout.least_width)) - set(layout.used)
    names = tuple(f'"{header.names[index]}"' for index in sorted(unused)[:_SHOWN_NAMES])
    return Issue("input", {"names": names}, "part-of-a-name")


def fitted(
    rows: list[list[str]], numbers: Sequence[int], layout: Layout, tolerated: Tolerated
) -> tuple[list[list[str]], list[list[str]], dict[int, Issue]]:
    """Return the rows at the header's width, the rows for `failed.csv`, and the faults by row.

    A row that does not fit goes to `failed.csv` exactly as it is in the file.
    """
    header = layout.header
    width, named = len(header.names), header.named_width
    blanks = [""] * width
    fitting: list[list[str]] = []
    own: list[list[str]] = []
    faults: dict[int, Issue] = {}
    for number, cells in zip(numbers, rows, strict=True):
        row = _without_note(list(map(unguarded, cells)), layout) if header.is_failed_csv else cells
        if _is_ragged(row, layout):
            faults[number] = ragged(row, layout)
            own.append(row[:width] + row[named:])
            fitting.append((row + blanks)[:width])
            continue
        if len(row) < named:
            tolerated.short.add(number)
        elif len(row) > header.width:
            tolerated.surplus.add(number)
        fits = (row + blanks)[:width]
        own.append(fits)
        fitting.append(fits)
    return fitting, own, faults


def _is_ragged(row: list[str], layout: Layout) -> bool:
    if len(row) < layout.least_width or any(map(str.strip, row[layout.most_width :])):
        return True
    is_short = len(row) < layout.header.named_width
    return is_short and len(row) == 1 and _ROW_COUNT.match(row[0]) is not None


def _without_note(row: list[str], layout: Layout) -> list[str]:
    """Return a row of a failed file without the note that it was short, if it no longer is."""
    note = _NOTE.fullmatch(row[-1]) if len(row) == layout.header.width + 1 else None
    if note and all(map(str.strip, row[int(note[1]) : layout.least_width])):
        return row[:-1]
    return row


def ragged(row: list[str], layout: Layout) -> Issue:
    """Return the Issue of a row whose number of cells differs from the header's."""
    header = layout.header
    found, expected = len(row), header.named_width
    if header.is_failed_csv and found > expected:
        if _NOTE.fullmatch(row[-1]):
            return Issue("ragged-row", {"note": row[-1]}, "noted")
        found, expected = found - len(header.added), len(header.names)
    is_split = layout.delimiter == "," and found > expected and _may_split_decimal(row)
    params = {"found": found, "expected": expected}
    return Issue("ragged-row", params, "decimal-comma" if is_split else "")


def _may_split_decimal(row: list[str]) -> bool:
    return any(_DIGITS.fullmatch(a) and _FRACTION.fullmatch(b) for a, b in pairwise(row))


def not_records(
    rows: Sequence[Sequence[str]], numbers: Sequence[int], layout: Layout
) -> dict[int, Issue]:
    """Find rows that repeat the header or consist of dashes; all rows have the header's width."""
    index = layout.used[0] if layout.used else 0
    name = layout.header.names[index]
    word = name.partition(" ")[0]
    cells = [row[index] for row in rows]
    text = _BETWEEN + _BETWEEN.join(cells)
    if not text.isascii():
        text = WITHOUT_WIDTH.sub("", unicodedata.normalize("NFC", text))
    found: dict[int, Issue] = {}
    if word in text:
        names = layout.header.names
        for number, row in zip(numbers, rows, strict=True):
            if column_key(row[index]) == name and tuple(map(column_key, row)) == names:
                found[number] = Issue("not-a-record")
    may_hold_dashes = "-" in text or not text.isascii()
    if may_hold_dashes and _BEGINS_LIKE_RULE.search(text):
        for number, row in zip(numbers, rows, strict=True):
            if _is_rule(row, index):
                found[number] = Issue("not-a-record", variant="dashes")
    return found


def _is_rule(row: Sequence[str], index: int) -> bool:
    return _RULE.fullmatch(row[index]) is not None and all(
        _RULE.fullmatch(cell) for cell in row if cell.strip()
    )


def without_controls(
    own: list[list[str]], numbers: Sequence[int], layout: Layout, faults: dict[int, Issue]
) -> list[list[str]]:
    """Find rows with a control character in a used cell.

    Surrogates, which cannot be encoded, become U+FFFD in any cell.
    """
    if not _CONTROL.search("".join(chain.from_iterable(own))):
        return own
    found = [i for i, row in enumerate(own) if _CONTROL.search("".join(row))]
    checked = list(own)
    for index in found:
        issue = _control_character(own[index], layout)
        if issue is not None:
            faults.setdefault(numbers[index], issue)
        checked[index] = [_SURROGATE.sub("\ufffd", cell) for cell in own[index]]
    return checked


def _control_character(row: Sequence[str], layout: Layout) -> Issue | None:
    """Return the Issue of the first control character or surrogate in a used cell, or None."""
    for index in layout.used:
        match = _CONTROL.search(row[index]) if index < len(row) else None
        if match is None:
            continue
        character = match[0]
        variant = "half" if _SURROGATE.match(character) else ""
        if _INVISIBLE.match(character):
            variant = "invisible"
        params = {"character": f"U+{ord(character):04X}"}
        return Issue("control-character", params, variant, (layout.header.names[index],))
    return None
