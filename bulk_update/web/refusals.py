"""The pages that the guard answers with in place of a screen."""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus

from starlette.responses import HTMLResponse, Response

from bulk_update.language import gettext as _
from bulk_update.language import language
from bulk_update.web.templates import environment


class Refusal(StrEnum):
    """Why a request is refused."""

    WRONG_HOST = "wrong-host"
    METHOD = "method"
    NO_SESSION = "no-session"
    OTHER_SITE = "other-site"
    TICKET = "ticket"


_STATUS = {
    Refusal.WRONG_HOST: HTTPStatus.MISDIRECTED_REQUEST,
    Refusal.METHOD: HTTPStatus.METHOD_NOT_ALLOWED,
    Refusal.NO_SESSION: HTTPStatus.UNAUTHORIZED,
    Refusal.OTHER_SITE: HTTPStatus.FORBIDDEN,
    Refusal.TICKET: HTTPStatus.FORBIDDEN,
}


def refusal_page(refusal: Refusal) -> Response:
    """Return the page that says why a request is refused, and what to do."""
    title, remedy = _texts(refusal)
    text = (
        environment()
        .get_template("refused.html")
        .render(title=title, remedy=remedy, language=language())
    )
    return HTMLResponse(text, status_code=_STATUS[refusal])


def _texts(refusal: Refusal) -> tuple[str, str]:
    match refusal:
        case Refusal.WRONG_HOST:
            return _("Wrong address"), _("Open the page with the link that the terminal shows.")
        case Refusal.METHOD:
            return _("Not possible"), _("The page has nothing that answers this request.")
        case Refusal.NO_SESSION:
            return (
                _("This browser has not been let in"),
                _("Press Enter in the terminal and open the new link."),
            )
        case Refusal.OTHER_SITE:
            return (
                _("Refused: another site sent this request"),
                _("Nothing was changed. Type the page's address yourself, or paste its link."),
            )
        case Refusal.TICKET:
            return (
                _("This link has been used or is too old"),
                _("A link works once, for ten minutes. Press Enter in the terminal for a new one."),
            )
