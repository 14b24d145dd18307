"""Screen 8: how a run ended, its files, and the rows to correct."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from bulk_update.errors import BulkUpdateError
from bulk_update.job.inspect import (
    RowsToCorrect,
    RunView,
    folder_of,
    opened_ledger,
    rows_to_correct,
    show_run,
)
from bulk_update.job.write_page import recorded_page
from bulk_update.language import gettext as _
from bulk_update.messages import number
from bulk_update.records import Status
from bulk_update.report import Page
from bulk_update.web.corrections import MOST_ROWS, corrected_rows, plan_corrections, shown_rows
from bulk_update.web.endings import ending_of_run
from bulk_update.web.finding_words import own_repair
from bulk_update.web.pages import Problem, page, problem_of, redirect
from bulk_update.web.run_files import MAPPING, description_of, downloads_of
from bulk_update.web.run_places import RunPlace
from bulk_update.web.screens.runs import number_or, run_in, start
from bulk_update.web.sending import Errand, Verb

_MOST_FIELDS = 20_000


async def _show(request: Request) -> Response:
    return await _shown(request, await run_in(request), after=_after(request))


async def _correct(request: Request) -> Response:
    """Plan the rows that were corrected in the form; nothing is sent."""
    place = await run_in(request)
    after = _after(request)
    form = await request.form(max_fields=_MOST_FIELDS)
    answers = {name: str(value) for name, value in form.items()}
    found = await to_thread.run_sync(_rows, place, after)
    changed = await to_thread.run_sync(corrected_rows, found, answers)
    if not changed:
        nothing = Problem(
            _("No cell was changed."), _("Correct at least one of the marked cells, then check.")
        )
        return await _shown(request, place, nothing, after=after, answers=answers)
    try:
        draft = await to_thread.run_sync(plan_corrections, place, found, changed)
    except BulkUpdateError as error:
        return await _shown(request, place, problem_of(error), after=after, answers=answers)
    return redirect(f"/draft/{draft.id}/preview")


async def _retry(request: Request) -> Response:
    place = await run_in(request)
    return await start(place, Errand(Verb.RETRY, place.run.run_id), await request.form())


async def _verify(request: Request) -> Response:
    place = await run_in(request)
    return await start(place, Errand(Verb.VERIFY, place.run.run_id), await request.form())


async def _download(request: Request) -> Response:
    place = await run_in(request)
    name = request.path_params["name"]
    if name == MAPPING:
        headers = {"Content-Disposition": f'attachment; filename="{MAPPING}"'}
        return Response(place.run.mapping, media_type="application/yaml", headers=headers)
    for each in await to_thread.run_sync(downloads_of, place.run):
        if each.name == name:
            return FileResponse(each.path, filename=name, media_type=each.media_type)
    raise HTTPException(HTTPStatus.NOT_FOUND)


async def _shown(
    request: Request,
    place: RunPlace,
    *problems: Problem,
    after: int,
    answers: dict[str, str] | None = None,
) -> Response:
    context = await to_thread.run_sync(_context, place, after)
    return page(
        request,
        "report.html",
        step="report",
        draft=place.draft,
        rehearsal=place.is_rehearsal,
        base_url=place.run.base_url,
        run_id=place.run.run_id,
        errors=problems,
        answers=answers or {},
        **context,
    )


def _context(place: RunPlace, after: int) -> dict[str, Any]:
    run_id = place.run.run_id
    view = show_run(run_id, place.options)
    summary = _summary(place)
    found = _rows(place, after)
    command = place.commands.latest(run_id)
    return {
        "run": view.run,
        "ending": ending_of_run(
            view, needing_attention=summary.needing_attention, left_to_send=summary.left_to_send
        ),
        "summary": summary,
        "after": after,
        "rows": shown_rows(found),
        "last_row": found.rows[-1].number if found.has_more else None,
        "files": [each.name for each in downloads_of(view.run)],
        "is_working": command is not None and command.is_running,
        "can_retry": _can_retry(view),
        "turn": place.commands.next_turn(run_id),
        "number": number,
        "own_repair": own_repair,
        "description_of": description_of,
    }


def _summary(place: RunPlace) -> Page:
    """Return what `report.html` says of a run, without its rows."""
    with opened_ledger(place.options) as store:
        run = store.runs.find(place.run.run_id)
        folder = folder_of(run) or place.options.settings.state_folder
        return replace(recorded_page(store, run, place.options, folder=folder), attention=())


def _rows(place: RunPlace, after: int) -> RowsToCorrect:
    return rows_to_correct(place.run.run_id, place.options, after=after, most=MOST_ROWS)


def _can_retry(view: RunView) -> bool:
    tried = (Status.REJECTED, Status.FAILED, Status.IN_DOUBT)
    is_over = view.run.started_at_us is not None and view.sent_by is None
    return is_over and view.run.undoes is None and any(view.counts[each] for each in tried)


def _after(request: Request) -> int:
    return number_or(request.query_params.get("after"), 0)


routes = [
    Route("/run/{run}/report", _show),
    Route("/run/{run}/correct", _correct, methods=["POST"]),
    Route("/run/{run}/retry", _retry, methods=["POST"]),
    Route("/run/{run}/verify", _verify, methods=["POST"]),
    Route("/run/{run}/files/{name}", _download),
]
