"""The rows of the page's table: as few and as short as a browser bears."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from bulk_update.printable import printable
from bulk_update.report.page import AttentionRow

MOST_ROWS = 50_000
MOST_CHARACTERS = 300
"""In a cell; the rest is in `failed.csv`."""

MOST_BYTES = 9_000_000
"""Of the rows and their original cells; the page then takes at most 10 MB."""

MOST_BYTES_OF_CELLS = 2_500_000
"""Of the original cells, so that these do not crowd out rows."""

_FOR_SCRIPT = str.maketrans({"<": "\\u003c", "\u2028": "\\u2028", "\u2029": "\\u2029"})
"""Within JSON, so that no text can end the script element, or break a line in JavaScript."""


@dataclass(slots=True)
class KeptRows:
    """The first rows as JSON arrays, and the original cells of the first of these likewise."""

    rows: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)


def kept_rows(rows: Iterable[AttentionRow]) -> KeptRows:
    """Return as many rows, and original cells of rows, as the page may hold."""
    kept, size, size_of_cells = KeptRows(), 0, 0
    with_cells = True
    for number, *texts, cells in islice(rows, MOST_ROWS):
        row = script_json([number, *map(shortened, texts)])
        size += _size(row)
        if size + size_of_cells > MOST_BYTES:
            break
        kept.rows.append(row)
        if not (with_cells and cells):
            continue
        text = script_json([*map(shortened, cells)])
        with_cells = size_of_cells + _size(text) <= min(MOST_BYTES_OF_CELLS, MOST_BYTES - size)
        if with_cells:
            size_of_cells += _size(text)
            kept.cells.append(text)
    return kept


def _size(text: str) -> int:
    return len(text.encode()) + len(",\n")


def script_json(value: object) -> str:
    """Return a value as JSON that is inert within a script element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_FOR_SCRIPT)


def shortened(text: str) -> str:
    """Return a text as a cell shows it: without invisible characters, and not too long."""
    safe = printable(text[: MOST_CHARACTERS + 1])
    return safe if len(safe) <= MOST_CHARACTERS else safe[: MOST_CHARACTERS - 1] + "…"
