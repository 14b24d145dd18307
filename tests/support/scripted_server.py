"""A server that answers byte for byte as it is told, on plain asyncio: no HTTP library helps it."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Self

from bulk_update.client import Connection, ThuliumClient
from bulk_update.client.thulium import Links
from bulk_update.records import RecordUpdate, Reply

Script = Callable[[asyncio.StreamWriter], Awaitable[None]]
"""What to do once a request was read. Closing the writer ends the connection."""

Run = Callable[[Coroutine[Any, Any, Any]], Any]
"""Runs a coroutine to its end, on one of the event loops."""

UPDATE = RecordUpdate(
    row_id=1, number=2, campaign_id="00001", identifier="1234567890", body=b'{"status_id":"3"}'
)
PASSWORD = "correct horse"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"

_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)


class ScriptedServer:
    """Keeps every request that was read whole, and counts the connections."""

    def __init__(
        self,
        script: Script,
        *,
        reads: bool = True,
        ssl_context: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.has_request = asyncio.Event()
        self._script = script
        self._reads = reads
        self._wanted_port = port
        self._ssl_context = ssl_context
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self._wanted_port, ssl=self._ssl_context
        )
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def port(self) -> int:
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.get_running_loop().create_task(self._answer(reader, writer))
        self._tasks.add(task)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while not writer.is_closing():
                    if self._reads:
                        self.requests.append(await _request(reader))
                        self.has_request.set()
                    await self._script(writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = _CONTENT_LENGTH.search(head)
    return head + (await reader.readexactly(int(length[1])) if length else b"")


def says(answer: bytes) -> Script:
    """Answer, and keep the connection."""

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return script


def says_and_closes(answer: bytes) -> Script:
    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        writer.close()

    return script


def says_in_turn(*parts: bytes, seconds: float = 0.02) -> Script:
    """Answer in several segments."""

    async def script(writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(seconds)

    return script


def says_and_resets(answer: bytes) -> Script:
    """Answer, and then drop the connection with a RST."""

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        await asyncio.sleep(0.02)
        await resets(writer)

    return script


def says_without_end(beginning: bytes, *, again: bytes) -> Script:
    """Answer for as long as anybody listens."""

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(beginning)
        while not writer.is_closing():
            writer.write(again)
            await writer.drain()

    return script


def drips(answer: bytes, *, seconds: float) -> Script:
    """Answer one byte at a time."""

    async def script(writer: asyncio.StreamWriter) -> None:
        for index in range(len(answer)):
            writer.write(answer[index : index + 1])
            await asyncio.sleep(seconds)

    return script


async def resets(writer: asyncio.StreamWriter) -> None:
    """Drop the connection with a RST."""
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def stays_silent(writer: asyncio.StreamWriter) -> None:
    await writer.drain()
    await asyncio.sleep(60)


def in_turn(*scripts: Script) -> Script:
    """Follow one script a request; the last one from then on."""
    remaining = iter(scripts)

    async def script(writer: asyncio.StreamWriter) -> None:
        await next(remaining, scripts[-1])(writer)

    return script


@contextmanager
def refused_port() -> Iterator[int]:
    """Yield a port on which nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@contextmanager
def black_hole() -> Iterator[int]:
    """Yield a port whose queue of connections is full: what knocks there gets no answer."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for knocker in waiting:
            knocker.settimeout(0)
            knocker.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for knocker in waiting:
            knocker.close()


def connection_to(
    base_url: str,
    *,
    password: str = PASSWORD,
    proxy: str | None = None,
    timeout_seconds: float = 5.0,
    connect_timeout_seconds: float = 5.0,
) -> Connection:
    return Connection(
        base_url=base_url,
        username="robot",
        password=password,
        proxy=proxy,
        timeout_seconds=timeout_seconds,
        connect_timeout_seconds=connect_timeout_seconds,
    )


async def attempts(
    connection: Connection,
    *,
    count: int = 1,
    ssl_context: ssl.SSLContext | None = None,
    links: Links | None = None,
) -> list[Reply]:
    """Make attempts one after the other over one client whose clock stands still."""
    async with ThuliumClient(
        connection, ssl_context=ssl_context, links=links, clock=lambda: 0.0
    ) as client:
        return [await client.send(UPDATE) for _ in range(count)]
