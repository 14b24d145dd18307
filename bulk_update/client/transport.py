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
import re
import ssl
import zlib
from contextvars import ContextVar
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

import aiohttp
import httpx
from aiohttp import hdrs
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from bulk_update.client.proxies import Proxy
from bulk_update.errors import UsageError

if TYPE_CHECKING:
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.connector import Connection as PooledConnection
    from aiohttp.tracing import Trace

MAX_BODY_BYTES = 1_000_000
"""How much of an answer's body is read. The API's answers are a few hundred bytes."""

_KEEP_ALIVE_SECONDS = 4.0
"""Idle connections are given up before a server does: Apache's default is 5 s."""

_READ_BYTES = 65_536
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_FIRST_FINAL_STATUS = 200
_NO_CONTENT = re.compile(rb"HTTP/1\.[01] 204\b")

_may_have_left: ContextVar[bool] = ContextVar("_may_have_left", default=False)
"""Whether the attempt that this task makes has got a connection to write to."""

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
        *,
        ssl_context: ssl.SSLContext | None,
        proxy: Proxy | None,
        timeout_seconds: float,
        connect_timeout_seconds: float,
    ) -> None:
        self._ssl_context = ssl_context
        self._proxy = proxy
        self._timeout_seconds = timeout_seconds
        self._connect_timeout_seconds = connect_timeout_seconds
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the pool; aiohttp wants a running event loop for it."""
        self._session = aiohttp.ClientSession(
            connector=_MarkingConnector(ssl_context=self._ssl_context),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, connect=self._connect_timeout_seconds),
        )
        forbid_resends(self._session)
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
        if self._session is not None:
            await self._session.close()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return its whole answer; raises httpx.TransportError alone."""
        _may_have_left.set(False)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._exchange(request)
        except _FAILURES as error:
            # Raised outside this block: aiohttp's errors carry the request's headers, and so
            # the password, and must not hang on ours as their context.
            if _may_have_left.get():
                failure = _broken_exchange(error)
            else:
                failure = _no_connection(error, through_proxy=self._proxy is not None)
        raise failure

    async def _exchange(self, request: httpx.Request) -> httpx.Response:
        session = self._session
        if session is None:
            raise RuntimeError("the transport is not open: use `async with`")
        answer = await session.request(
            request.method,
            URL(str(request.url), encoded=True),
            headers=[(name.decode(), value.decode()) for name, value in request.headers.raw],
            data=request.read(),  # at hand: what is sent here is never a stream
            allow_redirects=False,
            proxy=self._proxy.address if self._proxy else None,
            proxy_headers=self._proxy.headers if self._proxy else None,
        )
        try:
            if answer.status < _FIRST_FINAL_STATUS:  # 101, which nobody asked for, or 0 to 99
                raise HttpProcessingError(message=f"status {answer.status} is no final answer")
            body = await _read(answer.content)
        finally:
            answer.close()  # a connection whose answer was read to its end is in the pool by now
        return _response(answer, body)


class _AnswerProtocol(ResponseHandler):
    """One connection's reading side, which takes a 204 for what it is.

    `lent` says whether an attempt has had it before.

    A 204 ends with its headers (RFC 9112, 6.3). Where a server writes a body all the same, the
    parser takes it for the next answer, and an update that was confirmed would be lost.
    """

    lent = False

    def data_received(self, data: bytes) -> None:
        """Cut off what follows a 204, and never use such a connection again."""
        if _NO_CONTENT.match(data) and (self._payload is None or self._payload.is_eof()):
            head, end, body = data.partition(b"\r\n\r\n")
            if body:
                self.force_close()
                data = head + end
        super().data_received(data)


class _MarkingConnector(aiohttp.TCPConnector):
    """A pool that notes when an attempt gets its connection, and lends clean ones only."""

    def __init__(self, *, ssl_context: ssl.SSLContext | None) -> None:
        super().__init__(
            limit=0,  # the workers bound what is in flight
            ssl=ssl_context or True,
            keepalive_timeout=_KEEP_ALIVE_SECONDS,
            resolver=aiohttp.ThreadedResolver(),  # the system's own rules, hosts file included
        )
        self._factory = cast(
            "partial[ResponseHandler]", partial(_AnswerProtocol, loop=asyncio.get_running_loop())
        )

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - overrides aiohttp's
    ) -> PooledConnection:
        """Return a connection on which nothing waits that an earlier request did not read.

        Bytes that came unasked on an idle connection would be taken for the next answer.
        """
        while True:
            connection = await super().connect(req, traces, timeout)
            protocol = cast("_AnswerProtocol | None", connection.protocol)
            if protocol is None or (protocol.lent and protocol.should_close):
                connection.close()
                continue
            protocol.lent = True
            _may_have_left.set(True)
            return connection


def forbid_resends(session: aiohttp.ClientSession) -> None:
    """Switch off aiohttp's own resending of a PUT whose connection was closed.

    The switch is private to aiohttp, so a release without it is refused with UsageError: a
    request that the ledger does not know of must never leave.
    """
    if not hasattr(session, "_retry_connection"):
        raise UsageError(
            f"aiohttp {aiohttp.__version__} cannot be told not to send a request twice",
            hint="Install the version of aiohttp that this program asks for.",
        )
    session._retry_connection = False  # noqa: SLF001 - there is no public switch


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


async def _read(content: aiohttp.StreamReader) -> bytes:
    """Return the answer's body, or as much of it as is ever read."""
    chunks = []
    size = 0
    while size < MAX_BODY_BYTES and (chunk := await content.read(_READ_BYTES)):
        chunks.append(chunk)
        size += len(chunk)
    return b"".join(chunks)[:MAX_BODY_BYTES]


def _response(answer: aiohttp.ClientResponse, body: bytes) -> httpx.Response:
    headers = answer.raw_headers
    if hdrs.CONTENT_ENCODING in answer.headers:
        body = _decompressed(body)
        headers = tuple(item for item in headers if item[0].lower() != b"content-encoding")
    return httpx.Response(answer.status, headers=headers, stream=httpx.ByteStream(body))


def _decompressed(body: bytes) -> bytes:
    """Return as much of a compressed body as is ever read; one that cannot be read, as it is.

    The request asks for no compression. Some gateways compress their own pages all the same.
    """
    try:
        return zlib.decompressobj(_GZIP_OR_ZLIB).decompress(body, MAX_BODY_BYTES)
    except zlib.error:
        return body
