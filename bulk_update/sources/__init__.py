"""Finds input files where they are, and copies or archives them."""

from __future__ import annotations

from bulk_update.errors import UsageError
from bulk_update.records import Issue
from bulk_update.sources.local import LocalSource
from bulk_update.sources.source import Found, Source
from bulk_update.sources.standard_input import NAME as STANDARD_INPUT
from bulk_update.sources.standard_input import StandardInput

__all__ = ["STANDARD_INPUT", "Found", "Source", "source_of"]


def source_of(text: str, *, newest: bool = False) -> Source:
    """Return the source that FILE means: standard input, a path, or a pattern with `newest`.

    Raises UsageError for a pattern without `newest`.
    """
    if text == STANDARD_INPUT:
        return StandardInput()
    local = LocalSource(text)
    if local.is_pattern and not newest:
        raise refused_pattern(text)
    return local


def refused_pattern(text: str) -> UsageError:
    """Return the error for a pattern where one file is expected."""
    return UsageError(Issue("usage", {"pattern": text}, "pattern"))
