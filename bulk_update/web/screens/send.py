"""Screen 7: how far a command is, and stopping and continuing it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import anyio
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bulk_update.errors import BulkUpdateError
from bulk_update.exits import ExitCode
from bulk_update.job.inspect import RunProgress, show_progress
from bulk_update.job.recall_plan import recall_plan
from bulk_update.ledger import RunState
from bulk_update.messages import meaning_of, number
from bulk_update.web.pages import is_busy, page, redirect, service_of
from bulk_update.web.progress import Phase, Progress, progress_of
from bulk_update.web.run_places import RunPlace
from bulk_update.web.screens.runs import run_in, start
from bulk_update.web.sending import SENDING, Command, Errand, Verb
from bulk_update.web.templates import environment
from bulk_update.web.undo_words import tick_the_box

_SHORTEST_SECONDS = 1.0
_STEP_SECONDS = 0.2
"""How soon a stop of the page ends the stream."""
_SHARE = 20
"""Looking takes at most one part in so many of the time, however large the run is."""

_TRUST = "--trust-last-sent"
_OVER = {ExitCode.SUCCESS, ExitCode.ROWS}


async def _show(request: Request) -> Response:
    place = await run_in(request)
    command = place.commands.latest(place.run.run_id)
    standing, progress = await _look(place, command)
    if command is None and standing.run.started_at_us is None:
        return redirect(f"/run/{place.run.run_id}/confirm")
    if target := _next(place, command, standing, progress):
        return redirect(target)
    return page(
        request,
        "send.html",
        step="send",
        draft=place.draft,
        rehearsal=place.is_rehearsal,
        base_url=place.run.base_url,
        run_id=place.run.run_id,
        command=command,
        turn=place.commands.next_turn(place.run.run_id),
        can_go_on=standing.left_to_send > 0,
        hint=_hint(command, progress),
        **_context(progress),
    )


async def _go_on(request: Request) -> Response:
    """Continue a run that was confirmed before; an old one has to be confirmed again."""
    place = await run_in(request)
    recalled = await to_thread.run_sync(recall_plan, place.run.run_id, place.options)
    if not recalled.was_sent or not recalled.is_fresh:
        return redirect(f"/run/{place.run.run_id}/confirm")
    form = await request.form()
    return await start(place, Errand(Verb.APPLY, place.run.run_id, SENDING), form)


async def _stop(request: Request) -> Response:
    place = await run_in(request)
    if command := place.commands.latest(place.run.run_id):
        await to_thread.run_sync(command.stop)
    return redirect(f"/run/{place.run.run_id}/send")


async def _events(request: Request) -> Response:
    place = await run_in(request)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    stream = _stream(request, place)
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _stream(request: Request, place: RunPlace) -> AsyncIterator[str]:
    """Yield the progress until the command ends or the page is being stopped."""
    run_id = place.run.run_id
    stop = service_of(request).stop
    while stop.cause is None and not await request.is_disconnected():
        began = time.monotonic()
        command = place.commands.latest(run_id)
        try:
            standing, progress = await _look(place, command)
        except BulkUpdateError as error:
            if not is_busy(error):
                return  # the browser asks again, and the screen says why
            continue  # it has waited for the other program
        if progress.is_over:
            yield _event("end", _next(place, command, standing, progress) or f"/run/{run_id}/send")
            return
        text = environment().get_template("_progress.html").render(**_context(progress))
        yield _event("progress", text)
        seconds = max(_SHORTEST_SECONDS, (time.monotonic() - began) * _SHARE)
        for _ in range(round(seconds / _STEP_SECONDS)):
            if stop.cause is None:
                await anyio.sleep(_STEP_SECONDS)


def _event(name: str, text: str) -> str:
    lines = "".join(f"data: {line}\n" for line in text.splitlines())
    return f"event: {name}\n{lines}\n"


async def _look(place: RunPlace, command: Command | None) -> tuple[RunProgress, Progress]:
    def looking() -> tuple[RunProgress, Progress]:
        # The command first: what it has done when it is seen to be over is then in the ledger.
        is_running = command is not None and command.is_running
        standing = show_progress(place.run.run_id, place.options)
        if command is None:
            return standing, _without_command(standing)
        return standing, progress_of(command, standing, is_running=is_running)

    return await to_thread.run_sync(looking)


def _hint(command: Command | None, progress: Progress) -> str:
    """Return what a command says to do next; the page knows no options."""
    hint = str((progress.ended or {}).get("hint") or "")
    if command is not None and command.errand.verb is Verb.UNDO and _TRUST in hint:
        return tick_the_box()
    return hint


def _without_command(standing: RunProgress) -> Progress:
    """Return the progress of a run that no command of the page is working on."""
    sends = standing.run.state is RunState.SENDING and standing.lock_holder is not None
    return Progress(Phase.SENDING if sends else Phase.ENDED)


def _next(
    place: RunPlace, command: Command | None, standing: RunProgress, progress: Progress
) -> str | None:
    """Return the screen that follows a command's end, or None while this one has to be read."""
    run_id = place.run.run_id
    if progress.phase is not Phase.ENDED:
        return None
    if command is None or progress.ended is None:
        return None if standing.left_to_send else f"/run/{run_id}/report"
    if new := command.new_run_id:
        return f"/run/{new}/confirm"
    if command.errand.verb is Verb.VERIFY and progress.ended["outcomes"] is not None:
        return f"/run/{run_id}/report"
    is_over = progress.ended["exit_code"] in _OVER and not standing.left_to_send
    return f"/run/{run_id}/report" if is_over else None


def _context(progress: Progress) -> dict[str, Any]:
    return {"progress": progress, "number": number, "meaning_of": meaning_of}


routes = [
    Route("/run/{run}/send", _show),
    Route("/run/{run}/send", _go_on, methods=["POST"]),
    Route("/run/{run}/stop", _stop, methods=["POST"]),
    Route("/run/{run}/events", _events),
]
