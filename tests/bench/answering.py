"""A server on loopback, in a thread of this process, scripted by a function."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


@contextmanager
def answering(answer: Callable[[float], tuple[float, bytes]]) -> Iterator[str]:
    """Serve; `answer` receives the time and returns how long to wait and what to write."""
    loop = asyncio.new_event_loop()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()
                return
            seconds, said = answer(loop.time())
            if seconds:
                await asyncio.sleep(seconds)
            writer.write(said)

    server = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
