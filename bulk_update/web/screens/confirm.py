"""Screen 6: what a plan changes, and the number to type before it is sent."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulk_update.errors import BulkUpdateError
from bulk_update.job.recall_plan import recall_plan
from bulk_update.job.send_first import send_first
from bulk_update.language import gettext as _
from bulk_update.messages import number
from bulk_update.web.checking import delete_earlier_plans
from bulk_update.web.confirmation import Confirmation, confirmation_of, number_in
from bulk_update.web.corrections import plan_draft
from bulk_update.web.pages import Problem, page, problem_of, redirect, service_of
from bulk_update.web.run_places import RunPlace, place_of
from bulk_update.web.screens.runs import run_in, start, turn_in
from bulk_update.web.sending import SENDING, Errand, Verb


async def _show_draft(request: Request) -> Response:
    draft = service_of(request).drafts.get(request.path_params["draft_id"])
    if draft.run_id is None:
        return redirect(f"/draft/{draft.id}/preview")
    place = await to_thread.run_sync(place_of, service_of(request), draft.run_id)
    return await _shown(request, place)


async def _show_run(request: Request) -> Response:
    place = await run_in(request)
    if place.draft is not None:
        return redirect(f"/draft/{place.draft.id}/confirm")
    return await _shown(request, place)


async def _send_draft(request: Request) -> Response:
    draft = service_of(request).drafts.get(request.path_params["draft_id"])
    form = await request.form()
    if draft.run_id is None:
        return redirect(f"/draft/{draft.id}/preview")
    place = await to_thread.run_sync(place_of, service_of(request), draft.run_id)
    if form.get("run") != draft.run_id:
        meanwhile = Problem(
            _("The plan was made again meanwhile, perhaps in another tab. Nothing was sent."),
            _("Look at the numbers of the present plan, then confirm it."),
        )
        return await _shown(request, place, meanwhile, status_code=HTTPStatus.CONFLICT)
    return await _confirmed(request, place)


async def _send_run(request: Request) -> Response:
    return await _confirmed(request, await run_in(request))


async def _plan_again(request: Request) -> Response:
    """Plan a draft again whose plan is too old to be sent as it is."""
    service = service_of(request)
    draft = service.drafts.get(request.path_params["draft_id"])
    place = await to_thread.run_sync(place_of, service, draft.run_id or "")
    report = await to_thread.run_sync(lambda: plan_draft(service, draft, like=place.run))
    planned = replace(draft, run_id=report.summary.run_id)
    service.drafts.save(planned, revision=draft.revision)
    await to_thread.run_sync(delete_earlier_plans, service, planned)
    return redirect(f"/draft/{draft.id}/preview")


async def _confirmed(request: Request, place: RunPlace) -> Response:
    """Start sending if the number is right and nothing forbids it; otherwise ask again."""
    form = await request.form()
    confirmation = await _confirmation(place)
    if turn_in(form) != place.commands.next_turn(place.run.run_id):
        return redirect(f"/run/{place.run.run_id}/send")  # a double click, or another tab
    if problem := _problem(place, confirmation, typed=str(form.get("changes", ""))):
        return await _shown(request, place, problem)
    chosen = [
        (each.status_id, each.status_name)
        for each in confirmation.can_be_first
        if each.status_id in form.getlist("first")
    ]
    if chosen:
        try:
            await to_thread.run_sync(send_first, place.run.run_id, chosen, place.options)
        except BulkUpdateError as error:
            return await _shown(request, place, problem_of(error, field="first"))
    return await start(place, Errand(Verb.APPLY, place.run.run_id, SENDING), form)


def _problem(place: RunPlace, shown: Confirmation, *, typed: str) -> Problem | None:
    """Return why a plan is not sent, or None if it may be."""
    if shown.stops:
        return Problem(shown.stops[0].sentence, shown.stops[0].remedy)
    if not shown.to_send:
        return Problem(_("There is nothing to send."))
    if shown.is_too_old and place.draft is not None:
        return _too_old()
    if number_in(typed) == shown.to_send:
        return None
    return Problem(
        _("The number does not match. Nothing was sent."),
        _("Type {n}, the number of records to be sent.").format(n=shown.to_send),
        "changes",
    )


def _too_old() -> Problem:
    return Problem(
        _("This plan is older than 24 hours. Nothing was sent."),
        _("Plan the file again: its records may have changed since."),
    )


async def _confirmation(place: RunPlace) -> Confirmation:
    recalled = await to_thread.run_sync(recall_plan, place.run.run_id, place.options)
    return confirmation_of(recalled)


async def _shown(
    request: Request,
    place: RunPlace,
    *problems: Problem,
    status_code: HTTPStatus = HTTPStatus.OK,
) -> Response:
    run_id, draft = place.run.run_id, place.draft
    return page(
        request,
        "confirm.html",
        step="confirm",
        draft=draft,
        rehearsal=place.is_rehearsal,
        base_url=place.run.base_url,
        run_id=run_id,
        errors=problems,
        status_code=status_code,
        plan=await _confirmation(place),
        action=f"/draft/{draft.id}/confirm" if draft else f"/run/{run_id}/confirm",
        turn=place.commands.next_turn(run_id),
        number=number,
    )


routes = [
    Route("/draft/{draft_id}/confirm", _show_draft),
    Route("/draft/{draft_id}/confirm", _send_draft, methods=["POST"]),
    Route("/draft/{draft_id}/plan-again", _plan_again, methods=["POST"]),
    Route("/run/{run}/confirm", _show_run),
    Route("/run/{run}/confirm", _send_run, methods=["POST"]),
]
