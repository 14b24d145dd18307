"""The bytes of requests: HTTP/1.1 with a body of known length (RFC 9112)."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache

import httpx

_Headers = tuple[tuple[bytes, bytes], ...]


def request_bytes(request: httpx.Request) -> bytes:
    """Return what goes on the wire; the headers are complete except for Content-Length.

    The path is `request.extensions["target"]` as it is (httpx, "Request extensions"), else the
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
    """Return the header value that shows `user:password` (RFC 7617), in UTF-8."""
    return b"Basic " + b64encode(credentials.encode())


def _lines(headers: _Headers) -> bytes:
    return b"".join(b"%b: %b\r\n" % header for header in headers)


_header_lines = lru_cache(maxsize=4)(_lines)
"""All requests of one client have the same headers."""
