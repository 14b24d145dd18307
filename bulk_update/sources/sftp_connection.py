"""A connection to an SFTP server, with its time limits, host key check and errors.

Keys, agent, user name and aliases are those of OpenSSH (`~/.ssh`, `~/.ssh/config`). The host key is
always compared with `known_hosts`, whatever that file says, and nothing ever asks a question.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import asyncssh

from bulk_update.errors import BulkUpdateError, ServiceError, UsageError
from bulk_update.records import Issue
from bulk_update.sources.location import Location
from bulk_update.sources.remote_errors import unavailable

_SYSTEM_KNOWN_HOSTS = Path("/etc/ssh/ssh_known_hosts")
_DEFAULT_PORT = 22
_IDLE_SECONDS = 30.0
"""After a longer pause, the server or a firewall may have dropped the connection."""
_CLOSING_SECONDS = 2.0
_ERROR_NUMBER = re.compile(r"\[Errno (\d+)\]")

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
        self._connection = await _login(self._location)
        self._client = await self._connection.start_sftp_client()
        return self._client


async def _in_time(work: Coroutine[Any, Any, T], *, seconds: float, late: ServiceError) -> T:
    """Await work; raise `late` if it takes longer, without waiting for it to clean up."""
    task = asyncio.create_task(work)
    done, _ = await asyncio.wait([task], timeout=seconds)
    if not done:
        raise late
    return task.result()


@dataclass(frozen=True, slots=True)
class _KnownHosts:
    """The files with the keys of known hosts; at least one, which may be missing."""

    paths: tuple[Path, ...]

    @classmethod
    def of(cls, options: asyncssh.SSHClientConnectionOptions) -> _KnownHosts:
        """Return the files that ~/.ssh/config names, or the usual ones.

        `none`, which would switch the check off in OpenSSH, has no effect.
        """
        named = options.known_hosts if isinstance(options.known_hosts, list) else []
        paths = [Path(str(each)).expanduser() for each in named if each != os.devnull]
        return cls(tuple(paths) or (Path.home() / ".ssh" / "known_hosts", _SYSTEM_KNOWN_HOSTS))

    @property
    def existing(self) -> tuple[str, ...]:
        """Those of the files that exist."""
        return tuple(str(path) for path in self.paths if path.is_file())

    @property
    def readable(self) -> list[str] | bytes:
        """What asyncssh takes: the files that exist, or no known host at all."""
        return list(self.existing) or b""

    def knows(self, host: str, addr: str, port: int) -> bool:
        """Return whether any key of the host is known."""
        other_port = port if port != _DEFAULT_PORT else None
        return bool(asyncssh.match_known_hosts(self.readable, host, addr, other_port)[0])


class _HostKeyCheck(asyncssh.SSHClient):
    """Refuses each host key that is not known, and keeps what to say about it."""

    def __init__(self, known_hosts: _KnownHosts) -> None:
        self.refusal: ServiceError | None = None
        self._known_hosts = known_hosts

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        is_known = self._known_hosts.knows(host, addr, port)
        entry = key.export_public_key().decode("ascii", "replace").split()
        place = host if port == _DEFAULT_PORT else f"[{host}]:{port}"
        self.refusal = unavailable(
            "other-key" if is_known else "unknown-key",
            host=host,
            algorithm=key.get_algorithm(),
            fingerprint=key.get_fingerprint(),
            file=self._known_hosts.existing if is_known else str(self._known_hosts.paths[0]),
            line=" ".join([place, *entry[:2]]),
        )
        return False


async def _login(location: Location) -> asyncssh.SSHClientConnection:
    """Connect as a user; raises ServiceError, UsageError and exceptions of asyncssh."""
    try:
        options = await asyncssh.SSHClientConnectionOptions.construct(
            config=(),  # ~/.ssh/config; options have none unless they are told
            host=location.host,
            port=location.port or (),
            username=location.user or (),
            password_auth=False,
            kbdint_auth=False,
            login_timeout=0,  # the caller's limit is for all of it
        )
        known_hosts = _KnownHosts.of(options)
        options = await asyncssh.SSHClientConnectionOptions.construct(
            options, config=None, known_hosts=known_hosts.readable
        )
    except (ValueError, OSError, asyncssh.Error) as error:
        raise UsageError(Issue("location", {"error": _words(error)}, "ssh-settings")) from error
    check = _HostKeyCheck(known_hosts)
    host = str(options.host) or location.host
    try:
        return await asyncssh.connect(
            host, config=None, options=options, client_factory=lambda: check
        )
    except asyncssh.HostKeyNotVerifiable as error:
        refusal = unavailable("bad-key", host=location.host, error=_words(error))
        raise check.refusal or refusal from error
    except asyncssh.PermissionDenied as error:
        user, words = options.username, _words(error)
        raise unavailable("login", host=location.host, user=user, error=words) from error


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
        raise unavailable(_variant_of(error), host=host, name=name, error=_words(error)) from error


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


def _words(error: Exception) -> str:
    """Return what an exception says; for the network, in the system's words."""
    numbers = {int(number) for number in _ERROR_NUMBER.findall(str(error))}
    if isinstance(error, socket.gaierror):
        return str(error.strerror).lower()
    if isinstance(error, OSError) and not error.filename and len(numbers) == 1:
        return os.strerror(*numbers).lower()  # several addresses may have failed alike
    return (str(error) or type(error).__name__).strip().rstrip(".")
