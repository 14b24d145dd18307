"""The sandbox as an ASGI application: the API below `/api`, a page for people at `/`."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from bulk_update.sandbox.connection import LostAnswer
from bulk_update.sandbox.endpoints import MAX_BODY_BYTES, Endpoints, Settled
from bulk_update.sandbox.page import render_page
from bulk_update.sandbox.received import KEPT_BODY_BYTES, Received
from bulk_update.sandbox.state import Sandbox

_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": "no-store",
}
_log = logging.getLogger(__name__)


def create_app(sandbox: Sandbox) -> Starlette:
    """Return the application for one sandbox.

    Lost answers and resets need a server that speaks `ConnectionProtocol`.
    """

    async def page(_: Request) -> Response:
        return HTMLResponse(render_page(sandbox), headers=_PAGE_HEADERS)

    return Starlette(
        routes=[Route("/", page), Mount("/api", Api(sandbox))],
        exception_handlers={Exception: _bug},
    )


async def _bug(_: Request, error: Exception) -> Response:
    # The server itself is told to be quiet: this is the only voice that a bug has.
    _log.error("a bug in the sandbox", exc_info=error)
    return Response(status_code=500)


class Api:
    """Reads a request, lets the endpoints settle it, notes it and sends the answer."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._endpoints = Endpoints(sandbox)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        arrived_at = datetime.now(UTC)
        try:
            body = await _body_of(request)
        except ClientDisconnect:
            return
        settled = self._endpoints.settle(request, body)
        # Noted before the answer leaves: whoever has the answer finds the note.
        self._sandbox.received.add(_note(request, body, settled, arrived_at))
        if settled.fault and settled.fault.seconds:
            await asyncio.sleep(settled.fault.seconds)
        await settled.response(scope, receive, send)


async def _body_of(request: Request) -> bytes:
    """Read the body; of one that is too large, return as much as shows that it is.

    The rest is read and dropped: an answer in the middle of a request would be lost to a client
    that asked for the connection to be closed.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece[: MAX_BODY_BYTES + 1 - len(body)]
    return bytes(body)


def _note(request: Request, body: bytes, settled: Settled, arrived_at: datetime) -> Received:
    response = settled.response
    return Received(
        method=request.method,
        raw_path=request.scope["raw_path"].decode("ascii"),
        body=body[:KEPT_BODY_BYTES],
        status=None if isinstance(response, LostAnswer) else response.status_code,
        fault=settled.fault.answer if settled.fault else None,
        arrived_at=arrived_at,
    )
