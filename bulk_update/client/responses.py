"""A parser for the bytes of a response as they arrive (RFC 9112), within limits.

It uses llhttp, the parser of Node.js (package httptools). Three things are decided here because
llhttp does not decide them: it has no limits, cannot say whether a body that ends with its
connection is whole, and reports bytes after a response in several ways.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple

import httptools

from bulk_update.client.failures import BadResponseError

MAX_LINE_BYTES = 65_536
"""The longest header line accepted. No common server sends more than 16 kB in one."""

MAX_HEAD_BYTES = 262_144
"""The most bytes accepted for all headers of a response together."""

MAX_BODY_BYTES = 1_000_000
"""How much of a body is kept. The API's responses are a few hundred bytes long."""

WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
"""Responses that end with their headers, even if the server writes a body."""

_START = b"HTTP/1."


class RawResponse(NamedTuple):
    """A complete response. A body that was cut off is one byte longer than the limit."""

    status: int
    reason: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes


class ResponseParser:
    """Parses one final response, skipping interim (1xx) responses before it.

    With `head_only`, the response ends with its headers, like one to CONNECT. Once `response` is
    set, `keeps_connection` says whether the connection can carry another request. It cannot after a
    header that closes it, nor if more bytes arrived than belong to the response.

    With `after_bodiless`, the connection's previous response had no body. Some servers write one
    anyway, unannounced, and it may arrive only now: everything before the status line is skipped,
    and the connection is closed after the response.
    """

    # httptools calls the on_... methods.

    response: RawResponse | None = None
    keeps_connection = False
    has_head = False
    _fault: BadResponseError | None = None
    _unfinished_bytes = 0

    def __init__(self, *, head_only: bool = False, after_bodiless: bool = False) -> None:
        self._head_only = head_only
        self._may_be_stray = after_bodiless
        self._stray = b""
        self._stray_bytes = 0
        self._parser = httptools.HttpResponseParser(self)
        # Browsers accept these too: odd characters in values, folded lines, bare line feeds.
        self._parser.set_dangerous_leniencies(
            lenient_headers=True,
            lenient_keep_alive=True,  # an interim response does not end the connection
            lenient_optional_cr_before_lf=True,
            lenient_spaces_after_chunk_size=True,
        )

    def feed(self, data: bytes) -> None:
        """Parse the next bytes; raises BadResponseError."""
        if self._may_be_stray:
            data = self._without_stray_body(data)
        self._unfinished_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            # The response is complete: these bytes belong to nothing.
            self.keeps_connection = False
            if self.response is None:
                raise self._fault or BadResponseError("parser", {"words": str(error)}) from None
        if self.response is None and self._unfinished_bytes > MAX_LINE_BYTES:
            self._fault = _long_line_error()
        if self._fault:
            raise self._fault

    def _without_stray_body(self, data: bytes) -> bytes:
        """Return the bytes from this response's status line on."""
        data = self._stray + data
        start = data.find(_START)
        if start >= 0:
            self._may_be_stray = False
            self._stray_bytes += start
            return data[start:]
        self._stray = data[-len(_START) + 1 :]
        self._stray_bytes += len(data) - len(self._stray)
        if self._stray_bytes > MAX_BODY_BYTES:
            raise BadResponseError("stray")
        return b""

    def feed_end(self) -> None:
        """Note an orderly close, which completes a body without a length."""
        if self.response is None and self.has_head and self._body_ends_with_connection():
            self._finish(keeps_connection=False)

    def on_message_begin(self) -> None:
        """Begin a response, or note that something follows the current one."""
        if self.response is not None:
            self.keeps_connection = False
            return
        self.has_head = False
        self._status = 0
        self._reason = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._head_bytes = 0
        self._body: list[bytes] = []
        self._body_bytes = 0

    def on_status(self, reason: bytes) -> None:
        """Store a part of the reason phrase."""
        if self.response is None:
            self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        """Store a header; trailers after a chunked body are ignored."""
        self._unfinished_bytes = 0
        if self.has_head:
            return
        line_bytes = len(name) + len(value)
        self._head_bytes += line_bytes
        self._headers.append((name, value))
        if line_bytes > MAX_LINE_BYTES:
            self._fault = _long_line_error()
        elif self._head_bytes > MAX_HEAD_BYTES:
            self._fault = BadResponseError("long-head", {"most": MAX_HEAD_BYTES})

    def on_headers_complete(self) -> None:
        """Check the status."""
        self._unfinished_bytes = 0
        self._status = self._parser.get_status_code()
        self.has_head = self._status >= HTTPStatus.OK
        if self._status < HTTPStatus.CONTINUE or self._status == HTTPStatus.SWITCHING_PROTOCOLS:
            self._fault = BadResponseError("not-final", {"status": self._status})
        elif self._head_only and self.has_head:
            self._finish(keeps_connection=True)

    def on_body(self, data: bytes) -> None:
        """Store a part of the body, up to the limit."""
        self._unfinished_bytes = 0
        if self.response is not None:
            self.keeps_connection = False
            return
        self._body.append(data)
        self._body_bytes += len(data)
        if self._body_bytes > MAX_BODY_BYTES:
            self._finish(keeps_connection=False)

    def on_chunk_complete(self) -> None:
        """Note that a chunk is complete."""
        self._unfinished_bytes = 0

    def on_message_complete(self) -> None:
        """Finish the response, unless it is an interim one."""
        if self.response is None and self.has_head:
            may_stay = self._parser.should_keep_alive() and not self._has_forbidden_body()
            self._finish(keeps_connection=may_stay)

    def _has_forbidden_body(self) -> bool:
        """Return whether a response without a body announces one, which may still arrive."""
        if self._status not in WITHOUT_BODY:
            return False
        last = {name.lower(): value for name, value in self._headers}
        return bool(last.get(b"transfer-encoding")) or last.get(b"content-length", b"0") not in {
            b"",
            b"0",
        }

    def _body_ends_with_connection(self) -> bool:
        """Return whether only the connection's end can end the body (RFC 9112, 6.3)."""
        last_coding = self._header(b"transfer-encoding").rpartition(b",")[2].strip().lower()
        return last_coding != b"chunked" and not self._header(b"content-length")

    def _header(self, name: bytes) -> bytes:
        """Return a header's last value, or an empty one."""
        found = (value for key, value in reversed(self._headers) if key.lower() == name)
        return next(found, b"")

    def _finish(self, *, keeps_connection: bool) -> None:
        if self._fault:
            return
        body = b"".join(self._body)[: MAX_BODY_BYTES + 1]
        self.keeps_connection = keeps_connection and not self._stray_bytes
        self.response = RawResponse(self._status, self._reason, self._headers, body)


def _long_line_error() -> BadResponseError:
    return BadResponseError("long-line", {"most": MAX_LINE_BYTES})
