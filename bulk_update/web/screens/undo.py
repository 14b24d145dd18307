"""Screen 10: putting back what a run changed. The plan goes through confirm and send like any."""

from __future__ import annotations

from functools import partial

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulk_update.job.field_columns import FieldColumns, columns_of_fields
from bulk_update.job.inspect import opened_ledger, show_run
from bulk_update.ledger import Run
from bulk_update.messages import moment, number, sentence_of
from bulk_update.records import Issue, Status
from bulk_update.web.pages import page
from bulk_update.web.run_places import RunPlace
from bulk_update.web.screens.preview import preview_of, query_of, views_of
from bulk_update.web.screens.runs import run_in, start
from bulk_update.web.sending import Errand, Verb
from bulk_update.web.undo_words import undo_sentence, undoable


async def _show(request: Request) -> Response:
    place = await run_in(request)
    columns = await to_thread.run_sync(columns_of_fields, place.run)
    view = await to_thread.run_sync(show_run, place.run.run_id, place.options)
    return page(
        request,
        "undo.html",
        rehearsal=place.is_rehearsal,
        base_url=place.run.base_url,
        run=view.run,
        fields=undoable(columns),
        updated=view.counts[Status.UPDATED],
        undone_by=await to_thread.run_sync(_undone_by, place),
        turn=place.commands.next_turn(place.run.run_id),
        number=number,
    )


async def _preview(request: Request) -> Response:
    """Show the records of a planned run without a draft: what each changes, or why it does not."""
    place = await run_in(request)
    run = place.run
    columns = await to_thread.run_sync(columns_of_fields, run)
    shown = await to_thread.run_sync(preview_of, request, run.run_id, place.options)
    return page(
        request,
        "undo_preview.html",
        rehearsal=place.is_rehearsal,
        base_url=place.run.base_url,
        run_id=run.run_id,
        preview=shown,
        views=views_of(shown),
        link=f"/run/{run.run_id}/preview",
        query=query_of,
        sentence_of=partial(_sentence, columns),
        planned_at=moment(run.planned_at_us or run.created_at_us),
    )


async def _plan(request: Request) -> Response:
    """Plan the undo; what the records show now is read, and nothing is sent."""
    place = await run_in(request)
    form = await request.form()
    options = ("--trust-last-sent",) if form.get("trust") else ()
    return await start(place, Errand(Verb.UNDO, place.run.run_id, options), form)


def _sentence(columns: FieldColumns, issue: Issue) -> str:
    return undo_sentence(issue, columns) or sentence_of(issue)


def _undone_by(place: RunPlace) -> Run | None:
    with opened_ledger(place.options) as store:
        return store.runs.undone_by(place.run.id)


routes = [
    Route("/run/{run}/undo", _show),
    Route("/run/{run}/undo", _plan, methods=["POST"]),
    Route("/run/{run}/preview", _preview),
]
