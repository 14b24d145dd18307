"""Logging in to an SSH server without a question, and only if its host key is known.

Keys, agent, user name and aliases are those of OpenSSH (`~/.ssh`, `~/.ssh/config`). The host key is
always compared with the known ones, whatever the configuration says.
"""

from __future__ import annotations

import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

from bulk_update.errors import ServiceError, UsageError
from bulk_update.records import Issue
from bulk_update.sources.location import Location
from bulk_update.sources.remote_errors import unavailable

_SYSTEM_KNOWN_HOSTS = Path("/etc/ssh/ssh_known_hosts")
_DEFAULT_PORT = 22
_ERROR_NUMBER = re.compile(r"\[Errno (\d+)\]")


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
        self.known_hosts = known_hosts

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        is_known = self.known_hosts.knows(host, addr, port)
        entry = key.export_public_key().decode("ascii", "replace").split()
        place = host if port == _DEFAULT_PORT else f"[{host}]:{port}"
        self.refusal = unavailable(
            "other-key" if is_known else "unknown-key",
            host=host,
            algorithm=key.get_algorithm(),
            fingerprint=key.get_fingerprint(),
            file=self.known_hosts.existing if is_known else str(self.known_hosts.paths[0]),
            line=" ".join([place, *entry[:2]]),
        )
        return False


async def login(location: Location) -> asyncssh.SSHClientConnection:
    """Connect as a user; raises ServiceError, UsageError and exceptions of asyncssh."""
    settings: dict[str, Any] = {
        "config": (),  # ~/.ssh/config
        "host": location.host,
        "port": location.port or (),
        "username": location.user or (),
        "password_auth": False,
        "kbdint_auth": False,
        "login_timeout": 0,  # the caller's limit is for all of it
    }
    try:
        options = await asyncssh.SSHClientConnectionOptions.construct(**settings)
    except (ValueError, OSError) as error:
        raise _unusable_settings(error) from error
    check = _HostKeyCheck(_KnownHosts.of(options))
    try:
        return await asyncssh.connect(
            **settings, known_hosts=check.known_hosts.readable, client_factory=lambda: check
        )
    except ValueError as error:  # in known_hosts
        raise _unusable_settings(error) from error
    except asyncssh.HostKeyNotVerifiable as error:
        refusal = unavailable("bad-key", host=location.host, error=words_of(error))
        raise check.refusal or refusal from error
    except asyncssh.PermissionDenied as error:
        user, words = options.username, words_of(error)
        raise unavailable("login", host=location.host, user=user, error=words) from error


def _unusable_settings(error: Exception) -> UsageError:
    return UsageError(Issue("location", {"error": words_of(error)}, "ssh-settings"))


def words_of(error: Exception) -> str:
    """Return what an exception says; for the network, in the system's words."""
    numbers = {int(number) for number in _ERROR_NUMBER.findall(str(error))}
    if isinstance(error, socket.gaierror):
        return str(error.strerror).lower()
    if isinstance(error, OSError) and not error.filename and len(numbers) == 1:
        return os.strerror(*numbers).lower()  # several addresses may have failed alike
    return (str(error) or type(error).__name__).strip().rstrip(".")
