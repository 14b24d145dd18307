"""One request and its answer on one of libcurl's handles, which serves one after another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import httpx
import pycurl

from bulk_update.client.sockets import Sockets

MAX_BODY_BYTES = 1_000_000
"""How much of an answer's body is read. The API's answers are a few hundred bytes."""

_BLANK_LINES = frozenset({b"\r\n", b"\n"})

_ENOUGH = -1
"""What a write callback returns to end the transfer."""


class Exchange:
    """What is sent and what comes back, and whether anything can have left.

    `departed` is true from the moment when libcurl is about to write the request. `met_stale` says
    that it was about to write it to a kept connection that is no longer good: nothing left.
    `has_read_enough` says that the answer's body was longer than is ever read.
    """

    def __init__(self, options: Mapping[int, object], sockets: Sockets) -> None:
        self.handle = pycurl.Curl()
        self.departed = False
        self.met_stale = False
        self.has_read_enough = False
        self._sockets = sockets
        self._tried: list[int] = []
        self._head: list[bytes] = []
        self._body: list[bytes] = []
        self._size = 0
        self._sent_headers: list[tuple[bytes, bytes]] = []
        for option, value in options.items():
            self.handle.setopt(option, value)
        self.handle.setopt(pycurl.SOCKOPTFUNCTION, self._try)
        self.handle.setopt(pycurl.PREREQFUNCTION, self._depart)
        self.handle.setopt(pycurl.HEADERFUNCTION, self._head.append)
        self.handle.setopt(pycurl.WRITEFUNCTION, self._take)

    def prepare(self, request: httpx.Request) -> None:
        """Make ready to send a request, whose body is at hand and not a stream."""
        self.departed = self.met_stale = self.has_read_enough = False
        self._tried.clear()
        self._head.clear()
        self._body.clear()
        self._size = 0
        self.handle.setopt(pycurl.URL, str(request.url))
        self.handle.setopt(pycurl.CUSTOMREQUEST, request.method)
        self.handle.setopt(
            pycurl.POSTFIELDS, b"".join(cast("httpx.SyncByteStream", request.stream))
        )
        headers = request.headers.raw
        if headers != self._sent_headers:  # they are the same for all
            lines = [b"%b: %b" % item for item in headers]
            self.handle.setopt(pycurl.HTTPHEADER, [*lines, b"Expect:"])  # no "100 Continue"
            self._sent_headers = headers

    @property
    def is_whole(self) -> bool:
        """Whether the answer's headers came to their end: libcurl takes half of them for all."""
        for line in reversed(self._head):
            if line in _BLANK_LINES:
                return True
            if line.startswith(b"HTTP/"):
                break
        return False

    @property
    def status(self) -> int:
        """The status of the final answer."""
        return int(self.handle.getinfo(pycurl.RESPONSE_CODE))

    @property
    def body(self) -> bytes:
        """The body, or as much of it as is ever read."""
        return b"".join(self._body)[:MAX_BODY_BYTES]

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers of the final answer."""
        headers: list[tuple[bytes, bytes]] = []
        for line in self._head:
            name, colon, value = line.partition(b":")
            if name.startswith(b"HTTP/"):  # what came before was a proxy's or an interim answer's
                headers.clear()
            elif colon:
                headers.append((name, value.strip()))
        return headers

    def _try(self, file: int, _purpose: int) -> int:
        """Take note of a socket that is about to be connected, unless it were to send again."""
        self._tried.append(file)
        return int(pycurl.SOCKOPT_ERROR if self.departed else pycurl.SOCKOPT_OK)

    def _depart(self, _ip: str, local_ip: str, _port: int, local_port: int) -> int:
        """Let the request go, once: libcurl would send it again where a kept connection ended."""
        address = local_ip, local_port
        if self.departed:
            return int(pycurl.PREREQFUNC_ABORT)
        if self._tried:
            self._sockets.connected(address, self._tried)
        elif not self._sockets.is_silent(address):
            self.met_stale = True
            return int(pycurl.PREREQFUNC_ABORT)
        self.departed = True
        return int(pycurl.PREREQFUNC_OK)

    def _take(self, chunk: bytes) -> int:
        self._body.append(chunk)
        self._size += len(chunk)
        self.has_read_enough = self._size >= MAX_BODY_BYTES
        return _ENOUGH if self.has_read_enough else len(chunk)
