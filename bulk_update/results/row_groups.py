"""Lines of rows that come in groups, put in input order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise, starmap
from operator import lt
from typing import TypeVar

from bulk_update.records import BETWEEN_ROWS, RowGroup

Line = TypeVar("Line", str, bytes)


def are_ascending(numbers: Iterable[int]) -> bool:
    """Return whether each number is greater than the one before."""
    return all(starmap(lt, pairwise(numbers)))


def lines_in_order(
    span: Iterable[RowGroup], lines_of: Callable[[RowGroup, Sequence[int]], Iterable[Line]]
) -> tuple[list[int], list[Line]]:
    """Return the numbers and lines of all rows of a span, by number.

    `lines_of` makes the lines of a group, whose numbers it receives.
    """
    numbers: list[int] = []
    lines: list[Line] = []
    for rows in span:
        theirs = list(map(int, rows.numbers.split(BETWEEN_ROWS)))
        numbers += theirs
        lines += lines_of(rows, theirs)
    if not are_ascending(numbers):
        order = sorted(range(len(numbers)), key=numbers.__getitem__)
        numbers, lines = [numbers[i] for i in order], [lines[i] for i in order]
    return numbers, lines
