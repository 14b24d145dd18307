"""What the sandbox was asked, and how it answered."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime

KEPT_BODY_BYTES = 10_000
"""A body of real life is a tenth of this; the last thousand requests are held."""


@dataclass(frozen=True, slots=True)
class Received:
    """One request, noted when its answer was settled.

    `raw_path` is the path as it travelled, percent-encoded; `body` is whole up to
    `KEPT_BODY_BYTES`, else its start; `status` is None where no answer was given; `fault` names
    what was made to go wrong, if anything. `arrived_at` is UTC.
    """

    method: str
    raw_path: str
    body: bytes
    status: int | None
    fault: str | None
    arrived_at: datetime

    @property
    def answer(self) -> str:
        """How the request was answered, in a word: `204`, `lost`, `reset`."""
        return str(self.status or self.fault)


class ReceivedLog:
    """The last requests in full (all of them where `limit` is None), and counts of all."""

    def __init__(self, limit: int | None) -> None:
        self._requests: deque[Received] = deque(maxlen=limit)
        self.counts: Counter[str] = Counter()

    def add(self, request: Received) -> None:
        """Note a request."""
        self._requests.append(request)
        self.counts[request.answer] += 1

    def requests(self) -> tuple[Received, ...]:
        """Return the requests that are still held, oldest first."""
        return tuple(self._requests)

    def last(self, count: int) -> list[Received]:
        """Return the newest requests, newest first."""
        return list(self._requests)[: -count - 1 : -1]
