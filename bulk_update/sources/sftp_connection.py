"""A connection to an SFTP server: when it is made and ended, its time limits and its errors."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import asyncssh

from bulk_update.errors import BulkUpdateError, ServiceError
from bulk_update.sources.location import Location
from bulk_update.sources.remote_errors import unavailable
from bulk_update.sources.ssh_login import login, words_of

_IDLE_SECONDS = 30.0
"""After a longer pause, the server or a firewall may have dropped the connection."""
_CLOSING_SECONDS = 2.0

T = TypeVar("T")
Operation = Callable[[asyncssh.SFTPClient], Coroutine[Any, Any, T]]


class SftpConnection:
    """Runs operations on one server; connects when it is first used, and again after a pause."""

    def __init__(
        self,
        location: Location,
        *,
        connect_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._location = location
        self._connect_seconds = connect_seconds
        self._monotonic = monotonic
        self._runner: asyncio.Runner | None = None
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None
        self._used_at = 0.0

    def run(self, operation: Operation[T], *, name: str, seconds: float, late: ServiceError) -> T:
        """Run an operation on the file `name`; `late` says that it took longer than `seconds`.

        Raises ServiceError and whatever else the operation raises. An exception raised by a signal
        handler ends the connection immediately.
        """
        if self._monotonic() - self._used_at > _IDLE_SECONDS:
            self.close()
        try:
            result = self._running.run(self._operated(operation, name, seconds, late))
        except BaseException:
            self._end(in_order=False)
            raise
        self._used_at = self._monotonic()
        return result

    def close(self) -> None:
        """End the connection in an orderly way, if the server takes part."""
        self._end(in_order=True)

    @property
    def _running(self) -> asyncio.Runner:
        if self._runner is None:
            self._runner = asyncio.Runner()
            # A read consists of many requests. If one fails, the others do, too, and asyncio would
            # print what nobody asks of them.
            self._runner.get_loop().set_exception_handler(lambda _loop, _context: None)
        return self._runner

    def _end(self, *, in_order: bool) -> None:
        runner, connection, client = self._runner, self._connection, self._client
        self._runner = self._connection = self._client = None
        if runner is None:
            return
        if connection is not None:
            runner.run(_ended(connection, client, in_order=in_order))
        runner.close()

    async def _operated(
        self, operation: Operation[T], name: str, seconds: float, late: ServiceError
    ) -> T:
        client = self._client or await self._connected()
        with _errors_translated(self._location.host, name):
            return await _in_time(operation(client), seconds=seconds, late=late)

    async def _connected(self) -> asyncssh.SFTPClient:
        host, seconds = self._location.host, self._connect_seconds
        late = unavailable("silent", host=host, seconds=seconds)
        with _errors_translated(host, self._location.root):
            return await _in_time(self._opened(), seconds=seconds, late=late)

    async def _opened(self) -> asyncssh.SFTPClient:
        self._connection = await login(self._location)
        self._client = await self._connection.start_sftp_client()
        return self._client


async def _in_time(work: Coroutine[Any, Any, T], *, seconds: float, late: ServiceError) -> T:
    """Await work; raise `late` if it takes longer, without waiting for it to clean up."""
    task = asyncio.create_task(work)
    done, _ = await asyncio.wait([task], timeout=seconds)
    if not done:
        raise late
    return task.result()


async def _ended(
    connection: asyncssh.SSHClientConnection,
    client: asyncssh.SFTPClient | None,
    *,
    in_order: bool,
) -> None:
    """Close a connection, or cut it off if that takes long or is not wanted.

    All requests have failed when this returns: otherwise, an operation that is cancelled could wait
    for a response while it cleans up.
    """
    if in_order:
        connection.close()
        with suppress(asyncssh.Error, OSError):
            async with asyncio.timeout(_CLOSING_SECONDS):
                await connection.wait_closed()
    connection.abort()
    with suppress(asyncssh.Error, OSError):
        async with asyncio.timeout(_CLOSING_SECONDS):
            await connection.wait_closed()
            if client is not None:
                await client.wait_closed()


@contextmanager
def _errors_translated(host: str, name: str) -> Iterator[None]:
    """Turn exceptions of asyncssh and of the network into this program's."""
    try:
        yield
    except BulkUpdateError:
        raise
    except (OSError, asyncssh.Error) as error:
        raise unavailable(
            _variant_of(error), host=host, name=name, error=words_of(error)
        ) from error


def _variant_of(error: Exception) -> str:
    match error:
        case asyncssh.SFTPPermissionDenied() | asyncssh.SFTPWriteProtect():
            return "forbidden"
        case asyncssh.SFTPNoConnection() | asyncssh.SFTPConnectionLost():
            return "unreachable"
        case asyncssh.SFTPError() | asyncssh.ChannelOpenError():
            return "failed"
        case asyncssh.KeyExchangeFailed():
            return "no-algorithm"
    return "unreachable"
