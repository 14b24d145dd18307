"""Responses that never arrive.

ASGI cannot close a connection without a response. So the server's protocol puts its transport into
the scope's `state`, where an endpoint can find it.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

# SO_LINGER on with a timeout of 0. The struct is two shorts on Windows, two ints elsewhere.
_NO_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class ConnectionProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, with the transport available to the application."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # TCP only
        """Store the transport of a new connection."""
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


class LostAnswer(Response):
    """Close the connection in an orderly way, without a response."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the signature that ASGI requires
        """Close the connection, and wait until it is gone."""
        self.hang_up(scope["state"]["transport"])
        # uvicorn reports a return without a response as a bug unless the connection is gone.
        await receive()

    def hang_up(self, transport: asyncio.Transport) -> None:
        """Close the connection."""
        transport.close()


class ResetConnection(LostAnswer):
    """Reset the connection (TCP RST)."""

    def hang_up(self, transport: asyncio.Transport) -> None:
        """Close the connection immediately."""
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()
