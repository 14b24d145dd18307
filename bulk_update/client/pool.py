"""Connections to one system, made by aiohttp's connector and lent only while they are clean.

aiohttp resolves, connects, secures and tunnels through a proxy. What it does above that (sessions,
cookies, redirects, sending again by itself) is left out: a request that the ledger does not know
of must never leave.
"""

from __future__ import annotations

import asyncio
import ssl
from functools import partial
from typing import cast

import aiohttp
from aiohttp import hdrs
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from yarl import URL

from bulk_update.client.proxies import Proxy

_KEEP_ALIVE_SECONDS = 4.0
"""Idle connections are given up before a server does: Apache's default is 5 s."""

_NO_CONTENT = (b"HTTP/1.1 204 ", b"HTTP/1.1 204\r", b"HTTP/1.0 204 ", b"HTTP/1.0 204\r")


class AnswerProtocol(ResponseHandler):
    """One connection's reading side, which takes a 204 for what it is.

    A 204 ends with its headers (RFC 9112, 6.3). Where a server writes a body all the same, the
    parser takes it for the next answer, and an update that was confirmed would be lost.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._deadline: float | None = None
        self._alarm: asyncio.TimerHandle | None = None

    def expect_answer_by(self, deadline: float) -> None:
        """Give whoever waits for the answer a TimeoutError at a time of the event loop.

        Deadlines of one connection follow each other. So a timer that is set may stay: it looks
        when it rings, and most answers have come long before. A timer for each took a twentieth of
        all that a request costs.
        """
        self._deadline = deadline
        if self._alarm is None:
            self._alarm = self._loop.call_at(deadline, self._ring)

    def expect_nothing(self) -> None:
        """Forget the deadline: the answer is there."""
        self._deadline = None

    def connection_lost(self, exc: BaseException | None) -> None:
        """Drop the timer, too."""
        if self._alarm is not None:
            self._alarm.cancel()
        super().connection_lost(exc)

    def _ring(self) -> None:
        self._alarm = None
        if self._deadline is None:
            return
        if self._loop.time() < self._deadline:
            self.expect_answer_by(self._deadline)
        else:
            self._expire()

    def data_received(self, data: bytes) -> None:
        """Cut off what follows a 204, and never use such a connection again."""
        if data.startswith(_NO_CONTENT) and (self._payload is None or self._payload.is_eof()):
            head, end, body = data.partition(b"\r\n\r\n")
            if body:
                self.force_close()
                data = head + end
        super().data_received(data)

    def _expire(self) -> None:
        late = TimeoutError()
        self.set_exception(late)
        if self._payload is not None:
            self._payload.set_exception(late)


class Pool:
    """Lends connections to one system; made and used in a running event loop.

    `origin` is the system's base URL.
    """

    def __init__(
        self,
        origin: str,
        *,
        ssl_context: ssl.SSLContext | None,
        proxy: Proxy | None,
        connect_timeout_seconds: float,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._connector = _Connector(ssl_context)
        self._timeout = aiohttp.ClientTimeout(total=None, connect=connect_timeout_seconds)
        self._target = _target(URL(origin), proxy)
        self._idle: list[tuple[Connection, float]] = []

    async def lend(self) -> Connection:
        """Return a connection on which nothing waits that an earlier request did not read.

        Bytes that came unasked on an idle connection would be taken for the next answer. The
        borrower closes the connection or, where its answer was read to its end, gives it back.
        Raises what aiohttp raises; nothing was sent to the system then.
        """
        while self._idle:
            connection, idle_since = self._idle.pop()
            kept_for = self._loop.time() - idle_since
            if _is_clean(connection) and kept_for <= _KEEP_ALIVE_SECONDS:
                return connection
            connection.close()
        return await self._connector.connect(self._target, [], self._timeout)

    def give_back(self, connection: Connection) -> None:
        """Keep a connection for the next attempt, unless a part of the last is still on its way."""
        if _is_clean(connection):
            self._idle.append((connection, self._loop.time()))
        else:
            connection.close()

    async def close(self) -> None:
        """Close every connection."""
        for connection, _ in self._idle:
            connection.close()
        await self._connector.close()


def protocol_of(connection: Connection) -> AnswerProtocol:
    """Return the reading side of a connection that is lent."""
    return cast("AnswerProtocol", connection.protocol)


def _is_clean(connection: Connection) -> bool:
    """Tell whether a connection is open, and no byte is on its way or unread."""
    transport = connection.transport
    return (
        transport is not None
        and not transport.is_closing()
        and not transport.get_write_buffer_size()
        and not protocol_of(connection).should_close
    )


def _target(origin: URL, proxy: Proxy | None) -> aiohttp.ClientRequest:
    """Return a request that is never sent: it tells aiohttp's connector where to connect."""
    loop = asyncio.get_running_loop()
    if proxy is None:
        return aiohttp.ClientRequest(hdrs.METH_PUT, origin, loop=loop)
    # The connector adds this very Host. Connections are kept by these headers, so it comes first.
    headers = {**proxy.headers, hdrs.HOST: origin.host_port_subcomponent or ""}
    return aiohttp.ClientRequest(
        hdrs.METH_PUT, origin, loop=loop, proxy=URL(proxy.address), proxy_headers=headers
    )


class _Connector(aiohttp.TCPConnector):
    """aiohttp's connector with our protocol."""

    def __init__(self, ssl_context: ssl.SSLContext | None) -> None:
        super().__init__(
            limit=0,  # the workers bound what is in flight
            ssl=ssl_context or True,
            resolver=aiohttp.ThreadedResolver(),  # the system's own rules, hosts file included
        )
        self._factory = cast(
            "partial[ResponseHandler]", partial(AnswerProtocol, loop=asyncio.get_running_loop())
        )
