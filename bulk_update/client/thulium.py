"""The one API endpoint that changes anything: edit a record of a campaign."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from bulk_update.client.connection import Connection
from bulk_update.client.exchanges import Exchanger, Link, Links
from bulk_update.client.failures import UnreachableError
from bulk_update.client.paths import LONGEST_PATH, request_path
from bulk_update.records import RecordUpdate, Reply


class ThuliumClient:
    """Sends planned changes, one attempt each; use it as an async context manager.

    `ssl_context` replaces the system's trust store, and `links` the network. `clock` is monotonic,
    in seconds; `now` is the time of day.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        ssl_context: ssl.SSLContext | None = None,
        links: Links | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._exchanger = Exchanger(
            connection, ssl_context=ssl_context, links=links, clock=clock, now=now
        )

    async def __aenter__(self) -> Self:
        """Return the client; no connection is made yet."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close every connection."""
        await self._exchanger.aclose()

    def open_channel(self) -> Channel | None:
        """Return a channel over a connection that is already open, or None."""
        link = self._exchanger.open_link()
        return None if link is None else Channel(self, link, seconds_to_connect=0.0)

    async def connect(self) -> Channel | Reply:
        """Return a channel, or the reply of an attempt that sent nothing.

        Never raises because of a network or a server. If cancelled, it leaves no connection open.
        """
        connected = await self._exchanger.connect()
        if isinstance(connected, Reply):
            return connected
        return Channel(self, connected.link, seconds_to_connect=connected.seconds)

    async def send(self, update: RecordUpdate) -> Reply:
        """Make one attempt on the next connection: `connect`, then `Channel.send`."""
        channel = await self.connect()
        return channel if isinstance(channel, Reply) else await channel.send(update)

    async def exchange(self, update: RecordUpdate, link: Link, *, seconds_before: float) -> Reply:
        """Write one PUT before the first await, and return its reply.

        `seconds_before` is the time that the attempt has already taken.
        """
        path = request_path(update.campaign_id, update.identifier)
        if len(path) > LONGEST_PATH:
            link.release()
            return _too_long(update)
        exchange = await self._exchanger.exchange(
            link, "PUT", path, update.body, seconds_before=seconds_before
        )
        return exchange.reply

    def reply_if_closed(self) -> Reply:
        """Return the reply of an attempt whose channel closed before the request was written."""
        return self._exchanger.reply_to_failure(UnreachableError("closed"))


class Channel:
    """A connection ready for one request, and the time it took to get it."""

    def __init__(self, client: ThuliumClient, link: Link, *, seconds_to_connect: float) -> None:
        self._client = client
        self._link = link
        self._seconds_to_connect = seconds_to_connect

    @property
    def is_ready(self) -> bool:
        """Whether it is still open and clean, so that a request can be written."""
        return self._link.is_ready

    async def send(self, update: RecordUpdate) -> Reply:
        """Write the request before the first await, and return its reply.

        A channel can send only once. Never raises because of a network or a server.
        """
        return await self._client.exchange(
            update, self._link, seconds_before=self._seconds_to_connect
        )

    def release(self) -> None:
        """Return the channel unused."""
        self._link.release()

    def reply_if_closed(self) -> Reply:
        """Return the reply of an attempt whose channel closed before the request was written."""
        return self._client.reply_if_closed()


def _too_long(update: RecordUpdate) -> Reply:
    return Reply(
        may_have_been_sent=False,
        status=None,
        code="address-too-long",
        params={"length": len(update.identifier)},
    )
