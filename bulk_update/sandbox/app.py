"""The sandbox as an ASGI application: the API under `/api`, a page for people at `/`."""

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

    Lost responses and resets need a server with `ConnectionProtocol`.
    """

    async def page(_: Request) -> Response:
        return HTMLResponse(render_page(sandbox), headers=_PAGE_HEADERS)

    return Starlette(
        routes=[Route("/", page), Mount("/api", Api(sandbox))],
        exception_handlers={Exception: _bug},
    )


async def _bug(_: Request, error: Exception) -> Response:
    # The server's own log is silenced, so this is the only report of a bug.
    _log.error("a bug in the sandbox", exc_info=error)
    return Response(status_code=500)


class Api:
    """Reads a request, lets the endpoints process it, logs it and sends the response."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._endpoints = Endpoints(sandbox)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Process one request."""
        request = Request(scope, receive)
        arrived_at = datetime.now(UTC)
        try:
            body = await _body_of(request)
        except ClientDisconnect:
            return
        settled = self._endpoints.settle(request, body)
        # Logged before the response is sent, so that a client with a response always finds the
        # entry.
        self._sandbox.received.add(_note(request, body, settled, arrived_at))
        if settled.fault and settled.fault.seconds:
            await asyncio.sleep(settled.fault.seconds)
        await settled.response(scope, receive, send)


async def _body_of(request: Request) -> bytes:
    """Read the body; if it is too large, return just enough to show that.

    The rest is read and discarded. A client that asked for the connection to be closed would lose a
    response sent before its request has ended.
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
