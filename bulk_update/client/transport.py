"""httpx on aiohttp's engine: one request, one attempt, and the truth about what became of it.

aiohttp keeps its speed with many connections where httpx's own pool slows down. This transport
tells what neither library tells by itself: whether anything of a request can have left.

    httpx.ConnectError, ProxyError, TLSError     nothing left this machine
    httpx.ReadTimeout                            it may have left; the time limit came first
    httpx.RemoteProtocolError                    it may have left; what came back is no HTTP
    httpx.ReadError                              it may have left; the connection broke
"""

from __future__ import annotations

import asyncio
import ssl
from types import TracebackType
from typing import Self

import aiohttp
import httpx
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError

from bulk_update.client.exchange import exchange
from bulk_update.client.message import Messages
from bulk_update.client.pool import Pool
from bulk_update.client.proxies import Proxy

# All that a network or a server can make aiohttp raise; TLS errors and TimeoutError are OSErrors.
_FAILURES = (aiohttp.ClientError, HttpProcessingError, OSError)

# A connection that ends in the middle of the handshake is none of these.
_TLS_FAILURES = (aiohttp.ClientConnectorSSLError, aiohttp.ClientConnectorCertificateError)


class TLSError(httpx.ConnectError):
    """The connection could not be secured; nothing left."""


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends each request exactly once, over kept-alive HTTP/1.1 connections.

    Never resends, follows redirects, keeps cookies or looks at the environment. The whole attempt,
    the answer's body included, has one time limit. Responses are complete when they are returned.
    """

    def __init__(
        self,
        origin: str,
        *,
        ssl_context: ssl.SSLContext | None,
        proxy: Proxy | None,
        timeout_seconds: float,
        connect_timeout_seconds: float,
    ) -> None:
        self._origin = origin
        self._ssl_context = ssl_context
        self._proxy = proxy
        self._timeout_seconds = timeout_seconds
        self._connect_timeout_seconds = min(connect_timeout_seconds, timeout_seconds)
        self._messages = Messages()
        self._pool: Pool | None = None

    async def __aenter__(self) -> Self:
        """Open the pool; aiohttp wants a running event loop for it."""
        self._pool = Pool(
            self._origin,
            ssl_context=self._ssl_context,
            proxy=self._proxy,
            connect_timeout_seconds=self._connect_timeout_seconds,
        )
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Close every connection."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            await self._pool.close()

    async def connect(self) -> Connection:
        """Return a connection that can carry a request; raises httpx.TransportError alone."""
        try:
            return await self._open_pool.lend()
        except _FAILURES as error:
            # Raised outside this block: aiohttp's errors may carry headers, and so the proxy's
            # password, and must not hang on ours as their context.
            failure = _no_connection(error, through_proxy=self._proxy is not None)
        raise failure

    async def exchange(self, connection: Connection, request: httpx.Request) -> httpx.Response:
        """Write a request, and return its whole answer; raises httpx.TransportError alone."""
        deadline = asyncio.get_running_loop().time() + self._timeout_seconds
        try:
            response = await exchange(connection, self._messages.of(request), deadline=deadline)
        except _FAILURES as error:
            failure = _broken_exchange(error)
        else:
            self.give_back(connection)
            return response
        raise failure

    def give_back(self, connection: Connection) -> None:
        """Keep a connection for another request."""
        self._open_pool.give_back(connection)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return its whole answer; raises httpx.TransportError alone."""
        return await self.exchange(await self.connect(), request)

    @property
    def _open_pool(self) -> Pool:
        if self._pool is None:
            raise RuntimeError("the transport is not open: use `async with`")
        return self._pool


def _broken_exchange(error: Exception) -> httpx.TransportError:
    """Class an error after which the request may have been applied."""
    match error:
        case TimeoutError():
            return httpx.ReadTimeout("")
        case aiohttp.ClientResponseError() | HttpProcessingError():
            return httpx.RemoteProtocolError(_words(error))
        case _:
            return httpx.ReadError(_words(error))


def _no_connection(error: Exception, *, through_proxy: bool) -> httpx.TransportError:
    """Class an error before which nothing can have left."""
    if isinstance(error, _TLS_FAILURES):
        return TLSError(_words(error))
    return (httpx.ProxyError if through_proxy else httpx.ConnectError)(_words(error))


def _words(error: Exception) -> str:
    """Say what happened, without a byte of an answer: it may echo anything."""
    match error:
        case aiohttp.ClientHttpProxyError():
            return f"it answered {error.status} {error.message}"
        case aiohttp.ClientResponseError() | HttpProcessingError():
            return error.message.partition(":")[0]
        case aiohttp.ClientPayloadError():
            return "in the middle of the answer"
        case aiohttp.ServerDisconnectedError():
            return "closed by the server"
        case TimeoutError():
            return "no answer within the time limit"
        case _:
            return _system_words(error.__cause__ or error)


def _system_words(error: BaseException) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return error.verify_message
        case ConnectionRefusedError():
            return "Connection refused"  # asyncio's own words name an address and no reason
        case OSError(strerror=str(words)):
            return words
        case _:
            return str(error)
