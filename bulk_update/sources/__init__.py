"""Finds input files where they are, and copies or archives them."""

from __future__ import annotations

from bulk_update.sources.local import LocalSource
from bulk_update.sources.location import shown_name, with_user_of
from bulk_update.sources.remote import is_remote, remote_source, require_local
from bulk_update.sources.remote_errors import pattern_without_newest
from bulk_update.sources.source import Found, Source
from bulk_update.sources.standard_input import NAME as STANDARD_INPUT
from bulk_update.sources.standard_input import StandardInput

__all__ = ["STANDARD_INPUT", "Found", "Source", "shown_name", "source_of", "with_user_of"]


def source_of(text: str, *, newest: bool = False, archive: str | None = None) -> Source:
    """Return the source that FILE means: standard input, a path, a URL, or a pattern with `newest`.

    `archive` is the folder to which its files will be moved. Raises UsageError for a pattern
    without `newest`, for a URL that cannot be used, and for an archive somewhere else. Nothing is
    connected yet; for a remote pattern, `matching` raises the error.
    """
    if is_remote(text):
        return remote_source(text, newest=newest, archive=archive)
    if archive is not None:
        require_local(archive)
    if text == STANDARD_INPUT:
        return StandardInput()
    local = LocalSource(text)
    if local.is_pattern and not newest:
        raise pattern_without_newest(text)
    return local
