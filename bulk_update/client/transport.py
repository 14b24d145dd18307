"""httpx on libcurl's engine: one request, one attempt, and the truth about what became of it.

libcurl calls back when a connection stands, right before it writes a request
(CURLOPT_PREREQFUNCTION). That is the boundary that matters here: until then nothing has left, from
then on it may have, and the request that would be written a second time is stopped there.

    httpx.ConnectError, ProxyError, TLSError     nothing left this machine
    httpx.ReadTimeout                            it may have left; the time limit came first
    httpx.RemoteProtocolError                    it may have left; what came back is no HTTP
    httpx.ReadError                              it may have left; the connection broke
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

import httpx
import pycurl

from bulk_update.client.compression import decompressed
from bulk_update.client.exchange import MAX_BODY_BYTES, Exchange
from bulk_update.client.failures import failure_of
from bulk_update.client.proxies import Proxy
from bulk_update.client.sockets import Sockets
from bulk_update.client.trust import trust_options

_MOST_IDLE_CONNECTIONS = 10_000
"""As many as there can be workers: libcurl's own limit follows what is in flight."""

_KEEP_ALIVE_SECONDS = 4
"""Idle connections are given up before a server does: Apache's default is 5 s."""


class CurlTransport(httpx.AsyncBaseTransport):
    """Sends each request exactly once, over kept-alive HTTP/1.1 connections.

    Never resends, follows redirects, keeps cookies or looks at the environment. The whole attempt,
    the answer's body included, has one time limit. Responses are complete when they are returned.
    Trusts whom the system trusts, or the authorities of `authorities` (PEM).
    """

    def __init__(
        self,
        *,
        proxy: Proxy | None,
        timeout_seconds: float,
        connect_timeout_seconds: float,
        authorities: bytes | None = None,
    ) -> None:
        self._through_proxy = proxy is not None
        self._options = {
            pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
            pycurl.PATH_AS_IS: 1,
            pycurl.NOSIGNAL: 1,
            pycurl.TIMEOUT_MS: _milliseconds(timeout_seconds),
            pycurl.CONNECTTIMEOUT_MS: _milliseconds(connect_timeout_seconds),
            pycurl.MAXAGE_CONN: _KEEP_ALIVE_SECONDS,
            **_proxy_options(proxy),
            **trust_options(authorities),
        }
        self._multi: pycurl.AsyncCurlMulti | None = None
        self._idle: list[Exchange] = []
        self._sockets = Sockets()

    async def __aenter__(self) -> Self:
        """Open the pool."""
        self._multi = pycurl.AsyncCurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, _MOST_IDLE_CONNECTIONS)
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
        if self._multi is not None:
            await self._multi.aclose()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return its whole answer; raises httpx.TransportError alone."""
        if self._multi is None:
            raise RuntimeError("the transport is not open: use `async with`")
        exchange = self._idle.pop() if self._idle else Exchange(self._options, self._sockets)
        exchange.prepare(request)
        try:
            await _perform(self._multi, exchange)
        except pycurl.error as error:
            raise failure_of(exchange, error, through_proxy=self._through_proxy) from None
        response = _response(exchange)
        self._idle.append(exchange)  # one that failed or was cancelled is not used again
        return response


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))  # 0 would mean no limit


def _proxy_options(proxy: Proxy | None) -> dict[int, object]:
    """Say which proxy: an empty name keeps libcurl from looking into the environment."""
    if proxy is None:
        return {pycurl.PROXY: ""}
    return {
        pycurl.PROXY: proxy.address,
        pycurl.NOPROXY: "",
        pycurl.HTTPPROXYTUNNEL: 1,
        pycurl.HEADEROPT: pycurl.HEADER_SEPARATE,  # the request's own headers are not for it
        pycurl.PROXYHEADER: [f"Proxy-Authorization: {proxy.authorization}"]
        if proxy.authorization
        else [],
    }


async def _perform(multi: pycurl.AsyncCurlMulti, exchange: Exchange) -> None:
    """Make the exchange; a connection that is no longer good is replaced before anything leaves."""
    while True:
        try:
            await multi.perform(exchange.handle)
        except pycurl.error:
            if exchange.has_read_enough:
                return
            if not exchange.met_stale:
                raise
            exchange.met_stale = False
        else:
            return


def _response(exchange: Exchange) -> httpx.Response:
    """Return the whole answer; raises httpx.ReadError for one that was cut in its headers."""
    if not exchange.is_whole:
        raise httpx.ReadError("closed by the server")
    status = exchange.status
    if status == httpx.codes.NO_CONTENT:  # says all that it has to say
        return httpx.Response(status, stream=httpx.ByteStream(b""))
    headers, body = exchange.headers(), exchange.body
    if any(name.lower() == b"content-encoding" for name, _ in headers):
        headers = [item for item in headers if item[0].lower() != b"content-encoding"]
        body = decompressed(body, at_most=MAX_BODY_BYTES)
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))
