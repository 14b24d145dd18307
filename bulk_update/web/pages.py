"""Turns a screen's data into a response: the template, within the head that every screen shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bulk_update.errors import BulkUpdateError
from bulk_update.language import gettext as _
from bulk_update.language import language
from bulk_update.web.drafts import Draft
from bulk_update.web.page_hints import hint_on_page
from bulk_update.web.rehearsal import USER
from bulk_update.web.sending import Commands
from bulk_update.web.service import Service
from bulk_update.web.templates import environment


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, what to do, and the id of the form's field that it is about.

    If that field is on another screen, `screen` is its address.
    """

    message: str
    hint: str = ""
    field: str = ""
    screen: str = ""


@dataclass(frozen=True, slots=True)
class System:
    """The system that a screen is about; `host` is None if no base URL is set."""

    host: str | None
    user: str | None
    is_live: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step at the head of a screen; `url` is empty where it cannot be opened yet."""

    name: str
    url: str
    is_current: bool


def service_of(request: Request) -> Service:
    """Return what every screen may use."""
    service: Service = request.app.state.service
    return service


def page(
    request: Request,
    template: str,
    *,
    step: str = "",
    draft: Draft | None = None,
    rehearsal: bool | None = None,
    run_id: str | None = None,
    base_url: str | None = None,
    errors: Iterable[Problem] = (),
    status_code: int = HTTPStatus.OK,
    **context: Any,
) -> Response:
    """Render a screen.

    `step` is one of the names of `steps_of`. Without a draft, `rehearsal` says whether the screen
    is about the sandbox; None: only if the page has no system. `base_url` is that of the run that
    the screen is about. `errors` are summarised at the top; with errors, the status is 422 unless
    another one is given.
    """
    listed = tuple(errors)
    is_rehearsal = draft.rehearsal if draft else rehearsal
    if is_rehearsal is None:
        is_rehearsal = base_url is None and service_of(request).base_url is None
    if listed and status_code == HTTPStatus.OK:
        status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    text = (
        environment()
        .get_template(template)
        .render(
            request=request,
            draft=draft,
            run_id=run_id,
            system=system_of(
                service_of(request),
                is_rehearsal=is_rehearsal,
                base_url=base_url or (draft.base_url if draft else None),
            ),
            steps=steps_of(step, draft, run_id, was_sent=_was_sent(request, draft, run_id)),
            errors=listed,
            language=language(),
            here=request.url.path,
            **context,
        )
    )
    return HTMLResponse(text, status_code=status_code)


def redirect(url: str) -> Response:
    """Return the answer to a form: open this address with GET."""
    return RedirectResponse(url, status_code=HTTPStatus.SEE_OTHER)


def problem_of(error: BulkUpdateError, *, field: str = "") -> Problem:
    """Return an error as a problem that a screen shows."""
    return Problem(error.message, hint_on_page(error), field)


def is_busy(error: BulkUpdateError) -> bool:
    """Return whether another program was writing to the ledger for longer than a screen waits."""
    return any(each.code == "ledger" and each.variant == "busy" for each in error.issues)


def system_of(service: Service, *, is_rehearsal: bool, base_url: str | None = None) -> System:
    """Return the system that a screen is about: the one at `base_url`, or else the page's own."""
    if is_rehearsal:
        return System("sandbox", USER, is_live=False)
    is_own = base_url is None or base_url == service.base_url
    return System(
        urlsplit(base_url or service.base_url or "").netloc or None,
        service.settings.username if is_own else None,
        is_live=not service.is_sandbox,
    )


def _was_sent(request: Request, draft: Draft | None, run_id: str | None) -> bool:
    """Return whether the page has begun to send a run, or that of a draft."""
    service, run = service_of(request), run_id or (draft.run_id if draft else None)
    folders = (service.state_folder, service.rehearsal.state_folder)
    return run is not None and any(Commands(folder).of(run) for folder in folders)


def steps_of(
    current: str, draft: Draft | None, run_id: str | None, *, was_sent: bool
) -> tuple[Step, ...]:
    """Return the steps from the file to the report, as far as they can be opened."""
    if not current:
        return ()
    run = run_id or (draft and draft.run_id)
    of_draft = f"/draft/{draft.id}/" if draft else ""
    asked = "" if draft and draft.corrected_run else of_draft
    of_run = f"/run/{run}/" if run and was_sent else ""
    names = {
        "file": (_("File"), "/"),
        "sheet": (_("Table"), asked and f"{asked}sheet"),
        "columns": (_("Columns"), asked and f"{asked}columns"),
        "values": (_("Values"), asked and f"{asked}values"),
        "preview": (_("Preview"), of_draft and run and f"{of_draft}preview"),
        "confirm": (_("Confirm"), of_draft and run and f"{of_draft}confirm"),
        "send": (_("Send"), of_run and f"{of_run}send"),
        "report": (_("Report"), of_run and f"{of_run}report"),
    }
    return tuple(Step(name, url or "", key == current) for key, (name, url) in names.items())
