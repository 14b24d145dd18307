"""Turns the rows of a file into chunks: columns of cells, each row's own cells, and its faults."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import cast

import numpy as np
import pandas as pd
from pydantic_core import to_json

from bulk_update.cells.damage import MOST_DIGITS, lost_digits
from bulk_update.readers.headers import Header, unguarded
from bulk_update.readers.row_structure import (
    Layout,
    Tolerated,
    fitted,
    not_records,
    ragged,
    without_controls,
)
from bulk_update.readers.workbook.cells import typed_cell
from bulk_update.records import Cell, CellKind, Chunk, Issue, TypedCell

SentCell = str | list[str]
"""A cell from another process: text, or a kind and a text."""

CELLS_A_CHUNK = 60_000
ROWS_A_CHUNK = 10_000

_FIRST_CELL = itemgetter(0)


def rows_a_chunk(width: int) -> int:
    """Return how many rows of this many cells make a chunk."""
    return max(1, min(ROWS_A_CHUNK, CELLS_A_CHUNK // max(width, 1)))


def is_blank(row: Sequence[str]) -> bool:
    """Return whether all cells are empty or white space."""
    return not "".join(row).strip()


def _may_be_blank(rows: Sequence[list[str]]) -> bool:
    """Return whether any row may be blank, judged by its first cell, which is usually filled."""
    try:
        return not all(map(str.strip, map(_FIRST_CELL, rows)))
    except IndexError:  # a row without cells
        return True


def text_chunk(
    rows: list[list[str]],
    *,
    first_number: int,
    layout: Layout,
    tolerated: Tolerated,
    may_hold_controls: bool,
) -> Chunk | None:
    """Make a chunk of consecutive records of a text file; None if all of them are blank.

    The deviations that are tolerated are added to `tolerated`.
    """
    header = layout.header
    numbers: Sequence[int] = range(first_number, first_number + len(rows))
    if _may_be_blank(rows):
        blank = {i for i, row in enumerate(rows) if is_blank(row)}
        numbers = [number for i, number in enumerate(numbers) if i not in blank]
        rows = [row for i, row in enumerate(rows) if i not in blank]
    if not rows:
        return None
    faults: dict[int, Issue] = {}
    origins = _origins(rows, header)
    own = rows
    widths = set(map(len, rows))
    tolerated.widths |= widths
    if header.is_failed_csv or widths != {len(header.names)}:
        rows, own, faults = fitted(rows, numbers, layout, tolerated)
    faults |= not_records(rows, numbers, layout)
    if may_hold_controls:
        own = without_controls(own, numbers, layout, faults)
    return Chunk(_frame(rows, numbers), list(map(to_json, own)), faults, origins)


def workbook_chunk(
    rows: Sequence[tuple[int, list[SentCell]]], *, layout: Layout, faults: dict[int, Issue]
) -> Chunk:
    """Make a chunk of a sheet's rows, as the process that parsed it sends them.

    `faults` holds the faults that are already known, by row number. Cells beyond the header are
    ignored, because a sheet's cells cannot shift. In a `failed.csv` saved as a workbook, however,
    they are the cells that made a row ragged.
    """
    header = layout.header
    width, named, is_failed_csv = len(header.names), header.named_width, header.is_failed_csv
    numbers = [number for number, _ in rows]
    cells: list[Sequence[Cell]] = []
    own: list[list[str]] = []
    shown: list[list[str]] = []
    for number, sent in rows:
        row = sent + [""] * (named - len(sent)) if len(sent) < named else sent
        if is_failed_csv:
            row = [unguarded(cell) if isinstance(cell, str) else cell for cell in row]
        texts = cast("list[str]", row)
        typed: Sequence[Cell] = texts
        if list in map(type, row):
            texts = [cell if isinstance(cell, str) else _shown(*cell) for cell in row]
            typed = [cell if isinstance(cell, str) else _typed(*cell) for cell in row]
        shown.append(texts)
        if len(row) > width:
            surplus = texts[named:]
            if any(map(str.strip, surplus)):
                faults[number] = ragged(texts, layout)
                texts = texts[:width] + surplus
            else:
                texts = texts[:width]
            typed = typed[:width]
        own.append(texts)
        cells.append(typed)
    faults |= not_records([row[:width] for row in own], numbers, layout)
    own = without_controls(own, numbers, layout, faults)
    origins = _origins(shown, header)
    return Chunk(_frame(cells, numbers), list(map(to_json, own)), faults, origins)


def _origins(rows: Sequence[Sequence[str]], header: Header) -> list[tuple[str, str]]:
    """Return the row and the run that each of these rows corrects, as the file states them."""
    if not header.names_origins:
        return []
    at = len(header.names)
    padded = ((*row[at : at + 2], "", "") for row in rows)
    return [(number.strip(), run_id.strip()) for number, run_id, *_ in padded]


@lru_cache(20_000)
def _typed(kind: str, text: str) -> TypedCell:
    """Return a typed cell; equal cells, of which there are many, share one."""
    return typed_cell(CellKind(kind), text)


@lru_cache(20_000)
def _shown(kind: str, text: str) -> str:
    """Return the text of a typed cell for `failed.csv`, which is read again.

    A number that has lost digits is written as Excel exports it (`1.23456789012346E+15`). Written
    in full, it would be taken for a complete identifier.
    """
    if not lost_digits(_typed(kind, text)):
        return text
    mantissa, _, exponent = f"{Decimal(text):.{MOST_DIGITS - 1}E}".partition("E")
    return f"{mantissa.rstrip('0').rstrip('.')}E{exponent}"


def _frame(rows: Sequence[Sequence[Cell]], numbers: Sequence[int]) -> pd.DataFrame:
    """Make a frame of rows that all have the same number of cells."""
    # A single block of cells, because adding thousands of columns one by one is slow.
    columns = chain.from_iterable(zip(*rows, strict=True))
    width = len(rows[0])
    block = np.fromiter(columns, dtype=object, count=width * len(rows))
    cells = block.reshape(width, len(rows)).T
    return pd.DataFrame(cells, index=pd.Index(numbers), dtype=object, copy=False)
