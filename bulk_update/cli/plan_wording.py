"""The text of a plan: the target, the number of rows, and the fields to change."""

from __future__ import annotations

from bulk_update.cli.detail import MOST_PLAN_LINES, Detail, fitting, labelled
from bulk_update.cli.layout import COLUMNS, Line, Tone, line_of
from bulk_update.job.ports import Target
from bulk_update.messages import counted, duration, number, sentence_of
from bulk_update.plan import Plan
from bulk_update.records import Status


def plan_lines(plan: Plan, *, target: Target | None = None) -> list[Line]:
    """Return the plan: the target, the number of rows, and the fields to change."""
    return fitting(lambda detail: _plan(plan, target, detail), most=MOST_PLAN_LINES)


def _plan(plan: Plan, target: Target | None, detail: Detail) -> list[Line]:
    to_send = f"{number(plan.to_send)} of {counted(plan.data_rows, 'row')} to send"
    where = f" to {target.host} as {target.user}" if target else ""
    left_out = ", ".join(
        f"{number(count)} {status}"
        for status, count in plan.counts.items()
        if count and status is not Status.PLANNED
    )
    return [
        *labelled("", to_send + where, most=2),
        *changes(plan, detail),
        *(labelled("  not sent  ", left_out, most=2) if left_out and target else []),
        *notes(plan, detail),
        *_pace(plan, target),
    ]


def changes(plan: Plan, detail: Detail) -> list[Line]:
    """Return the campaigns and the fields to change; fields to clear come first."""
    fields = plan.fields
    clears = [f"{field.name} ({counted(field.clears, 'row')})" for field in fields if field.clears]
    sets = [f"{field.name} ({counted(field.sets, 'row')})" for field in fields if field.sets]
    campaigns = [f"{name} ({counted(count, 'row')})" for name, count in plan.campaigns]
    return [
        *_listed("  CLEARS    ", clears, most=2, tone=Tone.BAD),
        *_listed("  campaign  ", campaigns, most=1),
        *_listed("  sets      ", sets, most=detail.field_lines),
    ]


def _pace(plan: Plan, target: Target | None) -> list[Line]:
    if target is None or not target.requests_per_second or not plan.to_send:
        return []
    rate = target.requests_per_second
    seconds = round(plan.to_send / rate) or 1
    each = "1 request" if rate == 1 else f"{rate:g} requests"
    return [line_of(f"  takes     about {duration(seconds)} at {each} per second")]


def notes(plan: Plan, detail: Detail) -> list[Line]:
    """Return the notes about the file, and where to find those that do not fit."""
    shown_notes = plan.notices[: detail.notes]
    lines = [
        line for note in shown_notes for line in labelled("  note      ", sentence_of(note), most=2)
    ]
    more = len(plan.notices) - len(shown_notes)
    if more:
        lines.append(line_of(f"            and {counted(more, 'note')} more: `show` has them all"))
    return lines


def _listed(label: str, names: list[str], *, most: int, tone: Tone = Tone.PLAIN) -> list[Line]:
    """Return names after a label, and the number of those that do not fit."""
    if not names:
        return []
    taken = min(len(names), most * COLUMNS // len("x, "))
    while True:
        more = len(names) - taken
        text = ", ".join(names[:taken]) + (f" and {number(more)} more" if more else "")
        lines = labelled(label, text, tone=tone)
        if len(lines) <= most or taken <= 1:
            return labelled(label, text, most=most, tone=tone)
        taken = min(taken - 1, max(1, taken * (most + 1) // len(lines)))
