"""Answers that never arrive.

ASGI has no word for closing a connection without an answer. So the server's protocol puts its
transport into the scope's `state`, where an endpoint finds it.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

# Two shorts on Windows, two ints elsewhere: linger on, for no time at all.
_NO_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class ConnectionProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, with the transport within the application's reach."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # TCP
        """Take over a new connection."""
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


class LostAnswer(Response):
    """Close the connection in good order, without having answered."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Hang up, and wait until the connection is gone."""
        self.hang_up(scope["state"]["transport"])
        # uvicorn takes a return without an answer for a bug, unless the connection is gone.
        await receive()

    def hang_up(self, transport: asyncio.Transport) -> None:
        """End the connection."""
        transport.close()


class ResetConnection(LostAnswer):
    """Reset the connection (TCP RST)."""

    def hang_up(self, transport: asyncio.Transport) -> None:
        """End the connection at once."""
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()
