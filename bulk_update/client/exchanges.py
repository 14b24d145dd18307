"""One request, one response: what the endpoints of the API have in common.

An exchange never raises because of a network or a server. Its reply says what happened, and its
response is there if one arrived.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

import httpx
import truststore

from bulk_update import __version__
from bulk_update.client.connection import Connection
from bulk_update.client.dialing import Dialer
from bulk_update.client.failures import FailedAttempt, ProxyAuthenticationError, TLSError
from bulk_update.client.http_connection import basic
from bulk_update.client.pool import ConnectionPool
from bulk_update.client.proxies import Proxy
from bulk_update.client.redaction import Redactor
from bulk_update.client.replies import Response, reply_to
from bulk_update.client.responses import MAX_BODY_BYTES
from bulk_update.records import Param, Reply

_DEFAULT_PORTS = {"https": 443, "http": 80}


class Link(Protocol):
    """An httpx transport for one request, over an open connection."""

    @property
    def is_ready(self) -> bool:
        """Whether the connection is still open and clean."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and return its complete response; raises httpx.TransportError."""

    def release(self) -> None:
        """Return the connection unused."""


class Links(Protocol):
    """A source of connections to the system."""

    def open_link(self) -> Link | None:
        """Return a connection that is already open, or None."""

    async def connect(self) -> Link:
        """Return an open connection; raises httpx.ConnectError or httpx.ProxyError."""

    async def aclose(self) -> None:
        """Close every connection."""


class Connected(NamedTuple):
    """An open connection, and how long it took to get it."""

    link: Link
    seconds: float


class Exchange(NamedTuple):
    """A reply, and the complete response that it was made from; None: there is none."""

    reply: Reply
    response: Response | None = None


class Exchanger:
    """Exchanges requests for responses, over connections to one system.

    `ssl_context` replaces the system's trust store, and `links` the network. `clock` is monotonic,
    in seconds; `now` is the time of day.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        ssl_context: ssl.SSLContext | None = None,
        links: Links | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        proxy = Proxy.of(connection.proxy) if connection.proxy else None
        self._connection = connection
        self._now = now
        self._url = httpx.URL(connection.base_url)
        self._headers = _headers(self._url, connection)
        self._proxy = proxy
        self._redactor = _redactor(connection, proxy)
        self._links = links or _pool(connection, proxy, ssl_context)
        self._clock = clock

    def open_link(self) -> Link | None:
        """Return a connection that is already open, or None."""
        return self._links.open_link()

    async def connect(self) -> Connected | Reply:
        """Return an open connection, or the reply of an attempt that sent nothing.

        If cancelled, it leaves no connection open.
        """
        started = self._clock()
        try:
            link = await self._links.connect()
        except httpx.TransportError as error:
            return self.reply_to_failure(error, seconds=self._clock() - started)
        return Connected(link, self._clock() - started)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._links.aclose()

    async def exchange(
        self, link: Link, method: str, path: str, body: bytes = b"", *, seconds_before: float
    ) -> Exchange:
        """Write one request before the first await, and return its reply.

        The path is sent unchanged, not normalised as a URL. `seconds_before` is the time that the
        attempt has already taken.
        """
        started = self._clock() - seconds_before
        try:
            response = await link.handle_async_request(self._request(method, path, body))
            elapsed_ms = round((self._clock() - started) * 1000)
        except httpx.TransportError as error:
            return Exchange(self.reply_to_failure(error, seconds=self._clock() - started))
        if response.status_code == httpx.codes.NO_CONTENT:  # nearly always
            return Exchange(
                Reply(may_have_been_sent=True, status=204, code="http-204", elapsed_ms=elapsed_ms)
            )
        read = await _read_response(response)
        reply = reply_to(read, redactor=self._redactor, now=self._now, elapsed_ms=elapsed_ms)
        return Exchange(reply, read)

    def _request(self, method: str, path: str, body: bytes) -> httpx.Request:
        return httpx.Request(
            method,
            self._url,
            headers=self._headers,
            stream=httpx.ByteStream(body),
            extensions={"target": path.encode("ascii")},
        )

    def reply_to_failure(self, error: httpx.TransportError, *, seconds: float = 0.0) -> Reply:
        """Return the reply of an attempt that failed with an error.

        Its parameters name the host and port to which the attempt connected or tried to connect.
        """
        kind = _kind_of(error)
        params: dict[str, Param] = dict(self._destination(kind))
        if kind.code == "timeout":
            params["seconds"] = self._connection.timeout_seconds
        if isinstance(error, FailedAttempt):
            params |= error.params
        return Reply(
            may_have_been_sent=kind.may_have_been_sent,
            status=None,
            code=kind.code,
            variant=error.variant if isinstance(error, FailedAttempt) else "",
            params=self._redactor.params(params),
            elapsed_ms=round(seconds * 1000),
        )

    def _destination(self, kind: _Kind) -> Mapping[str, Param]:
        if self._proxy and kind.code in {"proxy", "proxy-407"}:
            return {"host": self._proxy.host, "port": self._proxy.port}
        return {
            "host": self._url.host,
            "port": self._url.port or _DEFAULT_PORTS[self._url.scheme],
        }


class _Kind(NamedTuple):
    """A kind of failed attempt: its code, and whether anything may have been sent."""

    code: str
    may_have_been_sent: bool = False


_KINDS: tuple[tuple[tuple[type[httpx.TransportError], ...], _Kind], ...] = (
    ((TLSError,), _Kind("tls")),
    ((ProxyAuthenticationError,), _Kind("proxy-407")),
    ((httpx.ProxyError,), _Kind("proxy")),
    ((httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout), _Kind("unreachable")),
    ((httpx.TimeoutException,), _Kind("timeout", may_have_been_sent=True)),
    ((httpx.ProtocolError,), _Kind("bad-answer", may_have_been_sent=True)),
)
"""The first match counts."""

_BROKEN = _Kind("disconnected", may_have_been_sent=True)


def _kind_of(error: httpx.TransportError) -> _Kind:
    return next((kind for classes, kind in _KINDS if isinstance(error, classes)), _BROKEN)


def _headers(url: httpx.URL, connection: Connection) -> httpx.Headers:
    headers = {
        "Host": url.netloc.decode("ascii"),
        "Authorization": basic(f"{connection.username}:{connection.password}").decode("ascii"),
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Accept-Language": "en",
        "User-Agent": f"bulk-update/{__version__}",
    }
    return httpx.Headers(headers)


def _redactor(connection: Connection, proxy: Proxy | None) -> Redactor:
    secrets = [connection.password, f"{connection.username}:{connection.password}"]
    if proxy:
        secrets += [proxy.username, proxy.password, proxy.credentials]
    return Redactor(secrets)


def _pool(
    connection: Connection, proxy: Proxy | None, ssl_context: ssl.SSLContext | None
) -> ConnectionPool:
    dialer = dialer_of(connection, proxy, ssl_context)
    return ConnectionPool(dialer, timeout_seconds=connection.timeout_seconds)


def dialer_of(
    connection: Connection, proxy: Proxy | None, ssl_context: ssl.SSLContext | None
) -> Dialer:
    """Return what makes connections; `ssl_context` replaces the system's trust store."""
    is_tls = urlsplit(connection.base_url).scheme == "https"
    return Dialer(
        connection.base_url,
        ssl_context=(ssl_context or _system_trust()) if is_tls else None,
        proxy=proxy,
        timeout_seconds=min(connection.connect_timeout_seconds, connection.timeout_seconds),
    )


def _system_trust() -> ssl.SSLContext:
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    return context


async def _read_response(response: httpx.Response) -> Response:
    """Read the relevant parts of a response; the body stays as it was sent, perhaps compressed."""
    stream = response.stream
    if not isinstance(stream, httpx.AsyncByteStream):
        raise TypeError("the response body cannot be read")
    body = b"".join([chunk async for chunk in stream])
    headers = response.headers
    return Response(
        status=response.status_code,
        body=body,
        is_cut_off=len(body) > MAX_BODY_BYTES,
        content_type=headers.get("content-type", ""),
        encodings=f"{headers.get('content-encoding', '')},{headers.get('transfer-encoding', '')}",
        retry_after=headers.get("retry-after", ""),
        date=headers.get("date", ""),
        location=headers.get("location", ""),
    )
