"""The bytes of an answer, parsed as they arrive (RFC 9112), with limits of our own.

llhttp, which Node.js uses too, does the parsing (package httptools). It has no limits, cannot tell
whether a body that ends with its connection is whole, and reports bytes that follow an answer in
several ways: those three are decided here.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple

import httptools

from bulk_update.client.failures import BadAnswerError

MAX_LINE_BYTES = 65_536
"""The longest header line that is accepted. No common server sends more than 16 kB in one."""

MAX_HEAD_BYTES = 262_144
"""How much all headers of an answer may have together."""

MAX_BODY_BYTES = 1_000_000
"""How much of a body is kept. The API's answers are a few hundred bytes."""

WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
"""Answers that end with their headers, whatever a server writes behind them."""

_START = b"HTTP/1."
_TAKES_THE_CONNECTION_OVER = HTTPStatus.SWITCHING_PROTOCOLS


class RawAnswer(NamedTuple):
    """A whole answer. Its body is one byte too long where it was cut off."""

    status: int
    reason: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes


class AnswerParser:
    """Reads one final answer; interim answers (1xx) before it are passed over.

    With `head_only`, the answer ends with its headers, as one to CONNECT does. Once `answer` is
    set, `keeps_connection` says whether the connection may carry another request: not after
    `Connection: close`, nor where more bytes arrived than belong to the answer.

    With `after_bodiless`, the last answer of the connection had no body. Some servers write one
    all the same, without announcing it, and it may arrive only now: what comes before the status
    line is passed over, and the connection is given up behind the answer.
    """

    # The methods on_... are httptools' interface.

    answer: RawAnswer | None = None
    keeps_connection = False
    has_head = False
    _fault: BadAnswerError | None = None
    _unfinished_bytes = 0

    def __init__(self, *, head_only: bool = False, after_bodiless: bool = False) -> None:
        self._head_only = head_only
        self._may_be_stray = after_bodiless
        self._stray = b""
        self._stray_bytes = 0
        self._parser = httptools.HttpResponseParser(self)
        # What browsers accept too: odd characters in values, folded lines, bare line feeds.
        self._parser.set_dangerous_leniencies(
            lenient_headers=True,
            lenient_keep_alive=True,  # an interim answer does not end the connection
            lenient_optional_cr_before_lf=True,
            lenient_spaces_after_chunk_size=True,
        )

    def feed(self, data: bytes) -> None:
        """Take the next bytes; raises BadAnswerError."""
        if self._may_be_stray:
            data = self._without_stray_body(data)
        self._unfinished_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            # After a whole answer: bytes that belong to nothing.
            self.keeps_connection = False
            if self.answer is None:
                raise self._fault or BadAnswerError("parser", {"words": str(error)}) from None
        if self.answer is None and self._unfinished_bytes > MAX_LINE_BYTES:
            self._fault = _too_long_a_line()
        if self._fault:
            raise self._fault

    def _without_stray_body(self, data: bytes) -> bytes:
        """Return what belongs to this answer: all from its status line on."""
        data = self._stray + data
        start = data.find(_START)
        if start >= 0:
            self._may_be_stray = False
            self._stray_bytes += start
            return data[start:]
        self._stray = data[-len(_START) + 1 :]
        self._stray_bytes += len(data) - len(self._stray)
        if self._stray_bytes > MAX_BODY_BYTES:
            raise BadAnswerError("stray")
        return b""

    def feed_end(self) -> None:
        """The connection was closed in good order: a body without a length is whole now."""
        if self.answer is None and self.has_head and self._body_ends_with_connection():
            self._finish(keeps_connection=False)

    def on_message_begin(self) -> None:
        """Begin an answer, or find out that something follows it."""
        if self.answer is not None:
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
        """Keep a part of the reason phrase."""
        if self.answer is None:
            self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; the trailers behind a body in chunks are of no use."""
        self._unfinished_bytes = 0
        if self.has_head:
            return
        line_bytes = len(name) + len(value)
        self._head_bytes += line_bytes
        self._headers.append((name, value))
        if line_bytes > MAX_LINE_BYTES:
            self._fault = _too_long_a_line()
        elif self._head_bytes > MAX_HEAD_BYTES:
            self._fault = BadAnswerError("long-head", {"most": MAX_HEAD_BYTES})

    def on_headers_complete(self) -> None:
        """Judge the status."""
        self._unfinished_bytes = 0
        self._status = self._parser.get_status_code()
        self.has_head = self._status >= HTTPStatus.OK
        if self._status < HTTPStatus.CONTINUE or self._status == _TAKES_THE_CONNECTION_OVER:
            self._fault = BadAnswerError("not-final", {"status": self._status})
        elif self._head_only and self.has_head:
            self._finish(keeps_connection=True)

    def on_body(self, data: bytes) -> None:
        """Keep a part of the body, until it is too long."""
        self._unfinished_bytes = 0
        if self.answer is not None:
            self.keeps_connection = False
            return
        self._body.append(data)
        self._body_bytes += len(data)
        if self._body_bytes > MAX_BODY_BYTES:
            self._finish(keeps_connection=False)

    def on_chunk_complete(self) -> None:
        """Note that a chunk's size and what came with it are over."""
        self._unfinished_bytes = 0

    def on_message_complete(self) -> None:
        """End the answer, unless it was an interim one."""
        if self.answer is None and self.has_head:
            may_stay = self._parser.should_keep_alive() and not self._has_forbidden_body()
            self._finish(keeps_connection=may_stay)

    def _has_forbidden_body(self) -> bool:
        """Whether an answer that cannot have a body announces one: it may be on its way."""
        if self._status not in WITHOUT_BODY:
            return False
        length, coding = self._header(b"content-length"), self._header(b"transfer-encoding")
        return bool(coding) or length not in {b"", b"0"}

    def _body_ends_with_connection(self) -> bool:
        """Whether nothing but the connection's end can end the body (RFC 9112, 6.3)."""
        last_coding = self._header(b"transfer-encoding").rpartition(b",")[2].strip().lower()
        return last_coding != b"chunked" and not self._header(b"content-length")

    def _header(self, name: bytes) -> bytes:
        """Return a header's last value, or nothing."""
        found = (value for key, value in reversed(self._headers) if key.lower() == name)
        return next(found, b"")

    def _finish(self, *, keeps_connection: bool) -> None:
        if self._fault:
            return
        body = b"".join(self._body)[: MAX_BODY_BYTES + 1]
        self.keeps_connection = keeps_connection and not self._stray_bytes
        self.answer = RawAnswer(self._status, self._reason, self._headers, body)


def _too_long_a_line() -> BadAnswerError:
    return BadAnswerError("long-line", {"most": MAX_LINE_BYTES})
