"""Screen 9: all runs, and what can be done with each."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulk_update.job.inspect import RunView, delete_run, list_some_runs
from bulk_update.language import gettext as _
from bulk_update.ledger import RunState
from bulk_update.messages import meaning_of, number
from bulk_update.records import Status
from bulk_update.web.corrections import typed_corrections
from bulk_update.web.drafts import Draft
from bulk_update.web.endings import is_plan, state_of
from bulk_update.web.pages import Problem, page, redirect, service_of
from bulk_update.web.run_places import RunPlace, looking_options
from bulk_update.web.screens.runs import number_or, run_in
from bulk_update.web.service import Service

MOST_RUNS = 25
"""How many runs one screen lists."""


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run as the history lists it."""

    run_id: str
    when: datetime
    job: str
    file: str
    who: str
    command: str
    state: str
    outcomes: tuple[tuple[str, int], ...]
    can_go_on: bool
    can_be_undone: bool
    is_plan: bool
    is_sending: bool
    newer_run_id: str | None


async def _show(request: Request) -> Response:
    service = service_of(request)
    asked = request.query_params
    is_rehearsal = "rehearsals" in asked or (service.base_url is None and "live" not in asked)
    skip = number_or(request.query_params.get("skip"), 0)
    options = looking_options(service, is_rehearsal=is_rehearsal)
    views = await to_thread.run_sync(lambda: list_some_runs(options, skip=skip, most=MOST_RUNS + 1))
    systems = {view.run.base_url for view in views if view.run.base_url}
    names = {each.run_id: each.file_name for each in service.drafts.recent() if each.run_id}
    runs = [_listed(view, names) for view in views[:MOST_RUNS]]
    return page(
        request,
        "history.html",
        rehearsal=is_rehearsal,
        base_url=service.base_url or (systems.pop() if len(systems) == 1 else None),
        is_rehearsal=is_rehearsal,
        runs=[run for run in runs if run.newer_run_id is None],
        replaced=[run for run in runs if run.newer_run_id is not None],
        outcomes=dict.fromkeys(outcome for run in runs for outcome, _ in run.outcomes),
        meaning_of=meaning_of,
        earlier=skip + MOST_RUNS if len(views) > MOST_RUNS else None,
        skip=skip,
        number=number,
    )


async def _again(request: Request) -> Response:
    """Begin anew with the same file and, if they are still known, the same answers."""
    place = await run_in(request)
    draft = await to_thread.run_sync(_same_again, place)
    if draft is None:
        return _gone(request, place)
    return redirect(f"/draft/{draft.id}/sheet")


async def _ask_to_delete(request: Request) -> Response:
    return _asking(request, await run_in(request))


async def _delete(request: Request) -> Response:
    place = await run_in(request)
    if not await to_thread.run_sync(_deleted, place):
        kept = Problem(
            _("This run has to stay."),
            _("A process works on it, or the next run of its job is compared with it."),
        )
        return _asking(request, place, kept)
    return redirect("/history?rehearsals" if place.is_rehearsal else "/history")


def _listed(view: RunView, names: Mapping[str, str]) -> ListedRun:
    """Return a run for the list; `names` are those of uploaded files, by the run of their draft."""
    run = view.run
    counts = {status: rows for status, rows in view.counts.items() if rows}
    return ListedRun(
        run_id=run.run_id,
        when=datetime.fromtimestamp((run.started_at_us or run.created_at_us) / 1e6, tz=UTC),
        job=run.job,
        file=names.get(run.run_id) or Path(run.input_path).name,
        who=f"{run.user}@{run.host}",
        command=run.command,
        state=state_of(view),
        outcomes=tuple((str(status), rows) for status, rows in counts.items()),
        can_go_on=view.is_interrupted or run.state is RunState.UNFINISHED,
        can_be_undone=bool(view.counts[Status.UPDATED]) and view.sent_by is None,
        is_plan=is_plan(view),
        is_sending=view.sent_by is not None,
        newer_run_id=view.newer_run_id,
    )


def _asking(request: Request, place: RunPlace, *problems: Problem) -> Response:
    return page(
        request,
        "delete_run.html",
        rehearsal=place.is_rehearsal,
        base_url=place.run.base_url,
        errors=problems,
        run=place.run,
        has_draft=place.draft is not None,
    )


def _gone(request: Request, place: RunPlace) -> Response:
    return page(
        request,
        "problem.html",
        rehearsal=place.is_rehearsal,
        base_url=place.run.base_url,
        status_code=404,
        title=_("The file of this run is no longer there"),
        remedy=_("Choose it again, or a new one: the answers for its columns are still known."),
        back="/",
    )


def _deleted(place: RunPlace) -> bool:
    """Delete a run with its commands and its draft; return False if it must be kept."""
    command = place.commands.latest(place.run.run_id)
    if command is not None and command.is_running:
        return False
    if not delete_run(place.run.run_id, place.options):
        return False
    place.commands.forget(place.run)
    typed_corrections(place).forget(place.run.run_id)
    if place.draft is not None:
        place.service.drafts.delete(place.draft.id)
    return True


def _same_again(place: RunPlace) -> Draft | None:
    """Return a new draft of a run's file, or None if that file is gone or has changed."""
    service, run = place.service, place.run
    source = _file_of(service, place)
    if source is None:
        return None
    name = place.draft.file_name if place.draft else Path(run.input_path).name
    base_url = None if place.is_rehearsal else run.base_url or service.base_url
    draft = service.drafts.create(name, rehearsal=place.is_rehearsal, base_url=base_url)
    shutil.copyfile(source, service.drafts.input_path(draft.id))
    service.drafts.input_path(draft.id).chmod(0o600)
    if place.draft is None:
        return draft
    known = place.draft
    answered = replace(
        draft,
        campaign=known.campaign,
        source=known.source,
        columns=known.columns,
        values=known.values,
    )
    return service.drafts.save(answered, revision=draft.revision)


def _file_of(service: Service, place: RunPlace) -> Path | None:
    path = service.drafts.input_path(place.draft.id) if place.draft else Path(place.run.input_path)
    try:
        with path.open("rb") as file:
            is_same = hashlib.file_digest(file, "sha256").hexdigest() == place.run.input_sha256
    except OSError:
        return None
    return path if is_same else None


routes = [
    Route("/history", _show),
    Route("/run/{run}/again", _again, methods=["POST"]),
    Route("/run/{run}/delete", _ask_to_delete),
    Route("/run/{run}/delete", _delete, methods=["POST"]),
]
