"""The rows of the page's table: as few and as short as a browser bears."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice

from bulk_update.printable import printable
from bulk_update.report.page import AttentionRow

MOST_ROWS = 50_000
MOST_CHARACTERS = 300
"""In a cell; the rest is in `failed.csv`."""

MOST_BYTES = 9_500_000
"""Of the rows; the page then takes at most 10 MB."""

_FOR_SCRIPT = str.maketrans({"<": "\\u003c", "\u2028": "\\u2028", "\u2029": "\\u2029"})
"""Within JSON, so that no text can end the script element, or break a line in JavaScript."""


def kept_rows(rows: Iterable[AttentionRow]) -> list[str]:
    """Return the first rows as JSON arrays, as many as the page may hold."""
    kept, size = [], 0
    for row in islice(rows, MOST_ROWS):
        text = _json_of(row)
        size += len(text.encode()) + len(",\n")
        if size > MOST_BYTES:
            break
        kept.append(text)
    return kept


def script_json(value: object) -> str:
    """Return a value as JSON that is inert within a script element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_FOR_SCRIPT)


def shortened(text: str) -> str:
    """Return a text as a cell shows it: without invisible characters, and not too long."""
    safe = printable(text[: MOST_CHARACTERS + 1])
    return safe if len(safe) <= MOST_CHARACTERS else safe[: MOST_CHARACTERS - 1] + "…"


def _json_of(row: AttentionRow) -> str:
    number, *texts = row
    return script_json([number, *map(shortened, texts)])
