"""httpx over connections of our own: one request, one attempt, one result.

The errors say whether anything of a request may have been sent:

    UnreachableError, ProxyError, TLSError   nothing was sent
    LateError                                it may have been sent; the time limit came first
    BadAnswerError                           it may have been sent; the response is not HTTP
    DisconnectedError                        it may have been sent; the connection broke

Nothing is ever sent again, no redirect is followed, no cookie is kept, no environment is read.
"""

from __future__ import annotations

import asyncio

import httpx

from bulk_update.client.dialing import Dialer
from bulk_update.client.failures import UnreachableError
from bulk_update.client.http_connection import HttpConnection, request_bytes

_KEEP_ALIVE_SECONDS = 4.0
"""Idle connections are given up before a server does: Apache's default is 5 s."""


class ConnectionPool:
    """Lends connections to one system, only while they are clean.

    `timeout_seconds` bounds a whole attempt: connecting, and the exchange up to the last byte of
    the answer. The time between the two does not count.
    """

    def __init__(self, dialer: Dialer, *, timeout_seconds: float) -> None:
        self._dialer = dialer
        self._timeout_seconds = timeout_seconds
        self._idle: list[HttpConnection] = []
        self._lent: set[HttpConnection] = set()

    async def connect(self) -> LentConnection:
        """Return a kept or a new connection.

        Raises what `Dialer.connect` raises. Bytes that came unasked on an idle connection would be
        taken for the next answer: such a connection is not lent.
        """
        loop = asyncio.get_running_loop()
        started = loop.time()
        connection = self._kept(started)
        if connection is None:
            connection = await self._dialer.connect()
        self._lent.add(connection)
        seconds_left = self._timeout_seconds - (loop.time() - started)
        return LentConnection(self, connection, seconds_left=seconds_left)

    def take_back(self, connection: HttpConnection) -> None:
        """End a loan; keep the connection for the next attempt if it can carry one."""
        if connection not in self._lent:
            return
        self._lent.remove(connection)
        if connection.is_clean:
            self._idle.append(connection)
        else:
            connection.abort()

    async def aclose(self) -> None:
        """Close every connection, those that are lent too."""
        for connection in (*self._idle, *self._lent):
            connection.abort()
        self._idle.clear()
        self._lent.clear()
        await asyncio.sleep(0)  # the transports close on the loop's next turn

    def _kept(self, now: float) -> HttpConnection | None:
        while self._idle:
            connection = self._idle.pop()
            if is_usable(connection, now=now):
                return connection
            connection.abort()
        return None


class LentConnection(httpx.AsyncBaseTransport):
    """An httpx transport for exactly one request, over a connection that is open already."""

    def __init__(
        self, pool: ConnectionPool, connection: HttpConnection, *, seconds_left: float
    ) -> None:
        self._pool = pool
        self._connection = connection
        self._seconds_left = seconds_left

    @property
    def is_ready(self) -> bool:
        """Whether a request may be written: open, nothing came unasked, not idle for too long."""
        return is_usable(self._connection, now=asyncio.get_running_loop().time())

    def release(self) -> None:
        """Give the connection back unused."""
        self._pool.take_back(self._connection)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Write a request before the first await, and return its whole answer.

        Raises FailedAttempt alone.
        """
        message = request_bytes(request)
        connection = self._connection
        if not connection.is_clean:
            self.release()
            raise UnreachableError("closed")
        loop = asyncio.get_running_loop()
        try:
            answer = await connection.exchange(message, deadline=loop.time() + self._seconds_left)
        except BaseException:
            connection.abort()
            raise
        finally:
            connection.idle_since = loop.time()
            self.release()
        return httpx.Response(
            answer.status, headers=answer.headers, stream=httpx.ByteStream(answer.body)
        )


def is_usable(connection: HttpConnection, *, now: float) -> bool:
    """Tell whether a connection may carry a request.

    One that has carried a request is given up when it has been idle for long: servers close such
    connections, and a request that crosses the closing is lost. A new one may wait.
    """
    idle_since = connection.idle_since
    return connection.is_clean and (idle_since is None or now - idle_since <= _KEEP_ALIVE_SECONDS)
