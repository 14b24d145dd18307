"""How long a copy from a remote place may take, by its size."""

from __future__ import annotations

PATIENCE_SECONDS = 60.0
"""For anything but the contents of a file, such as connecting or listing a folder."""

SLOWEST_BYTES_PER_SECOND = 50_000
"""Slower copies are given up: a server that sends a byte now and then would hold the night up."""


def seconds_for(size: int, *, patience_seconds: float = PATIENCE_SECONDS) -> float:
    """Return how many seconds the copy of a file of this size may take."""
    return patience_seconds + size / SLOWEST_BYTES_PER_SECOND
