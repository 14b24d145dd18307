"""The tests' one scripted server: it logs every request and follows its script.

It is plain asyncio in its own thread. No HTTP library is involved, so nothing is resent or repaired
unnoticed. A script responds to each request with a `Reaction`: the bytes to write, how fast to
write them, and how to end the connection.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self, cast
from urllib.parse import unquote

NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
NEVER_SECONDS = 60.0
"""Longer than any client in these tests waits."""

_REQUEST = re.compile(
    r"(?P<target>PUT /api/outbounds/(?P<campaign>[^/ ]+)/records_by_identifier/(?P<id>[^/ ]+)"
    r"|GET /api/outbounds/(?P<read>[^/ ]+)/(?:statuses|agents|records\?[a-z0-9=&]+)"
    r"|CONNECT [^/ ]+) HTTP/1\.1\r\n"
)
_CONTENT_LENGTH = re.compile(r"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)


def response(status: int, body: str = "", *, headers: str = "") -> bytes:
    """Return a well-formed response."""
    data = body.encode()
    head = f"HTTP/1.1 {status} Said\r\nContent-Length: {len(data)}\r\n{headers}\r\n"
    return head.encode() + data


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it arrived.

    A CONNECT has no campaign and no identifier, and a GET no identifier.
    """

    target: str
    campaign_id: str
    identifier: str
    body: bytes
    head: str


@dataclass(frozen=True, slots=True)
class Reaction:
    """How to react to a request: wait, write, and perhaps end the connection.

    If `data` is None, nothing is written; if the connection is also kept, the client waits in vain.
    """

    data: bytes | None = NO_CONTENT
    delay_seconds: float = 0.0
    then: Literal["keep", "close", "reset", "abort"] = "keep"
    """`close` ends the connection in an orderly way (with close_notify over TLS), `reset` with a
    TCP RST, and `abort` without close_notify.
    """
    further_parts: tuple[bytes, ...] = ()
    """Written after `data`: together (over TLS, in one record each) or, with a pause, one by one.
    """
    pause_seconds: float = 0.0
    """How long to wait after each part, including before the connection ends."""
    again: bytes = b""
    """Written repeatedly until the client is gone."""
    tunnel_to: int | None = None
    """A port on loopback to which all further bytes are tunnelled."""


Script = Callable[[Received, int], Reaction]
"""The reaction to a request. The number counts requests with the same target, from 1."""


def obliging(_request: Received, _count: int) -> Reaction:
    """Accept everything."""
    return Reaction()


def always(reaction: Reaction) -> Script:
    """React to every request in the same way."""
    return lambda _request, _count: reaction


def in_turn(*reactions: Reaction) -> Script:
    """Use these reactions for a target's requests in turn, then repeat the last one."""
    return lambda _request, count: reactions[min(count, len(reactions)) - 1]


def in_parts(*parts: bytes, pause_seconds: float = 0.02) -> Reaction:
    """Write a response in several segments."""
    return Reaction(parts[0], further_parts=parts[1:], pause_seconds=pause_seconds)


def dripping(data: bytes, *, pause_seconds: float) -> Reaction:
    """Write one byte at a time."""
    return in_parts(*(bytes([byte]) for byte in data), pause_seconds=pause_seconds)


class ScriptedServer:
    """A server on the loopback interface, with TLS if there is an `ssl_context`.

    `greeting` is the reaction to a connection, by its number from 1, before anything is read from
    it and before TLS starts. If there is none, or it keeps the connection, TLS and requests follow.
    """

    def __init__(
        self,
        script: Script = obliging,
        *,
        greeting: Callable[[int], Reaction | None] = lambda _number: None,
        ssl_context: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        self.script = script
        self.greeting = greeting
        self.port = port
        self.requests: list[Received] = []
        self.connections = 0
        self._ssl_context = ssl_context
        self._counts: Counter[str] = Counter()
        self._arrived = threading.Condition()
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._listening = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._listening.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    @property
    def url(self) -> str:
        if self._ssl_context:
            return f"https://localhost:{self.port}"
        return f"http://127.0.0.1:{self.port}"

    @property
    def identifiers(self) -> list[str]:
        """The identifiers of all requests so far, in the order of arrival."""
        return [request.identifier for request in self.requests]

    def forget(self) -> None:
        """Start a new log."""
        self.requests.clear()
        self._counts.clear()
        self.connections = 0

    def close_connections(self) -> None:
        """End all connections in an orderly way."""

        def close() -> None:
            for writer in self._open.values():
                writer.close()

        self._loop.call_soon_threadsafe(close)

    def wait_for(self, count: int, *, seconds: float = 20.0) -> None:
        """Wait until this many requests have arrived."""
        with self._arrived:
            arrived = self._arrived.wait_for(lambda: len(self.requests) >= count, seconds)
        assert arrived, f"only {len(self.requests)} of {count} requests arrived"

    def wait_until_idle(self, *, seconds: float = 20.0) -> None:
        """Wait until all connections have ended, so that all bytes of a dead client arrived."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as last:
            last.shutdown(socket.SHUT_WR)
            last.recv(1)  # this one is accepted, and so closed, after all that came before it
        deadline = time.monotonic() + seconds
        while self._open and time.monotonic() < deadline:
            time.sleep(0.005)
        assert not self._open, "a connection is still open"

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._closing = asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = int(server.sockets[0].getsockname()[1])
        self._listening.set()
        await self._closing.wait()
        this = asyncio.current_task()
        while others := [task for task in asyncio.all_tasks() if task is not this]:
            # Some tasks may be asyncio's own and accept a connection. It would leak if `server`
            # were closed now; by the loop's next iteration it is in `_open`.
            for task, writer in self._open.items():
                task.cancel()
                writer.transport.abort()  # an orderly close would wait for the client
            await asyncio.gather(*others, return_exceptions=True)
        server.close()
        await asyncio.sleep(0)  # the transports close on the loop's next iteration

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        _transport(writer).pause_reading()  # so that a handshake can still start after a greeting
        conversation = self._converse(self.greeting(self.connections), reader, writer)
        task = asyncio.get_running_loop().create_task(conversation)
        self._open[task] = writer
        task.add_done_callback(self._open.pop)

    async def _converse(
        self, greeting: Reaction | None, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
                if greeting is not None:
                    await _react(greeting, reader, writer)
                if self._ssl_context:
                    await writer.start_tls(self._ssl_context)
                else:
                    _transport(writer).resume_reading()
                while not writer.is_closing():
                    request = await _request(reader)
                    await _react(self._reaction_to(request), reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def _reaction_to(self, request: Received) -> Reaction:
        self._counts[request.target] += 1
        with self._arrived:
            self.requests.append(request)
            self._arrived.notify_all()
        return self.script(request, self._counts[request.target])


async def _request(reader: asyncio.StreamReader) -> Received:
    if (first := await reader.readexactly(1)) not in {b"P", b"G", b"C"}:
        raise ConnectionError("neither PUT, GET nor CONNECT: a client speaks TLS to a plain server")
    head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    length = _CONTENT_LENGTH.search(head)
    body = await reader.readexactly(int(length[1])) if length else b""
    found = _REQUEST.match(head)
    assert found, head
    campaign_id = unquote(found["campaign"] or found["read"] or "")
    identifier = unquote(found["id"] or "")
    return Received(found["target"], campaign_id, identifier, body, head)


async def _react(
    reaction: Reaction, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    await asyncio.sleep(reaction.delay_seconds)
    if reaction.data is None and reaction.then == "keep":
        await asyncio.sleep(NEVER_SECONDS)
    await _write(reaction, writer)
    if reaction.tunnel_to is not None:
        await _tunnel(reaction.tunnel_to, reader, writer)
    if reaction.then == "reset":
        _reset(writer)
    elif reaction.then == "abort":
        writer.transport.abort()
    elif reaction.then == "close":
        writer.close()
    else:
        await writer.drain()


async def _write(reaction: Reaction, writer: asyncio.StreamWriter) -> None:
    parts = [reaction.data or b"", *reaction.further_parts]
    if not reaction.pause_seconds:
        writer.writelines(parts)
    else:
        for part in parts:
            writer.write(part)
            await asyncio.sleep(reaction.pause_seconds)
    while reaction.again and not writer.is_closing():
        writer.write(reaction.again)
        await writer.drain()


async def _tunnel(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def _transport(writer: asyncio.StreamWriter) -> asyncio.Transport:
    """Return a writer's transport with its true type, which can also read."""
    return cast("asyncio.Transport", writer.transport)


def _reset(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
