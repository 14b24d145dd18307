"""The page as an ASGI application: its routes, and what happens when one of them fails."""

from __future__ import annotations

import logging
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import URL
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from bulk_update.errors import BulkUpdateError
from bulk_update.language import gettext as _
from bulk_update.web.body_limit import BodyLimit
from bulk_update.web.checking import Checks
from bulk_update.web.drafts import ChangedMeanwhileError, NoSuchDraftError
from bulk_update.web.guard import Guard
from bulk_update.web.pages import is_busy, page, problem_of
from bulk_update.web.run_places import NoSuchRunError
from bulk_update.web.screens import (
    columns,
    confirm,
    file,
    history,
    languages,
    preview,
    report,
    send,
    sheet,
    undo,
    values,
)
from bulk_update.web.service import Service
from bulk_update.web.spoken import Spoken
from bulk_update.web.tickets import Tickets

SCREENS: tuple[list[Route], ...] = (
    file.routes,
    sheet.routes,
    columns.routes,
    values.routes,
    preview.routes,
    confirm.routes,
    send.routes,
    report.routes,
    history.routes,
    undo.routes,
    languages.routes,
)
"""The routes of all screens."""

_STATIC = Path(__file__).parent / "static"
_RETRY_AFTER_SECONDS = "5"
_log = logging.getLogger(__name__)


def create_app(service: Service, *, port: int, tickets: Tickets) -> ASGIApp:
    """Return the application that answers on a port, behind its guard."""
    app = Starlette(
        routes=[
            *(route for routes in SCREENS for route in routes),
            Mount("/static", StaticFiles(directory=_STATIC)),
        ],
        middleware=[Middleware(BodyLimit, unlimited=file.UPLOADS)],
        exception_handlers={
            NoSuchDraftError: _no_such_draft,
            NoSuchRunError: _no_such_run,
            ChangedMeanwhileError: _changed_meanwhile,
            BulkUpdateError: _refused,
            HTTPException: _http_error,
            ClientDisconnect: _left,
            Exception: _bug,
        },
    )
    app.state.service = service
    app.state.checks = Checks()
    # Outside of the application, so that even the answer after a bug has the guard's headers.
    return Spoken(Guard(app, port=port, tickets=tickets), default=service.language)


async def _no_such_draft(request: Request, _error: Exception) -> Response:
    return page(
        request,
        "problem.html",
        status_code=HTTPStatus.NOT_FOUND,
        title=_("There is no such draft"),
        remedy=_("It may have been deleted. Begin again with the file."),
        back="/",
    )


async def _no_such_run(request: Request, _error: Exception) -> Response:
    return page(
        request,
        "problem.html",
        status_code=HTTPStatus.NOT_FOUND,
        title=_("There is no such run"),
        remedy=_("It may have been deleted. The history lists the runs that are there."),
        back="/history",
    )


async def _changed_meanwhile(request: Request, _error: Exception) -> Response:
    return page(
        request,
        "problem.html",
        status_code=HTTPStatus.CONFLICT,
        title=_("This draft was changed meanwhile, perhaps in another tab"),
        remedy=_("Nothing was saved. Look at its present state, then answer again."),
        back=request.url.path,
    )


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, BulkUpdateError)  # noqa: S101 - the handler's exception
    if is_busy(error):
        return _busy(request)
    return page(
        request,
        "problem.html",
        errors=[problem_of(error)],
        title=_("That did not work"),
        remedy="",
        back="/",
    )


def _busy(request: Request) -> Response:
    """Say that another program is writing to the ledger, with a link to try again."""
    asked = request.url if request.method == "GET" else URL(request.headers.get("referer", "/"))
    response = page(
        request,
        "problem.html",
        status_code=HTTPStatus.SERVICE_UNAVAILABLE,
        title=_("Another program is writing at the moment"),
        remedy=_(
            "It uses the same ledger, such as a run that is being planned or deleted. Nothing was "
            "changed. Wait a moment, then try again."
        ),
        back=f"{asked.path or '/'}{asked.query and '?'}{asked.query}",
        back_text=_("Try again"),
    )
    response.headers["Retry-After"] = _RETRY_AFTER_SECONDS
    return response


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - the handler's exception
    match error.status_code:
        case HTTPStatus.NOT_FOUND | HTTPStatus.METHOD_NOT_ALLOWED:
            title = _("There is no such page")
            remedy = _("Begin with the file, or look into the history.")
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            title = _("Too much at once")
            remedy = _("Nothing was saved. Answer fewer questions at once.")
        case _:
            title = _("That did not work")
            remedy = _("Nothing was saved. Reload the page, then answer again.")
    return page(
        request,
        "problem.html",
        status_code=error.status_code,
        title=title,
        remedy=remedy,
        back="/",
    )


async def _left(_request: Request, _error: Exception) -> Response:
    """Answer nobody: the browser left before it had sent its request."""
    return Response(status_code=HTTPStatus.BAD_REQUEST)


async def _bug(request: Request, error: Exception) -> Response:
    # The server's own log is silenced, so this is the only report of a bug.
    _log.error("a bug in the page", exc_info=error)
    return page(
        request,
        "problem.html",
        status_code=HTTPStatus.INTERNAL_SERVER_ERROR,
        title=_("The page made a mistake"),
        remedy=_("Nothing was sent twice, and nothing is lost. Go back and try again."),
        back="/",
    )
