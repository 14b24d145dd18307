"""Connecting to the system without sending it a request, to see whether that works."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from bulk_update.client.connection import Connection
from bulk_update.client.exchanges import Exchanger, dialer_of
from bulk_update.client.failures import FailedAttempt
from bulk_update.client.proxies import Proxy
from bulk_update.records import Reply


class Certificate(NamedTuple):
    """The server's certificate; `ends_at` is None where the system does not show it."""

    ends_at: datetime | None


class Peer(NamedTuple):
    """What a connection showed; without TLS there is no certificate."""

    certificate: Certificate | None


class Probe:
    """Looks up and connects to one system, directly or through its proxy.

    Never raises because of a network or a server. `ssl_context` replaces the system's trust store.
    """

    def __init__(
        self, connection: Connection, *, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        proxy = Proxy.of(connection.proxy) if connection.proxy else None
        self._dialer = dialer_of(connection, proxy, ssl_context)
        self._exchanger = Exchanger(connection, ssl_context=ssl_context)

    async def addresses(self) -> tuple[str, ...] | Reply:
        """Return the addresses of the system or of its proxy."""
        try:
            return await self._dialer.look_up()
        except FailedAttempt as error:
            return self._exchanger.reply_to_failure(error)

    async def connect(self) -> Peer | Reply:
        """Open a connection with everything but a request, and close it."""
        try:
            connection = await self._dialer.connect()
        except FailedAttempt as error:
            return self._exchanger.reply_to_failure(error)
        found = connection.transport.get_extra_info("ssl_object")
        certificate = _certificate(found.getpeercert() or {}) if found is not None else None
        connection.abort()
        return Peer(certificate)


def _certificate(shown: Mapping[str, Any]) -> Certificate:
    """Read what `ssl` shows: nothing where the system itself verifies certificates."""
    ends_at = shown.get("notAfter")
    if not isinstance(ends_at, str):
        return Certificate(None)
    return Certificate(datetime.fromtimestamp(ssl.cert_time_to_seconds(ends_at), UTC))
