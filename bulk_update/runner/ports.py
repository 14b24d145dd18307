"""What the runner needs of others, as Protocols: the adapters need not import them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bulk_update.records import Attempt, Outcome, RecordUpdate, Reply


class Channel(Protocol):
    """A connection that is ready to carry one request."""

    @property
    def is_ready(self) -> bool:
        """Whether it is still open and clean, so that a request may be written to it."""

    async def send(self, update: RecordUpdate) -> Reply:
        """Write the request before the first await, and return its reply.

        Uses the channel up. Never raises for what a network or a server does.
        """

    def release(self) -> None:
        """Give the channel back unused."""

    def reply_if_closed(self) -> Reply:
        """Return the reply of an attempt whose channel closed before its request was written."""


class Sender(Protocol):
    """Makes connections to the service."""

    async def connect(self) -> Channel | Reply:
        """Return a channel, or the reply of an attempt of which nothing was sent.

        Never raises for what a network or a server does. May be cancelled at any moment, and
        leaves nothing behind then.
        """


class Journal(Protocol):
    """Puts on disk what is about to happen, and then what happened."""

    async def record_intent(self, row_id: int) -> Attempt:
        """Return when the intent to send a row is durable."""

    def record_reply(self, attempt: Attempt) -> None:
        """Record the reply to an attempt."""

    def withdraw(self, attempt: Attempt) -> None:
        """Take back an attempt of which nothing was sent."""

    def record_outcome(self, outcome: Outcome) -> None:
        """Record how a row ended."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance, as arguments.

    `monotonic` counts seconds for durations, `now_us` is UTC in microseconds since the epoch,
    `random` is uniform in [0, 1).
    """

    monotonic: Callable[[], float]
    now_us: Callable[[], int]
    random: Callable[[], float]
