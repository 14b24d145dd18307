"""Making a connection: name, address, proxy, TLS. Nothing of a request leaves here."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from typing import Any
from urllib.parse import urlsplit

import httpx

from bulk_update.client.http_connection import HttpConnection, connect_bytes
from bulk_update.client.proxies import Proxy

_CLOSED_IN_HANDSHAKE = "closed in the middle of the TLS handshake"
_NEXT_ADDRESS_SECONDS = 0.25
_TUNNEL_IS_OPEN = range(200, 300)
_AUTHENTICATION_REQUIRED = 407

Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]


class TLSError(httpx.ConnectError):
    """The connection could not be secured."""


class ProxyAuthenticationError(httpx.ProxyError):
    """The proxy refused its user name and password."""


class Dialer:
    """Connects to one system, directly or through the tunnel of a proxy.

    `origin` is the system's base URL; `ssl_context` is for https alone.
    """

    def __init__(
        self,
        origin: str,
        *,
        ssl_context: ssl.SSLContext | None,
        proxy: Proxy | None,
        timeout_seconds: float,
    ) -> None:
        parts = urlsplit(origin)
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._ssl_context = ssl_context
        self._proxy = proxy
        self._timeout_seconds = timeout_seconds

    async def connect(self) -> HttpConnection:
        """Return an open connection.

        Raises TLSError, httpx.ProxyError or another httpx.ConnectError. A call that is cancelled
        leaves nothing behind.
        """
        connection = HttpConnection()
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._open(connection)
        except (httpx.TransportError, OSError, UnicodeError) as error:
            connection.abort()
            failure = self._failure(error)
        except BaseException:
            connection.abort()
            raise
        else:
            return connection
        raise failure  # here, so that no other error hangs on it as its context

    async def _open(self, connection: HttpConnection) -> None:
        loop = asyncio.get_running_loop()
        proxy = self._proxy
        host, port = (proxy.host, proxy.port) if proxy else (self._host, self._port)
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        sock = await first_to_connect(alternating(found))
        await loop.create_connection(lambda: connection, sock=sock)
        if proxy:
            await self._open_tunnel(connection, proxy)
        if self._ssl_context:
            await self._secure(connection, self._ssl_context)

    async def _open_tunnel(self, connection: HttpConnection, proxy: Proxy) -> None:
        host = f"[{self._host}]" if ":" in self._host else self._host
        message = connect_bytes(f"{host}:{self._port}", credentials=proxy.credentials)
        answer = await connection.exchange(message, deadline=None, head_only=True)
        words = f"it answered {answer.status} {answer.reason.decode('latin-1')}".rstrip()
        if answer.status == _AUTHENTICATION_REQUIRED:
            raise ProxyAuthenticationError(words)
        if answer.status not in _TUNNEL_IS_OPEN:
            raise httpx.ProxyError(words)
        if not connection.is_clean:
            raise httpx.ProxyError("it sent something, or closed, before TLS began")

    async def _secure(self, connection: HttpConnection, context: ssl.SSLContext) -> None:
        """Put TLS in between: with TLS, the client speaks first."""
        if connection.has_unasked_bytes:
            raise TLSError("the server does not speak TLS")
        if not connection.is_clean:
            raise ConnectionResetError(_CLOSED_IN_HANDSHAKE)
        secured = await asyncio.get_running_loop().start_tls(
            connection.transport, connection, context, server_hostname=self._host
        )
        if secured is None:
            raise ConnectionResetError(_CLOSED_IN_HANDSHAKE)
        connection.transport = secured

    def _failure(self, error: Exception) -> httpx.TransportError:
        match error:
            case TLSError() | httpx.ProxyError():
                return error
            case ssl.SSLEOFError() | ssl.SSLZeroReturnError():  # the connection ended
                words = _CLOSED_IN_HANDSHAKE
            case ssl.SSLError():
                return TLSError(_tls_words(error))
            case TimeoutError():
                words = "no answer within the time limit"
            case ConnectionRefusedError():
                words = "Connection refused"  # asyncio's own words name an address and no reason
            case OSError(strerror=str(said)):
                words = said
            case _:
                words = str(error)
        return (httpx.ProxyError if self._proxy else httpx.ConnectError)(words)


def _tls_words(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return error.strerror or str(error)


def alternating(addresses: Iterable[Address]) -> list[Address]:
    """Order addresses so that the two families take turns, that of the first one leading."""
    families: dict[socket.AddressFamily, list[Address]] = {}
    for address in addresses:
        families.setdefault(address[0], []).append(address)
    turns = chain.from_iterable(zip_longest(*families.values()))
    return [address for address in turns if address is not None]


async def first_to_connect(addresses: Sequence[Address]) -> socket.socket:
    """Connect to whichever address answers first (RFC 8305, "Happy Eyeballs").

    Each gets a quarter of a second before the next is tried as well. Raises the OSError of
    the first address if none answers.
    """
    if len(addresses) == 1:
        return await _connected(addresses[0])
    attempts: list[asyncio.Task[socket.socket]] = []
    waiting = list(addresses)
    try:
        while waiting or not all(attempt.done() for attempt in attempts):
            if waiting:
                attempts.append(asyncio.create_task(_connected(waiting.pop(0))))
            await asyncio.wait(
                [attempt for attempt in attempts if not attempt.done()],
                timeout=_NEXT_ADDRESS_SECONDS if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for attempt in attempts:
                if attempt.done() and attempt.exception() is None:
                    attempts.remove(attempt)
                    return attempt.result()
        return attempts[0].result()
    finally:
        for attempt in attempts:
            attempt.cancel()
            attempt.add_done_callback(_close)


async def _connected(address: Address) -> socket.socket:
    family, kind, protocol, _, where = address
    sock = socket.socket(family, kind, protocol)
    try:
        sock.settimeout(0)
        await asyncio.get_running_loop().sock_connect(sock, where)
    except BaseException:
        sock.close()
        raise
    return sock


def _close(attempt: asyncio.Task[socket.socket]) -> None:
    """Close what an attempt connected that came too late."""
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().close()
