"""httpx over this room's own connections: one request, one attempt, one result.

The errors say whether any part of a request may have been sent:

    UnreachableError, ProxyError, TLSError   nothing was sent
    LateError                                it may have been sent; the time limit was reached
    BadResponseError                         it may have been sent; the response is not valid HTTP
    DisconnectedError                        it may have been sent; the connection broke

It never resends a request, follows a redirect, keeps a cookie or reads the environment.
"""

from __future__ import annotations

import asyncio

import httpx

from bulk_update.client.dialing import Dialer
from bulk_update.client.failures import UnreachableError
from bulk_update.client.http_connection import HttpConnection, request_bytes

_KEEP_ALIVE_SECONDS = 4.0
"""Close idle connections before the server does: Apache's default is 5 s."""


class ConnectionPool:
    """Lends clean connections to one system.

    `timeout_seconds` limits a whole attempt: connecting, and the exchange up to the last byte of
    the response. The time between the two does not count.
    """

    def __init__(self, dialer: Dialer, *, timeout_seconds: float) -> None:
        self._dialer = dialer
        self._timeout_seconds = timeout_seconds
        self._idle: list[HttpConnection] = []
        self._lent: set[HttpConnection] = set()

    def open_link(self) -> LentConnection | None:
        """Return a kept connection, or None.

        A connection on which bytes arrived while it was idle is not lent, because they would be
        taken for the next response.
        """
        connection = self._kept(asyncio.get_running_loop().time())
        return None if connection is None else self._lend(connection, self._timeout_seconds)

    async def connect(self) -> LentConnection:
        """Return a kept or a new connection; raises the same errors as `Dialer.connect`."""
        if (kept := self.open_link()) is not None:
            return kept
        loop = asyncio.get_running_loop()
        started = loop.time()
        connection = await self._dialer.connect()
        return self._lend(connection, self._timeout_seconds - (loop.time() - started))

    def take_back(self, connection: HttpConnection) -> None:
        """Take a connection back, and keep it if it can carry another request."""
        if connection not in self._lent:
            return
        self._lent.remove(connection)
        if connection.is_clean:
            self._idle.append(connection)
        else:
            connection.abort()

    async def aclose(self) -> None:
        """Close every connection, including those on loan."""
        for connection in (*self._idle, *self._lent):
            connection.abort()
        self._idle.clear()
        self._lent.clear()
        await asyncio.sleep(0)  # the transports close on the loop's next iteration

    def _lend(self, connection: HttpConnection, seconds_left: float) -> LentConnection:
        self._lent.add(connection)
        return LentConnection(self, connection, seconds_left=seconds_left)

    def _kept(self, now: float) -> HttpConnection | None:
        while self._idle:
            connection = self._idle.pop()
            if is_usable(connection, now=now):
                return connection
            connection.abort()
        return None


class LentConnection(httpx.AsyncBaseTransport):
    """An httpx transport for exactly one request, over an open connection."""

    def __init__(
        self, pool: ConnectionPool, connection: HttpConnection, *, seconds_left: float
    ) -> None:
        self._pool = pool
        self._connection = connection
        self._seconds_left = seconds_left

    @property
    def is_ready(self) -> bool:
        """Whether it can carry a request: open, clean and not idle for too long."""
        return is_usable(self._connection, now=asyncio.get_running_loop().time())

    def release(self) -> None:
        """Return the connection unused."""
        self._pool.take_back(self._connection)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Write a request before the first await, and return its complete response.

        Raises only FailedAttempt.
        """
        message = request_bytes(request)
        connection = self._connection
        if not connection.is_clean:
            self.release()
            raise UnreachableError("closed")
        loop = asyncio.get_running_loop()
        try:
            response = await connection.exchange(message, deadline=loop.time() + self._seconds_left)
        except BaseException:
            connection.abort()
            raise
        finally:
            connection.idle_since = loop.time()
            self.release()
        return httpx.Response(
            response.status, headers=response.headers, stream=httpx.ByteStream(response.body)
        )


def is_usable(connection: HttpConnection, *, now: float) -> bool:
    """Return whether a connection can carry a request.

    A used connection is closed once it has been idle for long: servers close such connections, and
    a request sent at the same moment is lost. A new connection may wait.
    """
    idle_since = connection.idle_since
    return connection.is_clean and (idle_since is None or now - idle_since <= _KEEP_ALIVE_SECONDS)
