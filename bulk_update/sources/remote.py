"""Picks the source of a remote file, and loads only the library that it needs."""

from __future__ import annotations

import re
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


def remote_source(text: str, *, archive: str | None = None) -> Source:
    """Return the source that a URL names; it connects when it is first used.

    `archive` is the folder to which its files will be moved. Raises UsageError if one of the two
    cannot be used, or if the library for this scheme is not installed.
    """
    location = location_of(text)
    if archive is not None:
        archive_of(archive, location)
    module, name = _CLASSES[location.scheme]
    try:
        source_class = getattr(import_module(f"bulk_update.sources.{module}"), name)
    except ModuleNotFoundError as error:
        raise UsageError(Issue("location", {"scheme": location.scheme}, "extra")) from error
    source: Source = source_class(location)
    return source
