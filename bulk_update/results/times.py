"""Times as the files of a run write them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


def utc_text(microseconds: int) -> str:
    """Return a time as ISO 8601 in UTC, with milliseconds."""
    seconds, rest = divmod(microseconds, 1_000_000)
    return f"{_utc_second(seconds)}.{rest // 1000:03}Z"


@lru_cache(maxsize=1024)
def _utc_second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
