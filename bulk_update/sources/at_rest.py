"""Whether a file is still being written: its size or its time changes within two seconds."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from bulk_update.errors import InputError
from bulk_update.network_share import network_share
from bulk_update.records import Issue
from bulk_update.sources.source import Found, Source

QUIET_SECONDS = 2.0
"""How long a file must not have changed."""

_CLOCKS_DIFFER_SECONDS = 3600.0
"""How far another machine's clock may be off. Logins in a Windows domain fail at five minutes, so
an hour also covers a clock that is an hour off because of daylight saving time."""


def require_at_rest(
    source: Source,
    found: Found,
    *,
    now_us: Callable[[], int],
    sleep: Callable[[float], None],
) -> Found:
    """Wait until a file has not changed for two seconds; return it as it was seen last.

    A file that was last modified long enough ago is not waited for. Raises InputError if it changes
    or disappears.
    """
    age_seconds = (now_us() - found.modified_at_us) / 1_000_000
    seconds = seconds_to_watch(age_seconds, has_own_clock=_has_own_clock(found))
    if found.version or not seconds:  # a version is never written to
        return found
    sleep(seconds)
    seen = source.seen_again(found)
    if seen is None or (seen.size, seen.modified_at_us) != (found.size, found.modified_at_us):
        raise InputError(Issue("still-written", {"path": found.name}))
    return seen


def seconds_to_watch(age_seconds: float, *, has_own_clock: bool) -> float:
    """Return how long to watch a file that was modified this long ago.

    If this machine's clock set the time, the time itself says how long the file has been quiet.
    Another machine's clock may be slow, so that a file which is being written looks old: it is
    watched for the whole two seconds unless it is older than clocks can differ. So is a file from
    the future.
    """
    if has_own_clock:
        return QUIET_SECONDS if age_seconds < _CLOCKS_DIFFER_SECONDS else 0.0
    return max(0.0, QUIET_SECONDS - max(0.0, age_seconds))


def _has_own_clock(found: Found) -> bool:
    """Return whether another machine sets the file's time, or a system that sets it late.

    Windows updates the time of an open file when it likes.
    """
    if "://" in found.name or os.name == "nt":
        return True
    return network_share(Path(found.name).parent) is not None
