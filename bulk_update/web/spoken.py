"""The language of each request: what its cookie names, or the program's."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from bulk_update.language import LANGUAGES, speaking

COOKIE = "bulk-update-language"


class Spoken:
    """Answers every request in the language that its browser has chosen."""

    def __init__(self, app: ASGIApp, *, default: str) -> None:
        self._app = app
        self._default = default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        chosen = HTTPConnection(scope).cookies.get(COOKIE, "")
        with speaking(chosen if chosen in LANGUAGES else self._default):
            await self._app(scope, receive, send)
