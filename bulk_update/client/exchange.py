"""One request on one connection, and its whole answer: what is written is written once."""

from __future__ import annotations

import asyncio
import zlib
from http import HTTPStatus
from typing import cast

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


async def exchange(
    connection: Connection, request: httpx.Request, *, deadline: float
) -> httpx.Response:
    """Send a request and return its answer; its body is one byte too long where it was cut off.

    Raises what aiohttp raises, and TimeoutError at the deadline, a time of the event loop: the
    request may have left, and the connection is closed.
    """
    protocol = protocol_of(connection)
    # Not `asyncio.timeout`, which takes a twelfth of all that a request costs.
    limit = asyncio.get_running_loop().call_at(deadline, protocol.expire)
    try:
        _write(protocol, request)
        head, content = await _final_answer(protocol)
        body = await _read(content)
    except BaseException:
        connection.close()
        raise
    finally:
        limit.cancel()
    return _response(head, body)


def _write(protocol: AnswerProtocol, request: httpx.Request) -> None:
    transport = protocol.transport
    if transport is None or transport.is_closing():
        raise aiohttp.ServerDisconnectedError
    # Each request gets a parser of its own: nothing of an earlier answer can be left in it.
    protocol.set_response_params(read_until_eof=True, auto_decompress=False)
    transport.write(_message(request))


def _message(request: httpx.Request) -> bytes:
    """Return the bytes of a request, whose headers are whole but for Content-Length."""
    body = b"".join(cast("httpx.SyncByteStream", request.stream))  # at hand, never from a network
    lines = [b"%s %s HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    lines += [b"%s: %s" % header for header in request.headers.raw]
    lines += [b"Content-Length: %d" % len(body), b"", body]
    return b"\r\n".join(lines)


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
