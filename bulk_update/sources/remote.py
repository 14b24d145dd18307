"""Picks the source of a remote file, and loads only the library that it needs."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import import_module

from bulk_update.errors import UsageError
from bulk_update.records import Issue
from bulk_update.sources.location import Scheme, archive_of, location_of, scheme_of
from bulk_update.sources.source import Source

_ANY_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")  # a single letter is a drive
_CLASSES = {Scheme.S3: ("s3", "S3Source"), Scheme.SFTP: ("sftp", "SftpSource")}


def is_remote(text: str) -> bool:
    """Return whether a text is a URL rather than the name of a local file.

    Raises UsageError if no source can read URLs of its scheme.
    """
    scheme = _ANY_SCHEME.match(text)
    if scheme is not None and scheme_of(text) is None:
        raise UsageError(Issue("location", {"scheme": scheme[1]}, "scheme"))
    return scheme is not None


def require_local(archive: str) -> None:
    """Raise UsageError if the archive of a local file is remote, or an empty text.

    As a path, an empty text is the current folder, but it is usually a variable that is not set.
    """
    if not archive:
        raise UsageError(Issue("usage", variant="archive-empty"))
    if is_remote(archive):
        raise UsageError(Issue("location", variant="archive-local"))


def remote_source(text: str, *, newest: bool, archive: str | None = None) -> Source:
    """Return the source that a URL names; it connects when it is first used.

    Raises UsageError if the URL or the archive's cannot be used, or if the library for this scheme
    is not installed.
    """
    location = location_of(text)
    if archive is not None:
        user = archive_of(archive, location).user
        location = replace(location, user=location.user or user)
    module, name = _CLASSES[location.scheme]
    try:
        source_class = getattr(import_module(f"bulk_update.sources.{module}"), name)
    except ModuleNotFoundError as error:
        raise UsageError(Issue("location", {"scheme": location.scheme}, "extra")) from error
    source: Source = source_class(location, newest=newest)
    return source
