"""HTTP/1.1 over one connection: each request is written once, each response is known to be whole.

A request has a body of known length (RFC 9112). A response body that ends with its connection is
whole only if the end was announced: by TCP's FIN and, over TLS, by close_notify (RFC 8446, 6.1).
asyncio reports a reset as `connection_lost` alone. It reports a TLS connection that simply stops as
`eof_received` too; only the TLS object can distinguish the two ends.
"""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from functools import lru_cache
from typing import cast

import httpx

from bulk_update.client.failures import (
    BadResponseError,
    DisconnectedError,
    FailedAttempt,
    LateError,
    system_error,
)
from bulk_update.client.responses import WITHOUT_BODY, RawResponse, ResponseParser

_Headers = tuple[tuple[bytes, bytes], ...]


class HttpConnection(asyncio.Protocol):
    """A TCP or TLS connection that carries one request at a time.

    `idle_since` is the event-loop time at which it became idle after a response, or None if it has
    carried no request. `has_unexpected_bytes`: the connection was closed because bytes arrived that
    belong to no request.
    """

    def __init__(self) -> None:
        self.idle_since: float | None = None
        self.has_unexpected_bytes = False
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._has_ended = False
        self._last_status: int | None = None
        self._parser: ResponseParser | None = None
        self._waiter: asyncio.Future[RawResponse] | None = None
        self._deadline: float | None = None
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def transport(self) -> asyncio.Transport:
        """The underlying transport; replaced when TLS starts."""
        if self._transport is None:
            raise RuntimeError("not connected")
        return self._transport

    @transport.setter
    def transport(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    @property
    def is_clean(self) -> bool:
        """Whether it is open, expects no response and has received no unexpected bytes."""
        transport = self._transport
        return (
            transport is not None
            and not self._has_ended
            and self._parser is None
            and not transport.is_closing()
        )

    def exchange(
        self, message: bytes, *, deadline: float | None, head_only: bool = False
    ) -> asyncio.Future[RawResponse]:
        """Write a request immediately, and return the future of its response.

        The future fails with LateError at the deadline (an event-loop time), BadResponseError if
        the response is not valid HTTP, or DisconnectedError.
        """
        self._parser = ResponseParser(
            head_only=head_only, after_bodiless=self._last_status in WITHOUT_BODY
        )
        self._waiter = self._loop.create_future()
        if deadline is not None:
            self._expect_response_by(deadline)
        self.transport.write(message)
        return self._waiter

    def abort(self) -> None:
        """Close the connection now, even during a request or a response."""
        self._has_ended = True
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Parse the bytes; close the connection if no request is open."""
        parser = self._parser
        if parser is None:
            self.has_unexpected_bytes = True
            self.abort()
            return
        try:
            parser.feed(data)
        except BadResponseError as error:
            self._fail(error)
        else:
            self._finish_if_whole(parser)

    def eof_received(self) -> None:
        """Note that the connection was closed in an orderly way."""
        self._has_ended = True
        if self._parser is not None and _is_announced(self.transport):
            self._parser.feed_end()
            self._finish_if_whole(self._parser)
        self._fail(self._ended())

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is closed, whether or not this was announced."""
        self._has_ended = True
        if self._alarm is not None:
            self._alarm.cancel()
        if isinstance(exc, OSError) and exc.errno is not None:
            self._fail(DisconnectedError(*system_error(exc)))
        else:
            self._fail(self._ended())

    def _finish_if_whole(self, parser: ResponseParser) -> None:
        if parser.response is None:
            return
        # A response may arrive before its request is fully sent; the rest is still in the buffer.
        if not parser.keeps_connection or self.transport.get_write_buffer_size():
            self.abort()
        self._last_status = parser.response.status
        waiter = self._forget_exchange()
        if waiter is not None and not waiter.done():
            waiter.set_result(parser.response)

    def _fail(self, error: FailedAttempt) -> None:
        waiter = self._forget_exchange()
        if waiter is None:
            return
        self.abort()
        if not waiter.done():
            waiter.set_exception(error)

    def _forget_exchange(self) -> asyncio.Future[RawResponse] | None:
        waiter = self._waiter
        self._parser = self._waiter = self._deadline = None
        return waiter

    def _ended(self) -> DisconnectedError:
        has_head = self._parser is not None and self._parser.has_head
        return DisconnectedError("incomplete") if has_head else DisconnectedError("closed")

    def _expect_response_by(self, deadline: float) -> None:
        """Set the deadline of this exchange.

        A connection's deadlines only increase, so a timer that is already set can stay: it checks
        the deadline when it fires, and by then most responses have long arrived.
        """
        self._deadline = deadline
        if self._alarm is None:
            self._alarm = self._loop.call_at(deadline, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        if self._deadline is None:
            return
        if self._loop.time() < self._deadline:
            self._expect_response_by(self._deadline)
        else:
            self._fail(LateError())


def _is_announced(transport: asyncio.Transport) -> bool:
    """Return whether a closed connection was closed in an orderly way."""
    tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
    if tls is None:
        return True
    try:
        return not tls.read(1)  # returns nothing after close_notify
    except ssl.SSLError:  # more data was expected
        return False


def request_bytes(request: httpx.Request) -> bytes:
    """Return the bytes to send; the headers are complete except for Content-Length.

    The path is `request.extensions["target"]`, unchanged (httpx, "Request extensions"), or else the
    URL's. Raises TypeError for a body that is not in memory.
    """
    stream = request.stream
    if not isinstance(stream, httpx.ByteStream):
        raise TypeError("the request's body must be in memory")
    body = b"".join(stream)
    return b"%b %b HTTP/1.1\r\n%bContent-Length: %d\r\n\r\n%b" % (
        request.method.encode("ascii"),
        request.extensions.get("target") or request.url.raw_path,
        _header_lines(tuple(request.headers.raw)),
        len(body),
        body,
    )


def connect_bytes(host_and_port: str, *, credentials: str) -> bytes:
    """Return the request for a tunnel through a proxy (RFC 9110, 9.3.6)."""
    headers = [(b"Host", host_and_port.encode("ascii"))]
    if credentials:
        headers.append((b"Proxy-Authorization", basic(credentials)))
    return b"CONNECT %b HTTP/1.1\r\n%b\r\n" % (
        host_and_port.encode("ascii"),
        _lines(tuple(headers)),
    )


def basic(credentials: str) -> bytes:
    """Return the header value for `user:password` (RFC 7617), encoded as UTF-8."""
    return b"Basic " + b64encode(credentials.encode())


def _lines(headers: _Headers) -> bytes:
    return b"".join(b"%b: %b\r\n" % header for header in headers)


_header_lines = lru_cache(maxsize=4)(_lines)
"""Cached because all requests of one client have the same headers."""
