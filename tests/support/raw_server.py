"""A server on plain asyncio that logs every request and answers as a script says.

No HTTP library helps it, so that nothing is sent twice or mended unseen.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import unquote

NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"

_REQUEST = re.compile(
    r"PUT (?P<path>/api/outbounds/(?P<campaign>[^/ ]+)/records_by_identifier/(?P<id>[^/ ]+)) "
)
_CONTENT_LENGTH = re.compile(r"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)


def answer(status: int, body: str = "", *, headers: str = "") -> bytes:
    """Return an answer byte for byte."""
    data = body.encode()
    head = f"HTTP/1.1 {status} Said\r\nContent-Length: {len(data)}\r\n{headers}\r\n"
    return head.encode() + data


@dataclass(frozen=True, slots=True)
class Logged:
    """One request, as it arrived."""

    campaign_id: str
    identifier: str
    body: bytes
    head: str


@dataclass(frozen=True, slots=True)
class Reaction:
    """What to do with a request: wait, answer, and perhaps end the connection.

    `data` None says nothing at all: the client waits in vain.
    """

    data: bytes | None = NO_CONTENT
    delay_seconds: float = 0.0
    then: str = "keep"
    """`keep`, `close` (in good order) or `reset` (TCP RST)."""


Script = Callable[[Logged, int], Reaction]
"""What to do with a request, of which so many (itself included) were for the same record."""


def obliging(_request: Logged, _count: int) -> Reaction:
    """Take everything."""
    return Reaction()


class RawServer:
    """Serves in a thread of its own, on the loopback interface.

    `resets_unread` says, by the connection's number from 1, which connections to reset before
    anything was read from them.
    """

    def __init__(
        self, script: Script = obliging, *, resets_unread: Callable[[int], bool] = lambda _: False
    ) -> None:
        self.script = script
        self.requests: list[Logged] = []
        self.unread = 0
        self._connections = 0
        self._resets_unread = resets_unread
        self._counts: Counter[tuple[str, str]] = Counter()
        self._arrived = threading.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
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
        return f"http://127.0.0.1:{self.port}"

    @property
    def identifiers(self) -> list[str]:
        """The identifiers of all requests so far, in the order of arrival."""
        return [request.identifier for request in self.requests]

    def forget(self) -> None:
        """Begin a new log."""
        self.requests.clear()
        self._counts.clear()
        self.unread = 0

    def wait_for(self, count: int, *, seconds: float = 20.0) -> None:
        """Wait until so many requests have arrived."""
        with self._arrived:
            arrived = self._arrived.wait_for(lambda: len(self.requests) >= count, seconds)
        assert arrived, f"only {len(self.requests)} of {count} requests arrived"

    def wait_until_idle(self, *, seconds: float = 20.0) -> None:
        """Wait until every connection has ended: all that a dead client sent has then arrived."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as last:
            last.shutdown(socket.SHUT_WR)
            last.recv(1)  # this one is accepted, and so closed, after all that came before it
        deadline = time.monotonic() + seconds
        while self._tasks and time.monotonic() < deadline:
            time.sleep(0.005)
        assert not self._tasks, "a connection is still open"

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._closing = asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = int(server.sockets[0].getsockname()[1])
        self._listening.set()
        await self._closing.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        if self._resets_unread(self._connections):
            self.unread += 1
            _reset(writer)
            return
        task = asyncio.get_running_loop().create_task(self._answer(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while not writer.is_closing():
                    await self._react(await _request(reader), writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _react(self, request: Logged, writer: asyncio.StreamWriter) -> None:
        key = (request.campaign_id, request.identifier)
        self._counts[key] += 1
        with self._arrived:
            self.requests.append(request)
            self._arrived.notify_all()
        reaction = self.script(request, self._counts[key])
        await asyncio.sleep(reaction.delay_seconds)
        if reaction.data is None and reaction.then == "keep":
            await asyncio.sleep(60)
        writer.write(reaction.data or b"")
        if reaction.then == "reset":
            _reset(writer)
        elif reaction.then == "close":
            writer.close()
        else:
            await writer.drain()


async def _request(reader: asyncio.StreamReader) -> Logged:
    if (first := await reader.readexactly(1)) != b"P":
        raise ConnectionError("no PUT: somebody speaks TLS to a plain server")
    head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    length = _CONTENT_LENGTH.search(head)
    body = await reader.readexactly(int(length[1])) if length else b""
    found = _REQUEST.match(head)
    assert found, head
    return Logged(unquote(found["campaign"]), unquote(found["id"]), body, head)


def _reset(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
