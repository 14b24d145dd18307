"""How much detail a command prints, so that its output fits on a screen.

If the full text has too many lines, less important parts are omitted step by step; they are in the
files.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace

from bulk_update.cli.layout import COLUMNS, Line, Tone, hanging, line_of, padded, width_of
from bulk_update.language import N_, gettext

MOST_LINES = 30
"""Lines per command, for its plan and its report together."""

MOST_PLAN_LINES = 12
_QUESTION_LINES = 1
FEWEST_REPORT_LINES = MOST_LINES - MOST_PLAN_LINES - _QUESTION_LINES


@dataclass(frozen=True, slots=True)
class Detail:
    """The maximum number of reasons per outcome, notes, and commands.

    The first `longer` reasons of each outcome, ordered by frequency, may take two lines each, and
    so may their remedies. `fields` is the number of lines for fields, each with an example; with
    1, only their names are listed. `columns` is the width of the lines.
    """

    reasons: int = 3
    longer: int = 18
    remedies: bool = True
    notes: int = 4
    fields: int = 12
    status_lines: int = 3
    commands: int = 3
    headline_lines: int = 6
    spaced: bool = True
    one_a_line: bool = True
    columns: int = COLUMNS


_SHORT = Detail(notes=2, fields=3, status_lines=1)
_SHORTER = Detail(notes=1, fields=1, status_lines=1)
_SHORTEST = Detail(0, 0, notes=1, fields=1, status_lines=1, commands=1, spaced=False)

DETAILS = (
    Detail(),
    *(Detail(fields=fields) for fields in range(11, 5, -1)),
    *(Detail(notes=2, fields=fields, status_lines=2) for fields in range(5, 2, -1)),
    *(replace(_SHORT, longer=longer) for longer in range(18, 0, -1)),
    *(replace(_SHORT, fields=1, longer=longer) for longer in (1, 0)),
    *(replace(_SHORTER, longer=longer, reasons=2) for longer in range(11, -1, -1)),
    *(replace(_SHORTER, longer=longer, reasons=1) for longer in range(5, -1, -1)),
    replace(_SHORTEST, reasons=1),
    replace(_SHORTEST, reasons=1, remedies=False),
    replace(_SHORTEST, one_a_line=False),
    replace(_SHORTEST, one_a_line=False, notes=0, commands=0, headline_lines=2),
)
"""From full detail to the minimum that is always printed."""


def fitting(
    make: Callable[[Detail], list[Line]], *, most: int, columns: int = COLUMNS
) -> list[Line]:
    """Return the lines with the most detail that fit into `most` lines of this width."""
    details = [replace(detail, columns=columns) for detail in DETAILS]
    first = bisect_left(details, 1, key=lambda detail: len(make(detail)) <= most)
    return make(details[min(first, len(details) - 1)])


def labelled(
    label: str,
    text: str,
    *,
    most: int | None = None,
    tone: Tone = Tone.PLAIN,
    columns: int = COLUMNS,
) -> list[Line]:
    """Return a text after a label, on at most `most` lines of this width."""
    return [line_of(line, tone) for line in hanging(label, text, columns=columns, most=most)]


LABELS = (
    N_("CLEARS"),
    N_("campaign"),
    N_("sets"),
    N_("status"),
    N_("first"),
    N_("others"),
    N_("takes"),
    N_("note"),
)
"""The labels of a plan."""


def label_of(name: str) -> str:
    """Return a label of a plan in the current language, as wide as all others."""
    columns = max(width_of(gettext(each)) for each in LABELS)
    return f"  {padded(gettext(name), columns)}  "
