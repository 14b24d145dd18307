"""The text about what the rows to be sent change: fields, statuses, and the rows sent first."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from bulk_update.cli.detail import Detail, label_of, labelled
from bulk_update.cli.layout import (
    COLUMNS,
    Line,
    Tone,
    abridged,
    clipped,
    line_of,
    padded,
    width_of,
)
from bulk_update.language import N_, gettext
from bulk_update.mapping.schema import RECORD_FIELDS, UpdateSection
from bulk_update.messages import phrase
from bulk_update.plan import MOST_STATUSES, Example, Plan, RecordStatus
from bulk_update.printable import printable, quoted_list

_LEAST_EXAMPLE = 10
"""An example in fewer columns than this shows nothing useful."""

_LONGEST_NAME = 24
"""The most columns for the name of a status."""


_LONGEST_TEXT = 200
"""The most characters of a cell that are looked at; no line has room for more."""


class _Change(NamedTuple):
    """A field, the number of rows that change it, and one of them."""

    field: str
    rows: int
    example: Example | None


def changes(plan: Plan, detail: Detail) -> list[Line]:
    """Return what the rows change; fields to clear come first, in red."""
    fields = [(_short(each.name), each) for each in plan.fields]
    clears = [_Change(name, each.clears, each.cleared) for name, each in fields if each.clears]
    sets = [_Change(name, each.sets, each.example) for name, each in fields if each.sets]
    campaigns = [_with_rows(name, count) for name, count in plan.campaigns]
    return [
        *_fields(label_of(N_("CLEARS")), clears, detail, compact=2, tone=Tone.BAD),
        *_listed(label_of(N_("campaign")), campaigns, detail, most=1),
        *_fields(label_of(N_("sets")), sets, detail, compact=1),
        *_statuses(plan, detail),
        *_sent_first(plan, detail),
    ]


def _short(name: str) -> str:
    """Return `miasto` for `record_fields.miasto`, unless a field of the API is called that."""
    short = name.removeprefix(f"{RECORD_FIELDS}.")
    return name if short in UpdateSection.model_fields else short


def _fields(
    label: str,
    found: Sequence[_Change],
    detail: Detail,
    *,
    compact: int,
    tone: Tone = Tone.PLAIN,
) -> list[Line]:
    """Return a line with an example for each field, or all names on `compact` lines.

    If there are more fields than lines, the last line names the others.
    """
    if detail.fields <= 1 and len(found) > compact:
        names = [_named(change) for change in found]
        return _listed(label, names, detail, most=compact, tone=tone)
    lines_for_fields = max(detail.fields, compact)
    shown = found if len(found) <= lines_for_fields else found[: lines_for_fields - 1]
    names = _aligned(
        [change.field for change in shown], most=(detail.columns - width_of(label)) // 2
    )
    rows = [phrase("{rows:rows}", rows=change.rows) for change in shown]
    widest = max(map(len, rows), default=0)
    lines = []
    for change, name, count in zip(shown, names, rows, strict=True):
        begin = f"{label}{name}  {count:>{widest}}"
        room = detail.columns - width_of(begin) - 2
        lines.append(line_of(f"{begin}  {_example(change.example, room)}".rstrip(), tone))
        label = " " * width_of(label)
    if others := [_named(change) for change in found[len(shown) :]]:
        more = phrase("and {count:number} more {count:form|field|fields}", count=len(others))
        begin = f"{label}{more}: "
        lines += _listed(begin, others, detail, most=1, tone=tone)
    return lines


def _named(change: _Change) -> str:
    return _with_rows(change.field, change.rows)


def _with_rows(name: str, rows: int) -> str:
    return f"{name} ({phrase('{rows:rows}', rows=rows)})"


def _aligned(names: Sequence[str], *, most: int) -> list[str]:
    """Return names padded or cut to the same width, at most `most` columns."""
    texts = [abridged(printable(name), most) for name in names]
    widest = max(map(width_of, texts), default=0)
    return [padded(text, widest) for text in texts]


def _example(example: Example | None, room: int) -> str:
    """Return a row's cells and the value they become, in at most `room` columns."""
    if example is None or room < _LEAST_EXAMPLE:
        return ""
    row = phrase("(row {row:number})", row=example.row)
    text = f"{_from_cell_to_value(example, room)} {row}"
    if width_of(text) <= room:
        return text
    fits = bisect_right(
        range(1, room + 1),
        room,
        key=lambda longest: width_of(_from_cell_to_value(example, longest)),
    )
    return clipped(_from_cell_to_value(example, max(1, fits)), room)


def _from_cell_to_value(example: Example, longest: int) -> str:
    """Return `"Kontakt" -> "3"`, or only the value if it is what the cell holds.

    Each text takes at most `longest` columns.
    """
    cells, value = _cells(example, longest), _quoted(example.value, longest)
    if example.is_old:
        text = phrase("back to {value:line}", value=value if example.value else gettext("blank"))
    elif not example.value:  # the field is cleared
        text = cells or gettext("always")
    elif not cells:
        text = phrase("always {value:line}", value=value)
    else:
        is_kept = "".join(example.cells).strip() == example.value.strip()
        text = value if is_kept else f"{cells}{_arrow(cells, value)}{value}"
    if example.before is not None:
        now = phrase("now {value:line}", value=_quoted(example.before, longest))
        text = f"{text}, {now}"
    return text


def _cells(example: Example, longest: int) -> str:
    """Return the cells that are not blank."""
    filled = [_quoted(cell, longest) for cell in example.cells if cell.strip()]
    return " + ".join(filled) or (gettext("blank cell") if example.cells else "")


def _quoted(text: str, longest: int) -> str:
    return (
        f'"{clipped(printable(text.strip()[:_LONGEST_TEXT]), longest)}"'
        if text
        else gettext("blank")
    )


def _arrow(*texts: str) -> str:
    """Return the word or sign between a cell and its value.

    Between texts that are written from right to left, an arrow would point the wrong way on a
    terminal that reorders them; a word keeps them apart.
    """
    backwards = any(unicodedata.bidirectional(each) in {"R", "AL"} for each in "".join(texts))
    return gettext(" becomes ") if backwards else " -> "


def _statuses(plan: Plan, detail: Detail) -> list[Line]:
    """Return how many rows set which status."""
    label = label_of(N_("status"))
    if plan.statuses is None:
        text = phrase(
            "more than {count:number} different ids: is this the right column?",
            count=MOST_STATUSES,
        )
        return labelled(label, text, most=2, tone=Tone.BAD, columns=detail.columns)
    texts = []
    for change in plan.statuses:
        moved = _status(change.status)
        if change.before is not None:
            before = _status(change.before)
            moved = f"{before}{_arrow(before, moved)}{moved}"
        texts.append(f"{moved}: {phrase('{rows:rows}', rows=change.rows)}")
    return _listed(label, texts, detail, most=detail.status_lines)


def _status(status: RecordStatus) -> str:
    if not status.status_id:
        return gettext("no status")
    status_id = clipped(printable(status.status_id), _LONGEST_NAME)
    if not status.name:
        return f"id {status_id}"
    return f'"{clipped(printable(status.name), _LONGEST_NAME)}" ({status_id})'


def _sent_first(plan: Plan, detail: Detail) -> list[Line]:
    first = plan.sent_first
    if first is None or not plan.to_send:
        return []
    shown = f": {quoted_list(first.texts)}" if first.texts else ""
    text = f"{phrase('{rows:rows}', rows=first.rows)}{shown}" if first.rows else gettext("no row")
    return labelled(label_of(N_("first")), text, most=1, columns=detail.columns)


def _listed(
    label: str, names: Sequence[str], detail: Detail, *, most: int, tone: Tone = Tone.PLAIN
) -> list[Line]:
    """Return names after a label, and the number of those that do not fit."""
    if not names:
        return []
    taken = min(len(names), most * COLUMNS // len("x, "))
    while True:
        more = len(names) - taken
        and_more = phrase(" and {count:number} more", count=more) if more else ""
        text = ", ".join(names[:taken]) + and_more
        lines = labelled(label, text, tone=tone, columns=detail.columns)
        if len(lines) <= most or taken <= 1:
            return labelled(label, text, most=most, tone=tone, columns=detail.columns)
        taken = min(taken - 1, max(1, taken * (most + 1) // len(lines)))
