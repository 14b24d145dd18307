"""Screen 8: how a run ended, its files, and the rows to correct."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from bulk_update.columns import column_key
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
from bulk_update.messages import number, sentence_of
from bulk_update.reasons import restored
from bulk_update.records import Status
from bulk_update.report import Page
from bulk_update.web.cell_choices import Choice
from bulk_update.web.correction_form import ShownRow, corrections_in, shown_rows
from bulk_update.web.corrections import (
    MOST_ROWS,
    NotAccepted,
    choices_of,
    plan_corrections,
    typed_corrections,
)
from bulk_update.web.drafts import Draft
from bulk_update.web.endings import ending_of_run
from bulk_update.web.finding_words import own_repair
from bulk_update.web.pages import Problem, page, problem_of, redirect
from bulk_update.web.run_files import MAPPING, description_of, downloads_of
from bulk_update.web.run_places import RunPlace
from bulk_update.web.screens.runs import number_or, run_in, start
from bulk_update.web.sending import Errand, Verb

_MOST_FIELDS = 20_000
_FORGET = "forget"
"""The name of the button that puts the texts of the file back into all fields."""


async def _show(request: Request) -> Response:
    place, after = await run_in(request), _after(request)
    typed = await to_thread.run_sync(typed_corrections(place).of, place.run.run_id)
    return await _shown(request, place, after=after, typed=typed)


async def _correct(request: Request) -> Response:
    """Plan the rows that were corrected in the form; nothing is sent."""
    place, after = await run_in(request), _after(request)
    form = await request.form(max_fields=_MOST_FIELDS)
    answers = {name: str(value) for name, value in form.items()}
    if answers.pop(_FORGET, None) is not None:
        await to_thread.run_sync(typed_corrections(place).forget, place.run.run_id)
        return redirect(f"/run/{place.run.run_id}/report" + (f"?after={after}" if after else ""))
    outcome, typed = await to_thread.run_sync(_planned, place, after, answers)
    if isinstance(outcome, Draft):
        return redirect(f"/draft/{outcome.id}/preview")
    return await _shown(request, place, *outcome, after=after, typed=typed)


def _planned(
    place: RunPlace, after: int, answers: dict[str, str]
) -> tuple[Draft | list[Problem], dict[str, str]]:
    """Keep what was typed and plan it; return the draft or what is wrong, and what is typed."""
    found, kept = _rows(place, after), typed_corrections(place)
    shown = shown_rows(found, {}, choices_of(place))
    corrections = corrections_in(found, shown, answers)
    names = [name for row in shown for name in row.fields]
    kept.keep(place.run.run_id, corrections.typed, shown=names)
    typed = kept.of(place.run.run_id)
    if not corrections.rows:
        hint = _("Correct at least one of the marked cells, then check.")
        return [Problem(_("No cell was changed."), hint)], typed
    try:
        planned = plan_corrections(place, found, corrections.rows)
    except BulkUpdateError as error:
        return [problem_of(error)], typed
    if isinstance(planned, NotAccepted):
        return [*_refusals(planned, shown)], typed
    return planned, typed


def _refusals(refused: NotAccepted, shown: Sequence[ShownRow]) -> Iterator[Problem]:
    """Yield why rows are still not valid, each with a link to the field that it is about."""
    forms = {row.number: row for row in shown}
    for row in refused.rows:
        offered = forms[row.number].offered if row.number in forms else ()
        for reason in restored(row.reasons):
            columns = set(map(column_key, reason.columns))
            fields = (cell.name for cell in offered if column_key(cell.column) in columns)
            said = _("Row {row}: {reason}").format(row=row.number, reason=sentence_of(reason))
            yield Problem(said, field=next(fields, ""))


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
    typed: Mapping[str, str],
) -> Response:
    context = await to_thread.run_sync(_context, place, after, typed)
    return page(
        request,
        "report.html",
        step="report",
        draft=place.draft,
        rehearsal=place.is_rehearsal,
        base_url=place.run.base_url,
        run_id=place.run.run_id,
        errors=problems,
        faulty={problem.field for problem in problems},
        **context,
    )


def _context(place: RunPlace, after: int, typed: Mapping[str, str]) -> dict[str, Any]:
    run_id = place.run.run_id
    view = show_run(run_id, place.options)
    summary = _summary(place)
    found = _rows(place, after)
    rows = shown_rows(found, typed, choices_of(place))
    command = place.commands.latest(run_id)
    return {
        "run": view.run,
        "ending": ending_of_run(
            view, needing_attention=summary.needing_attention, left_to_send=summary.left_to_send
        ),
        "summary": summary,
        "after": after,
        "rows": rows,
        "lists": _lists(rows),
        "has_typed": any(name in typed for row in rows for name in row.fields),
        "last_row": found.rows[-1].number if found.has_more else None,
        "files": [each.name for each in downloads_of(view.run)],
        "is_working": command is not None and command.is_running,
        "can_retry": _can_retry(view),
        "turn": place.commands.next_turn(run_id),
        "number": number,
        "own_repair": own_repair,
        "description_of": description_of,
    }


def _lists(rows: Sequence[ShownRow]) -> dict[tuple[Choice, ...], str]:
    """Return the long lists of values with the ids that fields refer to them by."""
    long = (cell.choices for row in rows for cell in row.offered if not cell.is_list)
    return {
        choices: f"list-{place}" for place, choices in enumerate(dict.fromkeys(long)) if choices
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
