"""Screen 4: what the values mean, and why rows would be refused."""

from __future__ import annotations

from dataclasses import replace

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulk_update.errors import BulkUpdateError, InputError, MappingError, UsageError
from bulk_update.job.preview_plan import frequent_reasons
from bulk_update.job.recall_plan import RecalledPlan, recall_plan
from bulk_update.job.request import RunOptions
from bulk_update.messages import sentence_of
from bulk_update.web.checking import checks_of
from bulk_update.web.column_choices import answers_to_show
from bulk_update.web.column_problems import CAMPAIGN_FIELD, column_problems
from bulk_update.web.drafts import Draft
from bulk_update.web.examining import Examined, examine
from bulk_update.web.last_time import go_on
from bulk_update.web.other_notation import columns_in_other_notation, reading_links
from bulk_update.web.page_hints import is_about_campaign
from bulk_update.web.pages import Problem, page, problem_of, redirect, service_of
from bulk_update.web.plan_findings import Finding, findings_of, outcome_counts
from bulk_update.web.service import Service
from bulk_update.web.value_form import large_form, revision_in, value_answers, value_problems
from bulk_update.web.value_questions import column_questions, word_questions

_MOST_REASONS = 200


async def _show(request: Request) -> Response:
    service = service_of(request)
    draft = service.drafts.get(request.path_params["draft_id"])
    check = checks_of(request).of(draft)
    if check and check.is_running:
        return page(request, "checking.html", step="values", draft=draft, check=check)
    try:
        examined = await run_sync(examine, service, draft)
    except InputError as error:
        return page(request, "unreadable.html", step="values", draft=draft,
                    errors=[problem_of(error)])  # fmt: skip
    if _has_open_columns(examined, draft):
        return redirect(f"/draft/{draft.id}/columns")
    problems = value_problems(examined, draft) if "check" in request.query_params else ()
    if check and check.error:
        problems = (*problems, _problem_of_check(draft, check.error))
    return await _page(request, service, draft, examined, problems)


async def _page(
    request: Request,
    service: Service,
    draft: Draft,
    examined: Examined,
    problems: tuple[Problem, ...],
) -> Response:
    recalled, findings = await run_sync(_planned, service, draft)
    return page(
        request,
        "values.html",
        step="values",
        draft=draft if recalled else replace(draft, run_id=None),
        errors=problems,
        faulty={problem.field for problem in problems},
        word_questions=word_questions(examined, draft),
        column_questions=column_questions(examined, draft),
        duplicates=draft.values.duplicates,
        live_problem=examined.problem,
        plan=recalled and recalled.plan,
        outcomes=(
            outcome_counts(recalled.plan.counts, identical=recalled.identical) if recalled else ()
        ),
        stops=sentences_of_guard(recalled),
        findings=findings,
        reading_links=await run_sync(reading_links, service, draft),
        in_other_notation=(
            columns_in_other_notation(draft, recalled.plan, findings) if recalled else ()
        ),
    )


async def _save(request: Request) -> Response:
    """Keep the answers, and check the file again if they changed."""
    service = service_of(request)
    draft = service.drafts.get(request.path_params["draft_id"])
    form = await large_form(request)
    examined = await run_sync(examine, service, draft)
    if _has_open_columns(examined, draft):
        return redirect(f"/draft/{draft.id}/columns?check=1")
    values = value_answers(form, examined, draft)
    wants_check = form.get("then") != "preview"
    run_id = draft.run_id if values == draft.values and not wants_check else None
    draft = service.drafts.save(
        replace(draft, values=values, run_id=run_id),
        revision=revision_in(form),
    )
    then = "values" if wants_check else "preview"
    if value_problems(examined, draft):
        return redirect(f"/draft/{draft.id}/values?check=1")
    try:
        return redirect(await go_on(request, draft, examined, then=then))
    except MappingError as error:
        return await _page(request, service, draft, examined, (problem_of(error),))


def sentences_of_guard(recalled: RecalledPlan | None) -> tuple[str, ...]:
    """Return why a plan must not be sent, in words."""
    if recalled is None or recalled.stopped is None:
        return ()
    return tuple(map(sentence_of, recalled.stopped.reasons))


def _planned(service: Service, draft: Draft) -> tuple[RecalledPlan | None, tuple[Finding, ...]]:
    """Return the plan of a draft with what it refuses; nothing if its run has been deleted."""
    if draft.run_id is None:
        return None, ()
    options = service.options_for(draft)
    try:
        return recall_plan(draft.run_id, options), findings_in(draft.run_id, options)
    except UsageError:
        return None, ()


def findings_in(run_id: str, options: RunOptions) -> tuple[Finding, ...]:
    """Return what a plan refuses. Raises UsageError if there is no such run."""
    return findings_of(frequent_reasons(run_id, options, most=_MOST_REASONS))


def _problem_of_check(draft: Draft, error: BulkUpdateError) -> Problem:
    """Return why a check failed, with a link to what has to be corrected."""
    problem = problem_of(error)
    if not is_about_campaign(error):
        return problem
    return replace(problem, field=CAMPAIGN_FIELD, screen=f"/draft/{draft.id}/columns")


def _has_open_columns(examined: Examined, draft: Draft) -> bool:
    answers = answers_to_show(examined.proposed, draft.columns)
    return (
        not draft.columns
        or examined.lacks_campaign
        or bool(column_problems(examined.table, answers, draft.campaign))
    )


routes = [
    Route("/draft/{draft_id}/values", _show, methods=["GET"]),
    Route("/draft/{draft_id}/values", _save, methods=["POST"]),
]
