"""Screen 3: what each column holds, and where it goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from anyio.to_thread import run_sync
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulk_update.columns import column_key
from bulk_update.errors import InputError, MappingError
from bulk_update.language import gettext as _
from bulk_update.web.answers import ColumnAnswer, Goal
from bulk_update.web.column_choices import (
    answers_to_show,
    column_choices,
    goal_of_code,
    reading_of_code,
)
from bulk_update.web.column_problems import campaign_field, column_problems, open_answers
from bulk_update.web.drafts import Draft
from bulk_update.web.examining import Examined, examine
from bulk_update.web.last_time import as_last_time, go_on
from bulk_update.web.pages import Problem, page, problem_of, redirect, service_of
from bulk_update.web.recognition import recognise
from bulk_update.web.value_form import form_text, large_form, revision_in
from bulk_update.web.value_questions import controls_of, with_certain_values
from bulk_update.web.ways import with_ways

_LEAVE_OUT = "leave-out"
"""The button that leaves out every column that is not decided."""


async def _show(request: Request) -> Response:
    service = service_of(request)
    draft = service.drafts.get(request.path_params["draft_id"])
    try:
        examined = await run_sync(examine, service, draft)
    except InputError as error:
        return page(request, "unreadable.html", step="columns", draft=draft,
                    errors=[problem_of(error)])  # fmt: skip
    return _page(request, draft, examined)


def _page(
    request: Request, draft: Draft, examined: Examined, more: Iterable[Problem] = ()
) -> Response:
    answers = answers_to_show(examined.proposed, draft.columns)
    campaign = draft.campaign or examined.proposed.campaign_id
    wrong = column_problems(examined.table, answers, campaign)
    problems = [*(wrong if "check" in request.query_params else ())]
    if examined.problem and examined.lacks_campaign:
        at = campaign_field(examined.table, answers)
        problems.insert(
            0, replace(examined.problem, field=at, hint=_("Correct the campaign's id."))
        )
    drafts = service_of(request).drafts
    controls = controls_of(examined, draft) if draft.columns and not wrong else ()
    choices = column_choices(examined.proposed, answers, controls=controls)
    return page(
        request,
        "columns.html",
        step="columns",
        draft=draft,
        errors=(*problems, *more),
        faulty={problem.field for problem in problems},
        choices=choices,
        rows=examined.table.rows,
        notes=examined.notes,
        campaign=campaign or "",
        used=examined.used,
        asks_for_campaign=all(answer.goal is not Goal.CAMPAIGN for answer in answers.values()),
        live_problem=None if examined.lacks_campaign else examined.problem,
        recognised=None if draft.columns else recognise(drafts, draft, examined.table),
        has_undecided=any(answer.goal is None for answer in answers.values()),
        open_answers=open_answers(examined.table, answers, campaign),
    )


async def _save(request: Request) -> Response:
    """Keep whatever was answered, and go on if it is complete."""
    service = service_of(request)
    draft = service.drafts.get(request.path_params["draft_id"])
    form = await large_form(request)
    examined = await run_sync(examine, service, draft)
    shown = answers_to_show(examined.proposed, draft.columns)
    answers = _answers_in(form, examined, shown)
    if form.get("then") == _LEAVE_OUT:
        answers = {
            name: replace(each, goal=each.goal or Goal.UNUSED) for name, each in answers.items()
        }
    campaign = form_text(form, "campaign").strip() or None
    if campaign != draft.campaign:
        answered = replace(draft, campaign=campaign, columns=answers)
        examined = await run_sync(examine, service, answered)
    answers = with_ways(examined, answers, is_rehearsal=draft.rehearsal)
    draft = service.drafts.save(
        _answered(draft, examined, answers, campaign), revision=revision_in(form)
    )
    if examined.lacks_campaign or column_problems(examined.table, answers, campaign):
        return redirect(f"/draft/{draft.id}/columns?check=1")
    try:
        return redirect(await go_on(request, draft, examined, then="values"))
    except MappingError as error:
        return _page(request, draft, examined, more=[problem_of(error)])


def _answers_in(
    form: FormData, examined: Examined, shown: Mapping[str, ColumnAnswer]
) -> dict[str, ColumnAnswer]:
    """Return what a form says of each column; what it does not mention stays as it is shown."""
    found = {}
    for index, column in enumerate(examined.table.columns):
        before = shown[column.name]
        if f"goal-{index}" not in form:
            found[column.name] = before
            continue
        found[column.name] = ColumnAnswer(
            goal_of_code(form_text(form, f"goal-{index}")),
            column_key(form_text(form, f"field-{index}")),
            reading_of_code(form_text(form, f"reading-{index}")),
        )
    return found


def _answered(
    draft: Draft,
    examined: Examined,
    answers: Mapping[str, ColumnAnswer],
    campaign: str | None,
) -> Draft:
    """Return a draft with new answers; the plan made of the old ones is forgotten."""
    is_same = dict(draft.columns) == dict(answers) and draft.campaign == campaign
    values = with_certain_values(examined, answers, replace(draft.values, like="", new=()))
    return replace(
        draft,
        columns=dict(answers),
        campaign=campaign,
        values=values,
        run_id=draft.run_id if is_same and values == draft.values else None,
    )


async def _as_last_time(request: Request) -> Response:
    """Take over the answers about an earlier file with the same columns."""
    draft = service_of(request).drafts.get(request.path_params["draft_id"])
    form = await request.form()
    url = await as_last_time(request, draft, revision=revision_in(form))
    return redirect(url or f"/draft/{draft.id}/columns")


routes = [
    Route("/draft/{draft_id}/columns", _show, methods=["GET"]),
    Route("/draft/{draft_id}/columns", _save, methods=["POST"]),
    Route("/draft/{draft_id}/as-last-time", _as_last_time, methods=["POST"]),
]
