"""Where a remote file is, as its URL says: `s3://BUCKET/KEY` or `sftp://[USER@]HOST[:PORT]/PATH`.

What follows the bucket or the host is taken as it is: `%`, `#`, `?` and spaces are characters of
the name, as in the tools of S3 and OpenSSH. The last part can be a pattern with `*`, `?` and
`[...]`. No message repeats a URL before it is known to hold no password.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import NoReturn

from bulk_update.errors import UsageError
from bulk_update.printable import printable
from bulk_update.records import Issue

_WILDCARDS = frozenset("*?[")
_HIGHEST_PORT = 65_535

_WILDCARD = re.compile(r"[*?\[]")
_BUCKET = re.compile(r"[A-Za-z0-9._-]{1,255}")
_HOST = re.compile(
    r"(?:(?P<user>[^:@]+)@)?(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\[\]:@\s]+)(?::(?P<port>\d+))?"
)


class Scheme(StrEnum):
    """How a remote file is reached; also the name of the extra that can do it."""

    S3 = "s3"
    SFTP = "sftp"


def scheme_of(text: str) -> Scheme | None:
    """Return the scheme of a remote file's URL, or None for the name of a local file."""
    scheme, separator, _ = text.partition("://")
    return next((each for each in Scheme if separator and scheme.lower() == each), None)


@dataclass(frozen=True, slots=True)
class Location:
    """A remote file, a pattern of remote files, or a folder.

    `root` is the URL up to and including the slash after the bucket or the host, without a user.
    `path` is what follows it: a key of S3, or an absolute path without its first slash. `host` is
    the bucket for S3; `user` and `port` are None where the URL has none.
    """

    scheme: Scheme
    root: str
    path: str
    host: str
    user: str | None = None
    port: int | None = None

    @property
    def name(self) -> str:
        """The URL as people read it, without a user."""
        return self.root + self.path

    @property
    def folder(self) -> str:
        """The path up to and including its last slash; empty for the topmost folder."""
        return self.path[: len(self.path) - len(self.pattern)]

    @property
    def pattern(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def is_pattern(self) -> bool:
        """Whether the last part has wildcards, and could mean several files."""
        return not _WILDCARDS.isdisjoint(self.pattern)

    @property
    def literal_start(self) -> str:
        """The path up to the first wildcard."""
        return _WILDCARD.split(self.path, maxsplit=1)[0]

    def matches(self, path: str) -> bool:
        """Return whether the pattern means a path; case matters, and `*` includes no slash."""
        if not path.startswith(self.folder):
            return False
        name = path.removeprefix(self.folder)
        return "/" not in name and fnmatchcase(name, self.pattern)

    def path_of(self, name: str) -> str:
        """Return the path of a file of this bucket or host, named like `Found.name`."""
        if not name.startswith(self.root):
            raise ValueError(f"{name!r} is not below {self.root!r}")
        return name.removeprefix(self.root)


def location_of(text: str) -> Location:
    """Return the location of a file or a pattern of files.

    Raises UsageError if the URL is malformed, has a password, or names a folder.
    """
    location = _parsed(text)
    if not location.pattern:
        _refuse("folder", name=location.name)
    if not _WILDCARDS.isdisjoint(location.folder):
        _refuse("wildcard", name=location.name)
    return location


def archive_of(folder: str, source: Location) -> Location:
    """Return the folder to which files of a source are moved; its path is empty or ends with `/`.

    Raises UsageError unless it is a URL of the same scheme and, for SFTP, of the same server and
    user, or if the files are in it already. If only the archive's URL has a user, that one counts
    for both.
    """
    if scheme_of(folder) is not source.scheme:
        _refuse("archive", scheme=source.scheme, root=source.root)
    archive = _parsed(folder if folder.endswith("/") else f"{folder}/")
    if source.scheme is Scheme.SFTP and (
        archive.root != source.root or source.user not in {None, archive.user}
    ):
        _refuse("archive-server", root=source.root)
    if (archive.root, archive.path) == (source.root, source.folder):
        _refuse("archive-in-place", name=archive.name)
    return archive


def shown_name(text: str) -> str:
    """Return a name of a file as it can be shown: a URL without a user, or only its scheme.

    A local name is returned unchanged.
    """
    scheme = scheme_of(text)
    if scheme is None:
        return text
    try:
        return _parsed(text).name
    except UsageError:
        return f"{scheme}://…"


def with_user_of(name: str, *, given: str) -> str:
    """Return the shown name of a file as it can be given again: with the user of a given URL."""
    if not scheme_of(name) is scheme_of(given) is Scheme.SFTP:
        return name
    user = _parsed(given).user
    return name.replace("://", f"://{user}@", 1) if user else name


def with_run_id(name: str, run_id: str) -> str:
    """Return the last part of a name with a run id: `a.csv.gz` becomes `a-ID.csv.gz`."""
    stem, dot, extensions = name.partition(".")
    return f"{stem}-{run_id}{dot}{extensions}"


def _parsed(text: str) -> Location:
    scheme = scheme_of(text)
    if scheme is None:
        _refuse("scheme", scheme=text.partition("://")[0])
    host, slash, path = text.partition("://")[2].partition("/")
    if _has_password(host, path):
        _refuse("password", scheme=scheme)
    location = _in_bucket(host, path) if scheme is Scheme.S3 else _on_host(host, path)
    if location is None or not slash or text != printable(text):
        _refuse("malformed-s3" if scheme is Scheme.S3 else "malformed-sftp")
    if not {".", ".."}.isdisjoint(path.split("/")):
        _refuse("dots", name=location.name)
    return location


def _has_password(host: str, path: str) -> bool:
    """Return whether a URL seems to have a password, which may itself contain a slash."""
    if "@" in host:
        return ":" in host.rpartition("@")[0]
    return ":" in host and not host.startswith("[") and "@" in path.partition("/")[0]


def _in_bucket(bucket: str, key: str) -> Location | None:
    if not _BUCKET.fullmatch(bucket):
        return None
    return Location(Scheme.S3, f"s3://{bucket}/", key, bucket)


def _on_host(text: str, path: str) -> Location | None:
    found = _HOST.fullmatch(text)
    port = int(found["port"]) if found and found["port"] else None
    if found is None or (port is not None and not 0 < port <= _HIGHEST_PORT):
        return None
    host = found["host"].lower()
    root = f"sftp://{host}:{port}/" if port else f"sftp://{host}/"
    return Location(Scheme.SFTP, root, path, host.strip("[]"), found["user"], port)


def _refuse(variant: str, **params: str) -> NoReturn:
    raise UsageError(Issue("location", params, variant))
