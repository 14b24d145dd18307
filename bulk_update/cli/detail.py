"""How much detail a command prints, so that its output fits on a screen.

If the full text has too many lines, less important parts are omitted step by step; they are in the
files.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

from bulk_update.cli.layout import Line, Tone, hanging, line_of

MOST_LINES = 30
"""Lines per command, for its plan and its report together."""

MOST_PLAN_LINES = 12
FEWEST_REPORT_LINES = MOST_LINES - MOST_PLAN_LINES


@dataclass(frozen=True, slots=True)
class Detail:
    """The maximum number of reasons per outcome, notes, and commands.

    The first `longer` reasons of each outcome, ordered by frequency, may take two lines each, and
    so may their remedies. `field_lines` is the number of lines for the names of fields.
    """

    reasons: int = 3
    longer: int = 18
    remedies: bool = True
    notes: int = 4
    field_lines: int = 3
    commands: int = 3
    headline_lines: int = 6
    spaced: bool = True
    one_a_line: bool = True


DETAILS = (
    Detail(),
    Detail(notes=2, field_lines=2),
    *(Detail(notes=2, field_lines=1, longer=longer) for longer in range(17, -1, -1)),
    *(Detail(notes=1, field_lines=1, longer=longer, reasons=2) for longer in range(11, -1, -1)),
    *(Detail(notes=1, field_lines=1, longer=longer, reasons=1) for longer in range(5, -1, -1)),
    Detail(1, 0, notes=1, field_lines=1, commands=1, spaced=False),
    Detail(1, 0, remedies=False, notes=1, field_lines=1, commands=1, spaced=False),
    Detail(0, 0, notes=1, field_lines=1, commands=1, spaced=False, one_a_line=False),
    Detail(
        0, 0, notes=0, field_lines=1, commands=0, headline_lines=2, spaced=False, one_a_line=False
    ),
)
"""From full detail to the minimum that is always printed."""


def fitting(make: Callable[[Detail], list[Line]], *, most: int) -> list[Line]:
    """Return the lines with the most detail that fit."""
    first = bisect_left(DETAILS, 1, key=lambda detail: len(make(detail)) <= most)
    return make(DETAILS[min(first, len(DETAILS) - 1)])


def labelled(
    label: str, text: str, *, most: int | None = None, tone: Tone = Tone.PLAIN
) -> list[Line]:
    """Return a text after a label, on at most `most` lines."""
    return [line_of(line, tone) for line in hanging(label, text, most=most)]
