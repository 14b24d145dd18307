"""Files on an SFTP server.

The protocol has no versions: a file is taken to be the one that was found if its size and its time
are the same before and after it is copied.
"""

from __future__ import annotations

import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import asyncssh

from bulk_update.sources.deadline import PATIENCE_SECONDS, seconds_for
from bulk_update.sources.location import Location, archive_of, with_run_id
from bulk_update.sources.private_file import PrivateFile, private_file
from bulk_update.sources.remote_errors import pattern_without_newest, unavailable, unusable
from bulk_update.sources.sftp_connection import Operation, SftpConnection, T
from bulk_update.sources.source import Found

MOST_FILES = 100_000
"""Entries of one folder; more would take minutes to list."""

PART_SUFFIX = ".filepart"
"""What WinSCP adds to the name of a file while it uploads it."""

_CHUNK_BYTES = 4 * 2**20
_MISSING = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)
_REFUSED_RENAMES = (asyncssh.SFTPFailure, asyncssh.SFTPFileAlreadyExists)


class SftpSource:
    """One file of a server, or those of a folder that match a pattern."""

    def __init__(
        self,
        location: Location,
        *,
        newest: bool = False,
        connect_seconds: float = 30.0,
        patience_seconds: float = PATIENCE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._location = location
        self._newest = newest
        self._patience_seconds = patience_seconds
        self._connection = SftpConnection(
            location, connect_seconds=connect_seconds, monotonic=monotonic
        )

    def matching(self) -> list[Found]:
        """Return the files that the path or the pattern means.

        A file of exactly that name is meant alone, even if the name has wildcards. Raises
        UsageError for another pattern without `newest`, InputError if its folder is missing or too
        large, and ServiceError.
        """

        async def matching(client: asyncssh.SFTPClient) -> list[Found]:
            exact = await self._found(client, self._location.path)
            if exact is not None or not self._location.is_pattern:
                return [exact] if exact else []
            if not self._newest:
                raise pattern_without_newest(self._location.name)
            return await self._listed(client)

        return self._run(matching, self._location.name)

    def seen_again(self, found: Found) -> Found | None:
        """Look at a file again; None if it is gone."""
        path = self._location.path_of(found.name)
        return self._run(lambda client: self._found(client, path), found.name)

    def has(self, name: str) -> bool:
        """Return whether this file exists."""
        path = self._location.path_of(name)
        return self._run(lambda client: client.exists(_remote(path)), name)

    def fetch(self, found: Found, target: Path) -> None:
        """Copy exactly this content to a private local file.

        Raises InputError if the file has changed or is still being written, ServiceError if it
        cannot be received whole, and LedgerError if the local file cannot be written.
        """
        path = self._location.path_of(found.name)
        seconds = seconds_for(found.size, patience_seconds=self._patience_seconds)
        late = unavailable("slow", name=found.name, seconds=seconds)

        async def fetch(client: asyncssh.SFTPClient) -> None:
            if await client.exists(_remote(path + PART_SUFFIX)):
                raise unusable("part", name=found.name, part=found.name + PART_SUFFIX)
            await self._require_unchanged(client, found)
            await _copy(client, path, file)
            await self._require_unchanged(client, found)

        with private_file(target) as file:
            self._connection.run(fetch, name=found.name, seconds=seconds, late=late)
            if file.size != found.size:
                raise unavailable("cut", name=found.name, size=found.size, received=file.size)

    def archive(self, found: Found, folder: str, *, run_id: str) -> str:
        """Rename the file into a folder of the same server.

        Raises UsageError if the folder is no URL of this server, InputError if it does not exist,
        if the file has changed, or if its name is taken even with the run id, and ServiceError.
        """
        target = archive_of(folder, self._location)
        path = self._location.path_of(found.name)
        name = path.rpartition("/")[2]
        names = (name, with_run_id(name, run_id))

        async def archive(client: asyncssh.SFTPClient) -> str:
            if not await client.isdir(_remote(target.path)):
                raise unusable("no-folder", name=target.name)
            await self._require_unchanged(client, found)
            for each in names:
                if await _renamed(client, path, target.path + each):
                    return target.name + each
            raise unusable("taken", name=target.name + names[-1])

        return self._run(archive, found.name)

    def close(self) -> None:
        """Release the connection."""
        self._connection.close()

    def _run(self, operation: Operation[T], name: str) -> T:
        seconds = self._patience_seconds
        late = unavailable("silent", host=self._location.host, seconds=seconds)
        return self._connection.run(operation, name=name, seconds=seconds, late=late)

    async def _listed(self, client: asyncssh.SFTPClient) -> list[Found]:
        found: list[Found] = []
        count = 0
        try:
            async for entry in client.scandir(_remote(self._location.folder)):
                count += 1
                if count > MOST_FILES:
                    raise unusable("too-many", name=self._location.name, most=MOST_FILES)
                path = self._location.folder + _text(entry.filename)
                if self._location.matches(path):
                    found += await self._candidate(client, path, entry.attrs)
        except _MISSING as error:
            folder = self._location.root + self._location.folder
            raise unusable("no-folder", name=folder) from error
        return found

    async def _candidate(
        self, client: asyncssh.SFTPClient, path: str, attrs: asyncssh.SFTPAttrs
    ) -> list[Found]:
        """Return a matching entry of a folder, unless it is not a file."""
        name = self._location.root + path
        if not path.isprintable() and any("\udc80" <= each <= "\udcff" for each in path):
            raise unusable("not-utf8", name=name)
        if attrs.type == asyncssh.FILEXFER_TYPE_SYMLINK:
            try:
                attrs = await client.stat(_remote(path))
            except _MISSING:
                return []
        return [self._found_of(path, attrs)] if _is_file(attrs) else []

    async def _found(self, client: asyncssh.SFTPClient, path: str) -> Found | None:
        try:
            attrs = await client.stat(_remote(path))
        except _MISSING:
            return None
        if not _is_file(attrs):
            name = self._location.root + path
            raise unusable("is-a-folder", name=name)
        return self._found_of(path, attrs)

    def _found_of(self, path: str, attrs: asyncssh.SFTPAttrs) -> Found:
        name = self._location.root + path
        if attrs.size is None or attrs.mtime is None:
            error = "no size or no time"
            raise unavailable("failed", host=self._location.host, name=name, error=error)
        microseconds = attrs.mtime * 1_000_000 + (attrs.mtime_ns or 0) // 1000
        return Found(name, attrs.size, microseconds)

    async def _require_unchanged(self, client: asyncssh.SFTPClient, found: Found) -> None:
        again = await self._found(client, self._location.path_of(found.name))
        if again != found:
            raise unusable("gone" if again is None else "changed", name=found.name)


async def _copy(client: asyncssh.SFTPClient, path: str, file: PrivateFile) -> None:
    async with client.open(_remote(path), "rb") as remote:
        while chunk := cast("bytes", await remote.read(_CHUNK_BYTES, file.size)):
            file.write(chunk)


async def _renamed(client: asyncssh.SFTPClient, path: str, target: str) -> bool:
    """Rename a file, unless the name is taken; return whether it was renamed.

    Never uses the extension `posix-rename`, which overwrites. The look beforehand is for servers
    whose plain rename overwrites, too.
    """
    if await client.lexists(_remote(target)):
        return False
    try:
        await client.rename(_remote(path), _remote(target))
    except _REFUSED_RENAMES:
        if await client.lexists(_remote(target)):
            return False
        raise
    return True


def _remote(path: str) -> bytes:
    return f"/{path}".encode("utf-8", "surrogateescape")


def _text(name: str | bytes) -> str:
    return name if isinstance(name, str) else name.decode("utf-8", "surrogateescape")


def _is_file(attrs: asyncssh.SFTPAttrs) -> bool:
    """Return whether attributes are those of a file, or say nothing of the kind."""
    return attrs.permissions is None or stat.S_ISREG(attrs.permissions)
