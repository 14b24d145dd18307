"""One client, one record and the attempts to update it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Coroutine
from typing import Any

from bulk_update.client import Connection, ThuliumClient
from bulk_update.client.exchanges import Links
from bulk_update.records import RecordUpdate, Reply

Run = Callable[[Coroutine[Any, Any, Any]], Any]
"""Runs a coroutine to completion on one of the event loops."""

UPDATE = RecordUpdate(
    row_id=1, number=2, campaign_id="00001", identifier="1234567890", body=b'{"status_id":"3"}'
)
PASSWORD = "correct horse"


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
    """Make attempts one after another with one client whose clock does not move."""
    async with ThuliumClient(
        connection, ssl_context=ssl_context, links=links, clock=lambda: 0.0
    ) as client:
        return [await client.send(UPDATE) for _ in range(count)]
