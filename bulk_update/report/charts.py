"""The geometry of the charts, which the template draws as SVG.

The width of each chart is `WIDTH` units; its texts are in HTML beside it, so that they keep their
size on a phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bulk_update.report.page import OutcomeCount

WIDTH = 1000.0
HEIGHT = 100.0

_LEAST = 3.0
"""The size of a bar for a number that is small but not zero, so that it can be seen."""


class Bar(NamedTuple):
    """A rectangle of a chart; `tone` names its colour."""

    x: float
    y: float
    width: float
    height: float
    tone: str = ""


def share_bars(outcomes: Sequence[OutcomeCount]) -> list[Bar]:
    """Return bars side by side, whose widths are the shares of the outcomes."""
    total = sum(each.rows for each in outcomes)
    widths = [max(_LEAST, WIDTH * each.rows / total) for each in outcomes] if total else []
    scale = WIDTH / sum(widths) if widths else 1.0
    bars, x = [], 0.0
    for each, width in zip(outcomes, widths, strict=False):
        bars.append(Bar(round(x, 2), 0.0, round(width * scale, 2), HEIGHT, each.status))
        x += width * scale
    return bars


def time_bars(counts: Sequence[int]) -> list[Bar]:
    """Return a bar for each span of time with requests; a gap is a pause."""
    most = max(counts, default=0)
    width = WIDTH / max(len(counts), 1)
    gap = width * 0.15
    return [
        _standing(index * width + gap / 2, width - gap, HEIGHT * count / most)
        for index, count in enumerate(counts)
        if count
    ]


def share_of(rows: int, most: int) -> float:
    """Return the width of a bar for a number of rows, if that for `most` rows fills the chart."""
    return round(max(_LEAST, WIDTH * rows / most), 2) if most else 0.0


def _standing(x: float, width: float, height: float) -> Bar:
    height = max(_LEAST, height)
    return Bar(round(x, 2), round(HEIGHT - height, 2), round(width, 2), round(height, 2))
