"""Rows of a run, some at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

Block = list[tuple[Any, ...]]
"""Rows, each with the fields of a result in their order; the last ones may be left out."""

_ROWS_A_BLOCK = 100
"""Few, since each may have a body of any length."""


def in_blocks(rows: Iterable[tuple[Any, ...]]) -> Iterator[Block]:
    """Yield all rows, some at a time."""
    remaining = iter(rows)
    while block := list(islice(remaining, _ROWS_A_BLOCK)):
        yield block
