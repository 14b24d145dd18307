"""What became of a notification or ping."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from bulk_update.records import Issue


class Kind(StrEnum):
    """How something was told."""

    NOTIFY = "notify"
    PING = "ping"


class Notification(NamedTuple):
    """One notification or ping: `target` is its scheme or host; `fault` None: it was delivered."""

    kind: Kind
    target: str
    fault: Issue | None = None


TIMEOUT = "timeout"
INTERRUPTED = "interrupted"


def failed(variant: str, **params: str | int) -> Issue:
    """Return why a notification was not delivered."""
    return Issue("undelivered", dict(params), variant)
