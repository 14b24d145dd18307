"""`pace`: how much of a rate is used, and whether a second ever sees more of it."""

from __future__ import annotations

import asyncio
import random
import threading
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from measuring import Table, bulk_update
from spreadsheets import write_csv, write_mapping

RATE = 200
ROWS = 4000
LATENCY_SECONDS = (0.03, 0.07)


def bench_pace(folder: Path) -> Table:
    """Send at a rate to a server that needs 30 to 70 ms, and look at the arrivals."""
    file, mapping = write_csv(folder / "crm.csv", ROWS), write_mapping(folder / "crm.yaml")
    arrivals: list[float] = []
    with slow_server(arrivals) as base_url:
        bulk_update(
            "run", str(file), "-m", str(mapping), "--yes", "--quiet", "--no-progress",
            "--base-url", base_url, "--username", "bench", "--rate", str(RATE),
            "--workers", "64", "--out", str(folder / "out"), state=folder / "state",
        )  # fmt: skip
    used = (len(arrivals) - 1) / (arrivals[-1] - arrivals[0]) / RATE
    busiest = max(bisect_left(arrivals, at + 1.0) - i for i, at in enumerate(arrivals))
    table = Table(("what", "share of the rate", "wanted"))
    table.add("rate used, over the whole run", f"{used:.1%}", "at least 97 %")
    table.add("busiest second at the server", f"{busiest / RATE:.1%}", "at most 105 %")
    return table


@contextmanager
def slow_server(arrivals: list[float]) -> Iterator[str]:
    """Run a server in a thread that answers 204 after a while and notes when requests came."""
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
            arrivals.append(loop.time())
            await asyncio.sleep(random.uniform(*LATENCY_SECONDS))
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    server = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
