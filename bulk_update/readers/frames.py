"""Rows as read become chunks: columns of cells, each row's own cells, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import chain, pairwise
from operator import itemgetter
from typing import cast

import numpy as np
import pandas as pd
from pydantic_core import to_json

from bulk_update.cells.damage import MOST_DIGITS, lost_digits
from bulk_update.readers.headers import Header, unguarded
from bulk_update.readers.workbook.cells import typed_cell
from bulk_update.records import Cell, CellKind, Chunk, Issue, Param, TypedCell

SentCell = str | list[str]
"""A cell from another process: text, or a kind and a text."""

CELLS_A_CHUNK = 60_000
ROWS_A_CHUNK = 10_000

_NOTE = re.compile("([0-9]{1,9}) of [0-9]{1,9} cells")
"""What `failed.csv` writes behind a row that has fewer cells than the header."""

_FIRST_CELL = itemgetter(0)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_DIGITS = re.compile(r"\s*[-+]?[0-9][0-9 .\u00a0\u202f]*")
_FRACTION = re.compile(r"[0-9]+\s*")


def rows_a_chunk(width: int) -> int:
    """Return how many rows of so many cells make a chunk."""
    return max(1, min(ROWS_A_CHUNK, CELLS_A_CHUNK // max(width, 1)))


def is_blank(row: Sequence[str]) -> bool:
    """Tell whether all cells are empty or white space."""
    return not "".join(row).strip()


def _may_be_blank(rows: Sequence[list[str]]) -> bool:
    """Tell whether a row may be blank: nearly all rows begin with an identifier."""
    try:
        return not all(map(str.strip, map(_FIRST_CELL, rows)))
    except IndexError:  # a row without cells
        return True


def text_chunk(
    rows: list[list[str]],
    *,
    first_number: int,
    header: Header,
    delimiter: str,
    may_hold_controls: bool,
) -> Chunk | None:
    """Make a chunk of consecutive records of a text file; None if all of them are blank."""
    numbers: Sequence[int] = range(first_number, first_number + len(rows))
    if _may_be_blank(rows):
        blank = {i for i, row in enumerate(rows) if is_blank(row)}
        numbers = [number for i, number in enumerate(numbers) if i not in blank]
        rows = [row for i, row in enumerate(rows) if i not in blank]
    if not rows:
        return None
    width = len(header.names)
    faults: dict[int, Issue] = {}
    origins = _origins(rows, header)
    own = rows
    if header.is_failed_csv or set(map(len, rows)) != {width}:
        rows, own, faults = _fitted(rows, numbers, header, delimiter)
    if may_hold_controls:
        own = _without_controls(own, numbers, header, faults)
    return Chunk(_frame(rows, numbers), list(map(to_json, own)), faults, origins)


def workbook_chunk(
    rows: Sequence[tuple[int, list[SentCell]]], *, header: Header, faults: dict[int, Issue]
) -> Chunk:
    """Make a chunk of a sheet's rows, as the process that parsed it sends them.

    `faults` are known already, by row number. A sheet's cells cannot shift: cells beyond the
    header do not count, save in a file of ours, where they are what made a row ragged.
    """
    width, named = len(header.names), header.named_width
    numbers = [number for number, _ in rows]
    cells: list[Sequence[Cell]] = []
    own: list[list[str]] = []
    origins: list[tuple[str, str]] = []
    for number, sent in rows:
        row = sent + [""] * (named - len(sent)) if len(sent) < named else sent
        if header.is_failed_csv:
            row = [unguarded(cell) if isinstance(cell, str) else cell for cell in row]
        texts = cast("list[str]", row)
        typed: Sequence[Cell] = texts
        if list in map(type, row):
            texts = [cell if isinstance(cell, str) else _shown(*cell) for cell in row]
            typed = [cell if isinstance(cell, str) else _typed(*cell) for cell in row]
        if len(row) > named and any(map(str.strip, texts[named:])):
            faults[number] = _ragged(texts, header, delimiter="")
            own.append(texts[:width] + texts[named:])
        else:
            own.append(texts[:width])
        cells.append(typed[:width])
        origins += _origins((texts,), header)
    own = _without_controls(own, numbers, header, faults)
    return Chunk(_frame(cells, numbers), list(map(to_json, own)), faults, origins)


def _origins(rows: Sequence[Sequence[str]], header: Header) -> list[tuple[str, str]]:
    """Return which row of which run each of these rows corrects, as the file says it."""
    if not header.names_origins:
        return []
    at = len(header.names)
    padded = ((*row[at : at + 2], "", "") for row in rows)
    return [(number.strip(), run_id.strip()) for number, run_id, *_ in padded]


@lru_cache(20_000)
def _typed(kind: str, text: str) -> TypedCell:
    """Make a typed cell: the same one for cells that are alike, since many are."""
    return typed_cell(CellKind(kind), text)


@lru_cache(20_000)
def _shown(kind: str, text: str) -> str:
    """Return a typed cell's text for people, in files that they may feed back.

    A number that has lost digits is shown as Excel exports it (`1.23456789012346E+15`). Written
    in full it would look like a sound identifier in a text file, where all digits are kept.
    """
    if not lost_digits(_typed(kind, text)):
        return text
    mantissa, _, exponent = f"{Decimal(text):.{MOST_DIGITS - 1}E}".partition("E")
    return f"{mantissa.rstrip('0').rstrip('.')}E{exponent}"


def _frame(rows: Sequence[Sequence[Cell]], numbers: Sequence[int]) -> pd.DataFrame:
    """Make a frame of rows that all have as many cells as there are columns."""
    # One block of cells: a frame made column by column takes long where there are thousands.
    columns = chain.from_iterable(zip(*rows, strict=True))
    width = len(rows[0])
    block = np.fromiter(columns, dtype=object, count=width * len(rows))
    cells = block.reshape(width, len(rows)).T
    return pd.DataFrame(cells, index=pd.Index(numbers), dtype=object, copy=False)


def _control_character(row: Sequence[str], header: Header) -> Issue:
    """Say where a row that holds a control character, or half a character, has its first."""
    found = [(i, match[0]) for i, cell in enumerate(row) if (match := _CONTROL.search(cell))]
    index, character = found[0]
    is_half = _SURROGATE.match(character) is not None
    params: dict[str, Param] = {"character": f"U+{ord(character):04X}"}
    name = header.names[index] if index < len(header.names) else ""
    if name:
        return Issue("control-character", params, "half" if is_half else "", (name,))
    variant = "unnamed-half" if is_half else "unnamed"
    return Issue("control-character", {**params, "cell": index + 1}, variant)


def _fitted(
    rows: list[list[str]], numbers: Sequence[int], header: Header, delimiter: str
) -> tuple[list[list[str]], list[list[str]], dict[int, Issue]]:
    """Return the rows at the header's width, the rows as they stand in the file, and the faults."""
    width, named, is_failed_csv = len(header.names), header.named_width, header.is_failed_csv
    fitted: list[list[str]] = []
    own: list[list[str]] = []
    faults: dict[int, Issue] = {}
    for number, cells in zip(numbers, rows, strict=True):
        row = _mended(list(map(unguarded, cells)), header) if is_failed_csv else cells
        count = len(row)
        if count < named or count > header.width or any(map(str.strip, row[named:])):
            faults[number] = _ragged(row, header, delimiter)
            own.append(row[:width] + row[named:])
            fitted.append((row + [""] * width)[:width])
        else:
            own.append(row[:width])
            fitted.append(row[:width])
    return fitted, own, faults


def _mended(row: list[str], header: Header) -> list[str]:
    """Return a row of our file without the note that it was short, once it no longer is."""
    note = _NOTE.fullmatch(row[-1]) if len(row) == header.width + 1 else None
    if note and all(map(str.strip, row[int(note[1]) : len(header.names)])):
        return row[:-1]
    return row


def _ragged(row: list[str], header: Header, delimiter: str) -> Issue:
    found, expected = len(row), header.named_width
    if header.is_failed_csv and found > expected:
        if _NOTE.fullmatch(row[-1]):
            return Issue("ragged-row", {"note": row[-1]}, "noted")
        found, expected = found - len(header.added), len(header.names)
    causes = ["unnamed"] if expected < found <= header.width else []
    if delimiter == "," and found > expected and _has_split_decimal(row):
        causes.append("decimal-comma")
    return Issue("ragged-row", {"found": found, "expected": expected}, "-".join(causes))


def _has_split_decimal(row: list[str]) -> bool:
    return any(_DIGITS.fullmatch(a) and _FRACTION.fullmatch(b) for a, b in pairwise(row))


def _without_controls(
    own: list[list[str]], numbers: Sequence[int], header: Header, faults: dict[int, Issue]
) -> list[list[str]]:
    """Find rows with control characters; half characters, which no file can hold, become U+FFFD."""
    found = [i for i, row in enumerate(own) if _CONTROL.search("".join(row))]
    if not found:
        return own
    checked = list(own)
    for index in found:
        faults.setdefault(numbers[index], _control_character(own[index], header))
        checked[index] = [_SURROGATE.sub("\ufffd", cell) for cell in own[index]]
    return checked
