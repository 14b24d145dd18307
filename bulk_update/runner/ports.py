"""What the runner needs from other rooms, as Protocols: they need not import the runner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bulk_update.records import Attempt, Outcome, RecordUpdate, Reply


class Channel(Protocol):
    """A connection ready for one request."""

    @property
    def is_ready(self) -> bool:
        """Whether it is still open and clean, so that a request can be written."""

    async def send(self, update: RecordUpdate) -> Reply:
        """Write the request before the first await, and return its reply.

        A channel can send only once. Never raises because of a network or a server.
        """

    def release(self) -> None:
        """Return the channel unused."""

    def reply_if_closed(self) -> Reply:
        """Return the reply of an attempt whose channel closed before the request was written."""


class Sender(Protocol):
    """A source of connections to the service."""

    def open_channel(self) -> Channel | None:
        """Return a channel over a connection that is already open, or None."""

    async def connect(self) -> Channel | Reply:
        """Return a channel, or the reply of an attempt that sent nothing.

        Never raises because of a network or a server. It can be cancelled at any time, and then
        leaves no connection open.
        """


class Journal(Protocol):
    """Records on disk what is about to happen, and then what happened."""

    async def record_intent(self, row_id: int) -> Attempt:
        """Record the intent to send a row; return once it is durable."""

    def record_reply(self, attempt: Attempt) -> None:
        """Record the reply to an attempt."""

    def withdraw(self, attempt: Attempt) -> None:
        """Remove an attempt that sent nothing."""

    def record_outcome(self, outcome: Outcome) -> None:
        """Record the outcome of a row."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Sources of time and randomness.

    `monotonic` returns seconds for measuring durations, `now_us` returns UTC in microseconds since
    the epoch, and `random` is uniform in [0, 1).
    """

    monotonic: Callable[[], float]
    now_us: Callable[[], int]
    random: Callable[[], float]
