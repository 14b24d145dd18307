"""The text of a plan: the target, the number of rows, and what they change."""

from __future__ import annotations

from bulk_update.cli.change_wording import changes
from bulk_update.cli.detail import MOST_PLAN_LINES, Detail, fitting, labelled
from bulk_update.cli.layout import COLUMNS, Line
from bulk_update.job.ports import Target
from bulk_update.messages import counted, duration, number, sentence_of
from bulk_update.plan import Plan
from bulk_update.records import Status


def plan_lines(plan: Plan, *, target: Target | None = None, columns: int = COLUMNS) -> list[Line]:
    """Return the plan: the target, the number of rows, and what they change."""
    return fitting(
        lambda detail: _plan(plan, target, detail), most=MOST_PLAN_LINES, columns=columns
    )


def _plan(plan: Plan, target: Target | None, detail: Detail) -> list[Line]:
    to_send = f"{number(plan.to_send)} of {counted(plan.data_rows, 'row')} to send"
    where = f" to {target.host} as {target.user}" if target else ""
    left_out = ", ".join(
        f"{number(count)} {status}"
        for status, count in plan.counts.items()
        if count and status is not Status.PLANNED
    )
    columns = detail.columns
    return [
        *labelled("", to_send + where, most=2, columns=columns),
        *changes(plan, detail),
        *(labelled("  others    ", left_out, most=2, columns=columns) if left_out else []),
        *notes(plan, detail),
        *pace(plan, detail),
    ]


def pace(plan: Plan, detail: Detail) -> list[Line]:
    """Return how long sending takes, if there is a rate."""
    rate = plan.requests_per_second
    if not rate or not plan.sent_now:
        return []
    seconds = round(plan.sent_now / rate) or 1
    each = "1 request" if rate == 1 else f"{rate:g} requests"
    text = f"about {duration(seconds)} at {each} per second"
    return labelled("  takes     ", text, most=2, columns=detail.columns)


def notes(plan: Plan, detail: Detail) -> list[Line]:
    """Return the notes about the file, and where to find those that do not fit."""
    columns = detail.columns
    shown = plan.notices[: detail.notes]
    lines = [
        line
        for note in shown
        for line in labelled("  note      ", sentence_of(note), most=2, columns=columns)
    ]
    if more := len(plan.notices) - len(shown):
        text = f"and {counted(more, 'note')} more: `show` has them all"
        lines += labelled(" " * len("  note      "), text, most=1, columns=columns)
    return lines
