"""Requests as they stand on the wire: HTTP/1.1 with a body of known length (RFC 9112)."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

import httpx

Headers = tuple[tuple[bytes, bytes], ...]


class Messages:
    """Makes the bytes of requests; all that one client sends have the same headers."""

    def __init__(self) -> None:
        self._lines_of = lru_cache(maxsize=4)(_lines_of)

    def of(self, request: httpx.Request) -> bytes:
        """Return the bytes of a request, whose headers are whole but for Content-Length."""
        at_hand = cast("httpx.SyncByteStream", request.stream)  # never from a network
        body = b"".join(at_hand)
        return b"%b %b HTTP/1.1\r\n%bContent-Length: %d\r\n\r\n%b" % (
            request.method.encode("ascii"),
            request.url.raw_path,
            self._lines_of(tuple(request.headers.raw)),
            len(body),
            body,
        )


def _lines_of(headers: Headers) -> bytes:
    return b"".join(b"%b: %b\r\n" % header for header in headers)
