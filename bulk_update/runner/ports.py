"""What the runner needs of others, as Protocols; the adapters fit by shape alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bulk_update.records import Attempt, Outcome, RecordUpdate, Reply


class Sender(Protocol):
    """Sends one record update, once. Whatever the network does is a Reply, never an exception."""

    async def send(self, update: RecordUpdate) -> Reply:
        """Make one attempt."""


class Journal(Protocol):
    """Puts on disk what is about to happen, and then what happened."""

    async def depart(self, row_id: int) -> Attempt:
        """Return when the intent to send a row is durable."""

    def answer(self, attempt: Attempt) -> None:
        """Record what became of an attempt."""

    def withdraw(self, attempt: Attempt) -> None:
        """Take back an intent whose request never left."""

    def settle(self, outcome: Outcome) -> None:
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
