"""The API's one endpoint that this program exists for: edit a record of a campaign."""

from __future__ import annotations

import ssl
import time
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self, cast
from urllib.parse import urlsplit

import httpx
import truststore
from aiohttp.connector import Connection as Lent

from bulk_update import __version__
from bulk_update.client.answers import Answer, reply_to
from bulk_update.client.connection import Connection
from bulk_update.client.exchange import MAX_BODY_BYTES
from bulk_update.client.paths import request_path
from bulk_update.client.pool import protocol_of
from bulk_update.client.proxies import Proxy
from bulk_update.client.redaction import Redactor
from bulk_update.client.transport import AiohttpTransport, TLSError
from bulk_update.client.urls import Urls
from bulk_update.records import RecordUpdate, Reply


class ThuliumClient:
    """Sends planned changes, one attempt each; use it as an async context manager.

    `ssl_context` replaces the one that trusts what the system trusts. `clock` is monotonic, in
    seconds; `now` is the time of day.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        ssl_context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._now = now
        self._urls = Urls(connection.base_url)
        proxy = Proxy.of(connection.proxy) if connection.proxy else None
        self._proxy_address = proxy.address if proxy else ""
        credentials = f"{connection.username}:{connection.password}"
        self._headers = _headers(connection.base_url, credentials)
        proxy_secrets = (proxy.password, *proxy.headers.values()) if proxy else ()
        self._redactor = Redactor((connection.password, credentials, *proxy_secrets))
        is_tls = urlsplit(connection.base_url).scheme == "https"
        self._transport = AiohttpTransport(
            connection.base_url,
            ssl_context=(ssl_context or _system_trust()) if is_tls else None,
            proxy=proxy,
            timeout_seconds=connection.timeout_seconds,
            connect_timeout_seconds=connection.connect_timeout_seconds,
        )
        self._http = httpx.AsyncClient(transport=self._transport, trust_env=False)

    async def __aenter__(self) -> Self:
        """Open the pool of connections."""
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close every connection."""
        await self._http.__aexit__(exc_type, exc_value, traceback)

    async def connect(self) -> Channel | Reply:
        """Return a connection for one attempt, or what became of the attempt without one.

        Never raises for anything that a network or a server does.
        """
        started = self._clock()
        try:
            connection = await self._transport.connect()
        except httpx.TransportError as error:
            return self._without_answer(error, elapsed_ms=self._elapsed_ms(started))
        return Channel(self, connection, elapsed_ms=self._elapsed_ms(started))

    async def send(self, update: RecordUpdate) -> Reply:
        """Make one attempt: one PUT, sent at most once, and what became of it.

        Never raises for anything that a network or a server does.
        """
        started = self._clock()
        try:
            request = self._request(update)
            # Below httpx's convenience layer, which costs more than the transport itself.
            transport = self._http._transport_for_url(request.url)  # noqa: SLF001 - where respx steps in
            response = await transport.handle_async_request(request)
            answer = _answer(response)
        except httpx.InvalidURL:
            return _too_long(update)
        except httpx.TransportError as error:
            return self._without_answer(error, elapsed_ms=self._elapsed_ms(started))
        return reply_to(
            answer,
            redactor=self._redactor,
            now=self._now,
            elapsed_ms=self._elapsed_ms(started),
        )

    async def exchange(self, connection: Lent, update: RecordUpdate, *, connect_ms: int) -> Reply:
        """Send one PUT over a connection, and return what became of it."""
        started = self._clock()
        try:
            request = self._request(update)
        except httpx.InvalidURL:
            self.give_back(connection)
            return _too_long(update)
        try:
            answer = _answer(await self._transport.exchange(connection, request))
        except httpx.TransportError as error:
            elapsed_ms = connect_ms + self._elapsed_ms(started)
            return self._without_answer(error, elapsed_ms=elapsed_ms)
        return reply_to(
            answer,
            redactor=self._redactor,
            now=self._now,
            elapsed_ms=connect_ms + self._elapsed_ms(started),
        )

    def give_back(self, connection: Lent) -> None:
        """Keep a connection that was not used."""
        self._transport.give_back(connection)

    def _request(self, update: RecordUpdate) -> httpx.Request:
        return httpx.Request(
            "PUT",
            self._urls.url(request_path(update.campaign_id, update.identifier)),
            headers=self._headers,
            stream=httpx.ByteStream(update.body),
        )

    def _elapsed_ms(self, started: float) -> int:
        return round((self._clock() - started) * 1000)

    def _without_answer(self, error: httpx.TransportError, *, elapsed_ms: int) -> Reply:
        code, left, finding = self._finding(error)
        message = f"{finding}: {error}" if str(error) else finding
        return Reply(
            left=left,
            status=None,
            code=code,
            message=self._redactor.message(message),
            elapsed_ms=elapsed_ms,
        )

    def _finding(self, error: httpx.TransportError) -> tuple[str, bool, str]:
        """Return the code, whether anything may have left, and what happened in words."""
        base_url = self._connection.base_url
        match error:
            case TLSError():
                return "tls", False, f"the connection to {base_url} could not be secured"
            case httpx.ProxyError():
                return "proxy", False, f"the proxy {self._proxy_address} gave no connection"
            case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout():
                return "unreachable", False, f"no connection to {base_url}"
            case httpx.TimeoutException():
                limit = f"{self._connection.timeout_seconds:g} s"
                return "timeout", True, f"the request was sent, and no whole answer within {limit}"
            case httpx.ProtocolError():
                return "bad-answer", True, "the request was sent, and the answer is no HTTP"
            case _:
                return "disconnected", True, "the request was sent, and the connection broke"


class Channel:
    """A connection that is lent for one attempt."""

    def __init__(self, client: ThuliumClient, connection: Lent, *, elapsed_ms: int) -> None:
        self._client = client
        self._connection = connection
        self._elapsed_ms = elapsed_ms

    @property
    def is_ready(self) -> bool:
        """Whether the connection is still open, and nothing came over it unasked."""
        transport = self._connection.transport
        # Right after a TLS handshake its last bytes may still be on their way: they do not count.
        return (
            transport is not None
            and not transport.is_closing()
            and not protocol_of(self._connection).should_close
        )

    async def send(self, update: RecordUpdate) -> Reply:
        """Write the request before the first await, and return what became of it."""
        return await self._client.exchange(self._connection, update, connect_ms=self._elapsed_ms)

    def release(self) -> None:
        """Give the connection back unused."""
        self._client.give_back(self._connection)


def _too_long(update: RecordUpdate) -> Reply:
    return Reply(
        left=False,
        status=None,
        code="address-too-long",
        message=f"the identifier has {len(update.identifier)} characters: too long for a URL",
    )


def _headers(base_url: str, credentials: str) -> httpx.Headers:
    token = b64encode(credentials.encode()).decode("ascii")
    headers = {
        "Host": httpx.URL(base_url).netloc.decode("ascii"),
        "Authorization": f"Basic {token}",
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Accept-Language": "en",
        "User-Agent": f"bulk-update/{__version__}",
    }
    return httpx.Headers(headers)


def _answer(response: httpx.Response) -> Answer:
    body = b"".join(cast("httpx.SyncByteStream", response.stream))  # complete, and inflated
    if not body and response.status_code == httpx.codes.NO_CONTENT:
        return Answer(response.status_code)
    headers = response.headers
    return Answer(
        status=response.status_code,
        body=body,
        is_cut_off=len(body) > MAX_BODY_BYTES,
        content_type=headers.get("content-type", ""),
        retry_after=headers.get("retry-after", ""),
        date=headers.get("date", ""),
        location=headers.get("location", ""),
    )


def _system_trust() -> ssl.SSLContext:
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    return context
