"""How a connection is made: name lookup, addresses, proxy and TLS. No request is sent here."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, zip_longest
from typing import Any
from urllib.parse import urlsplit

from bulk_update.client.failures import (
    FailedAttempt,
    ProxyAuthenticationError,
    ProxyError,
    TLSError,
    UnreachableError,
    system_error,
    tls_error,
)
from bulk_update.client.http_connection import HttpConnection, connect_bytes
from bulk_update.client.proxies import Proxy
from bulk_update.records import Param

_NEXT_ADDRESS_SECONDS = 0.25
_TUNNEL_IS_OPEN = range(200, 300)
_AUTHENTICATION_REQUIRED = 407

Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]


class Dialer:
    """Connects to one system, directly or through a proxy's tunnel.

    `origin` is the system's base URL; `ssl_context` is used for https only.
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

        Raises TLSError, ProxyError or UnreachableError. If cancelled, it leaves no connection open.
        """
        connection = HttpConnection()
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._open(connection)
        except (FailedAttempt, OSError, UnicodeError) as error:
            connection.abort()
            failure = self._failure(error)
        except BaseException:
            connection.abort()
            raise
        else:
            return connection
        raise failure  # raised here so that it has no other error as its context

    async def look_up(self) -> tuple[str, ...]:
        """Return the addresses of the system, or of its proxy; connects to none of them.

        Raises ProxyError or UnreachableError.
        """
        try:
            async with asyncio.timeout(self._timeout_seconds):
                found = await self._addresses()
        except (OSError, UnicodeError) as error:
            failure = self._failure(error)
        else:
            return tuple(dict.fromkeys(str(where[0]) for *_, where in found))
        raise failure

    async def _addresses(self) -> Sequence[Address]:
        loop = asyncio.get_running_loop()
        proxy = self._proxy
        host, port = (proxy.host, proxy.port) if proxy else (self._host, self._port)
        return await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)

    async def _open(self, connection: HttpConnection) -> None:
        loop = asyncio.get_running_loop()
        proxy = self._proxy
        sock = await first_to_connect(alternating(await self._addresses()))
        await loop.create_connection(lambda: connection, sock=sock)
        if proxy:
            await self._open_tunnel(connection, proxy)
        if self._ssl_context:
            await self._secure(connection, self._ssl_context)

    async def _open_tunnel(self, connection: HttpConnection, proxy: Proxy) -> None:
        host = f"[{self._host}]" if ":" in self._host else self._host
        message = connect_bytes(f"{host}:{self._port}", credentials=proxy.credentials)
        response = await connection.exchange(message, deadline=None, head_only=True)
        params: dict[str, Param] = {
            "status": response.status,
            "words": response.reason.decode("latin-1"),
        }
        if response.status == _AUTHENTICATION_REQUIRED:
            raise ProxyAuthenticationError(params=params)
        if response.status not in _TUNNEL_IS_OPEN:
            raise ProxyError("refused", params)
        if not connection.is_clean:
            raise ProxyError("early")

    async def _secure(self, connection: HttpConnection, context: ssl.SSLContext) -> None:
        """Start TLS on the connection; the client sends first."""
        if connection.has_unexpected_bytes:
            raise TLSError("no-tls")
        if not connection.is_clean:
            raise UnreachableError("handshake")
        secured = await asyncio.get_running_loop().start_tls(
            connection.transport, connection, context, server_hostname=self._host
        )
        if secured is None:
            raise UnreachableError("handshake")
        connection.transport = secured

    def _failure(self, error: Exception) -> FailedAttempt:
        variant: str
        params: Mapping[str, Param] = {}
        match error:
            case TLSError() | ProxyError():
                return error
            case FailedAttempt():
                variant, params = error.variant, error.params
            case ssl.SSLEOFError() | ssl.SSLZeroReturnError():  # the connection ended
                variant = "handshake"
            case ssl.SSLError():
                return tls_error(error)
            case TimeoutError(errno=None):  # our own time limit, not the system's
                variant, params = "late", {"seconds": self._timeout_seconds}
            case ConnectionResetError(errno=None):  # raised by asyncio during the handshake
                variant = "handshake"
            case OSError():
                variant, params = system_error(error)
            case _:
                variant = "bad-name"
        return (ProxyError if self._proxy else UnreachableError)(variant, params)


def alternating(addresses: Iterable[Address]) -> list[Address]:
    """Order addresses so that the two families alternate, starting with the first one's."""
    families: dict[socket.AddressFamily, list[Address]] = {}
    for address in addresses:
        families.setdefault(address[0], []).append(address)
    turns = chain.from_iterable(zip_longest(*families.values()))
    return [address for address in turns if address is not None]


async def first_to_connect(addresses: Sequence[Address]) -> socket.socket:
    """Connect to the first address that accepts (RFC 8305, "Happy Eyeballs").

    Another address is tried every quarter of a second. Raises the first address's OSError if none
    accepts.
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
    """Close the socket of an attempt that connected too late."""
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().close()
