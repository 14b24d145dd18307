"""What the screens about a run share: finding it, and starting a command for it."""

from __future__ import annotations

from contextlib import suppress

from anyio import to_thread
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from bulk_update.language import language
from bulk_update.settings import PREFIX
from bulk_update.web.pages import redirect, service_of
from bulk_update.web.run_places import RunPlace, place_of
from bulk_update.web.sending import Errand, TurnTakenError

_MOST_DIGITS = 9


async def run_in(request: Request) -> RunPlace:
    """Return the run that the address names. Raises NoSuchRunError."""
    return await to_thread.run_sync(place_of, service_of(request), request.path_params["run"])


async def start(place: RunPlace, errand: Errand, form: FormData) -> Response:
    """Start a command at the turn that the form was made for, and open the page that shows it.

    If that turn was started before, such as by a double click or in another tab, nothing more is.
    """

    def starting() -> None:
        environment = {**place.environment(), f"{PREFIX}LANG": language()}
        place.commands.start(errand, turn=turn_in(form), environment=environment)

    with suppress(TurnTakenError):
        await to_thread.run_sync(starting)
    return redirect(f"/run/{place.run.run_id}/send")


def turn_in(form: FormData) -> int:
    """Return the turn that a form was made for; -1, which is nobody's, if it has none."""
    return number_or(form.get("turn"), -1)


def number_or(given: object, default: int) -> int:
    """Return the whole number that a request contains, or the default for anything else."""
    text = given if isinstance(given, str) else ""
    fits = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if fits else default
