"""The text of a plan: the target, the number of rows, and what they change."""

from __future__ import annotations

from bulk_update.cli.change_wording import changes
from bulk_update.cli.detail import MOST_PLAN_LINES, Detail, fitting, label_of, labelled
from bulk_update.cli.layout import COLUMNS, Line, width_of
from bulk_update.job.ports import Target
from bulk_update.language import N_, language
from bulk_update.messages import number, phrase, sentence_of
from bulk_update.plan import Plan
from bulk_update.records import Param, Status


def plan_lines(plan: Plan, *, target: Target | None = None, columns: int = COLUMNS) -> list[Line]:
    """Return the plan: the target, the number of rows, and what they change."""
    return fitting(
        lambda detail: _plan(plan, target, detail), most=MOST_PLAN_LINES, columns=columns
    )


def _plan(plan: Plan, target: Target | None, detail: Detail) -> list[Line]:
    counts: dict[str, Param] = {"count": plan.to_send, "rows": plan.data_rows}
    if target:
        to_send = phrase(
            "{count:number} of {rows:rows} to send to {host:plain} as {user:plain}",
            **counts,
            host=target.host,
            user=target.user,
        )
    else:
        to_send = phrase("{count:number} of {rows:rows} to send", **counts)
    left_out = ", ".join(
        f"{number(count)} {status}"
        for status, count in plan.counts.items()
        if count and status is not Status.PLANNED
    )
    columns = detail.columns
    return [
        *labelled("", to_send, most=2, columns=columns),
        *changes(plan, detail),
        *(labelled(label_of(N_("others")), left_out, most=2, columns=columns) if left_out else []),
        *notes(plan, detail),
        *pace(plan, detail),
    ]


def pace(plan: Plan, detail: Detail) -> list[Line]:
    """Return how long sending takes, if there is a rate."""
    rate = plan.requests_per_second
    if not rate or not plan.sent_now:
        return []
    seconds = round(plan.sent_now / rate) or 1
    text = phrase(
        "about {seconds:seconds} at {rate:plain} {count:form|request|requests} per second",
        seconds=seconds,
        rate=_decimal(rate),
        count=int(rate) if rate == int(rate) else 2,
    )
    return labelled(label_of(N_("takes")), text, most=2, columns=detail.columns)


def notes(plan: Plan, detail: Detail) -> list[Line]:
    """Return the notes about the file, and where to find those that do not fit."""
    columns = detail.columns
    shown = plan.notices[: detail.notes]
    label = label_of(N_("note"))
    lines = [
        line
        for note in shown
        for line in labelled(label, sentence_of(note), most=2, columns=columns)
    ]
    if more := len(plan.notices) - len(shown):
        text = phrase(
            "and {count:number} {count:form|note|notes} more: `show` has them all", count=more
        )
        lines += labelled(" " * width_of(label), text, most=1, columns=columns)
    return lines


def _decimal(rate: float) -> str:
    text = f"{rate:g}"
    return text.replace(".", ",") if language() == "pl" else text
