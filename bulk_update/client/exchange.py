"""One request on one connection, and its whole answer: what is written is written once."""

from __future__ import annotations

import zlib
from http import HTTPStatus

import aiohttp
import httpx
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import RawResponseMessage

from bulk_update.client.pool import AnswerProtocol, protocol_of

MAX_BODY_BYTES = 1_000_000
"""How much of an answer's body is read. The API's answers are a few hundred bytes."""

_READ_BYTES = 65_536
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


async def exchange(connection: Connection, message: bytes, *, deadline: float) -> httpx.Response:
    """Write a request and return its answer; its body is one byte too long where it was cut off.

    Raises what aiohttp raises, and TimeoutError at the deadline, a time of the event loop: the
    request may have left, and the connection is closed.
    """
    protocol = protocol_of(connection)
    try:
        _write(protocol, message, deadline=deadline)
        head, content = await _final_answer(protocol)
        body = await _read(content)
    except BaseException:
        connection.close()
        raise
    protocol.expect_nothing()
    return _response(head, body)


def _write(protocol: AnswerProtocol, message: bytes, *, deadline: float) -> None:
    transport = protocol.transport
    if transport is None or transport.is_closing():
        raise aiohttp.ServerDisconnectedError
    # Each request gets a parser of its own: nothing of an earlier answer can be left in it.
    protocol.set_response_params(read_until_eof=True, auto_decompress=False)
    protocol.expect_answer_by(deadline)
    transport.write(message)


async def _final_answer(
    protocol: AnswerProtocol,
) -> tuple[RawResponseMessage, aiohttp.StreamReader]:
    """Return the head of the answer, and its body to be read; interim answers are passed over."""
    while True:
        head, content = await protocol.read()
        if head.code >= HTTPStatus.OK:
            return head, content
        if head.code < HTTPStatus.CONTINUE or head.code == HTTPStatus.SWITCHING_PROTOCOLS:
            raise HttpProcessingError(message=f"status {head.code} is no final answer")


async def _read(content: aiohttp.StreamReader) -> bytes:
    """Return the answer's body, or as much of it as shows that it is too long."""
    chunks = []
    size = 0
    while size <= MAX_BODY_BYTES and (chunk := await content.read(_READ_BYTES)):
        chunks.append(chunk)
        size += len(chunk)
    return b"".join(chunks)[: MAX_BODY_BYTES + 1]


def _response(head: RawResponseMessage, body: bytes) -> httpx.Response:
    headers = head.raw_headers
    if head.compression:
        body = _decompressed(body)
        headers = tuple(header for header in headers if header[0].lower() != b"content-encoding")
    return httpx.Response(head.code, headers=headers, stream=httpx.ByteStream(body))


def _decompressed(body: bytes) -> bytes:
    """Return as much of a compressed body as is ever read; one that cannot be read, as it is.

    The request asks for no compression. Some gateways compress their own pages all the same.
    """
    try:
        return zlib.decompressobj(_GZIP_OR_ZLIB).decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error:
        return body
