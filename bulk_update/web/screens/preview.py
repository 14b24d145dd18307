"""Screen 5: what would change, record by record; and the mapping to download."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bulk_update.errors import UsageError
from bulk_update.job.preview_plan import PreviewPage, preview_plan
from bulk_update.job.recall_plan import recall_plan
from bulk_update.job.request import RunOptions
from bulk_update.ledger import PageView
from bulk_update.messages import moment, sentence_of
from bulk_update.web.change_words import reservations, would_change
from bulk_update.web.checking import answers_of, checks_of
from bulk_update.web.mapping_text import mapping_text
from bulk_update.web.other_notation import columns_in_other_notation, reading_links
from bulk_update.web.pages import page, redirect, service_of
from bulk_update.web.plan_findings import outcome_counts
from bulk_update.web.run_files import MAPPING
from bulk_update.web.screens.values import findings_in, sentences_of_guard

_LONGEST_SEARCH = 200
_MOST_DIGITS = 9
_NOT_IN_A_NAME = re.compile("[^A-Za-z0-9._-]+")


async def _show(request: Request) -> Response:
    service = service_of(request)
    draft = service.drafts.get(request.path_params["draft_id"])
    check = checks_of(request).of(draft)
    if check and check.is_running:
        return page(request, "checking.html", step="preview", draft=draft, check=check)
    if draft.run_id is None:
        return redirect(f"/draft/{draft.id}/values")
    options = await run_sync(service.options_for, draft)
    try:
        preview = await run_sync(preview_of, request, draft.run_id, options)
        recalled = await run_sync(recall_plan, draft.run_id, options)
        findings = await run_sync(findings_in, draft.run_id, options) if draft.values.like else ()
    except UsageError:  # the run was deleted
        return redirect(f"/draft/{draft.id}/values")
    return page(
        request,
        "preview.html",
        step="preview",
        draft=draft,
        preview=preview,
        views=views_of(preview),
        link=f"/draft/{draft.id}/preview",
        query=query_of,
        sentence_of=sentence_of,
        planned_at=moment(recalled.run.planned_at_us or recalled.run.created_at_us),
        plan=recalled.plan,
        outcomes=outcome_counts(recalled.plan.counts, identical=recalled.identical),
        would_change=would_change(recalled.evidence),
        reservations=reservations(recalled.evidence),
        stops=sentences_of_guard(recalled),
        in_other_notation=columns_in_other_notation(draft, recalled.plan, findings),
        reading_links=await run_sync(reading_links, service, draft) if draft.values.like else {},
    )


def preview_of(request: Request, run_id: str, options: RunOptions) -> PreviewPage:
    """Return the page of a plan that an address asks for; anything strange is ignored.

    Raises UsageError if there is no such run.
    """
    asked = request.query_params
    view, number = asked.get("view", ""), asked.get("page", "")
    is_number = number.isascii() and number.isdecimal() and len(number) <= _MOST_DIGITS
    return preview_plan(
        run_id,
        options,
        view=PageView(view) if view in list(PageView) else PageView.CHANGES,
        search=asked.get("q", "").strip()[:_LONGEST_SEARCH],
        page=int(number) if is_number else 1,
    )


def views_of(preview: PreviewPage) -> tuple[tuple[str, int, bool], ...]:
    """Return the views with their numbers of rows, and whether each is the one shown."""
    return tuple((view, preview.counts[view], view is preview.view) for view in PageView)


def query_of(view: str, search: str, number: int) -> str:
    """Return the query of the address of a page."""
    given = {"view": view, "q": search, "page": "" if number == 1 else str(number)}
    return urlencode({name: value for name, value in given.items() if value})


async def _download(request: Request) -> Response:
    """Return the mapping of a draft as a file, for schedules and for the command line."""
    service = service_of(request)
    draft = service.drafts.get(request.path_params["draft_id"])
    if draft.corrected_run:  # it is planned with the mapping of that run
        return redirect(f"/run/{draft.run_id}/files/{MAPPING}")
    answers = await run_sync(answers_of, service, draft)
    name = _NOT_IN_A_NAME.sub("-", answers.job).strip("-.") or "mapping"
    return PlainTextResponse(
        mapping_text(answers),
        media_type="application/yaml",
        headers={"Content-Disposition": f'attachment; filename="{name}.yaml"'},
    )


routes = [
    Route("/draft/{draft_id}/preview", _show, methods=["GET"]),
    Route("/draft/{draft_id}/mapping.yaml", _download, methods=["GET"]),
]
