"""The requests that the sandbox received, and its responses."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime

KEPT_BODY_BYTES = 10_000
"""A real body is a tenth of this; by default the last thousand requests are kept."""


@dataclass(frozen=True, slots=True)
class Received:
    """One request, logged when its response was decided.

    `raw_path` is the path as it was sent, percent-encoded. `body` is complete up to
    `KEPT_BODY_BYTES`, and cut off beyond that. `status` is None if no response was sent. `fault` is
    the fault that affected the request, if any. `arrived_at` is UTC.
    """

    method: str
    raw_path: str
    body: bytes
    status: int | None
    fault: str | None
    arrived_at: datetime

    @property
    def answer(self) -> str:
        """The result in one word: `204`, `lost`, `reset`."""
        return str(self.status or self.fault)


class ReceivedLog:
    """The latest requests (all if `limit` is None), and counts of all."""

    def __init__(self, limit: int | None) -> None:
        self._requests: deque[Received] = deque(maxlen=limit)
        self.counts: Counter[str] = Counter()

    def add(self, request: Received) -> None:
        """Add a request."""
        self._requests.append(request)
        self.counts[request.answer] += 1

    def requests(self) -> tuple[Received, ...]:
        """The requests that are still kept, oldest first."""
        return tuple(self._requests)

    def last(self, count: int) -> list[Received]:
        """Return the latest requests, newest first."""
        return list(self._requests)[: -count - 1 : -1]
