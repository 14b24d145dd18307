"""What a use case tells its caller while it works, and the one thing it asks."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from bulk_update.plan import Plan
from bulk_update.records import Outcome


@dataclass(frozen=True, slots=True)
class Target:
    """Where a plan would go."""

    host: str
    user: str


class Meter(Protocol):
    """Shows how far something is."""

    def rows_read(self, count: int) -> None:
        """Take note of rows that were read and staged."""

    def row_settled(self, outcome: Outcome) -> None:
        """Take note of how a row ended."""


class Observer(Protocol):
    """The caller's side: a terminal, a page, a test."""

    def notice(self, text: str) -> None:
        """Say something that is no result."""

    def bug(self, error: Exception) -> None:
        """Show an error that should not exist, for a report to the program's authors."""

    def consents(self, plan: Plan, target: Target) -> bool:
        """Show the plan and ask; raises ConsentError where nobody can answer."""

    def reading(self) -> AbstractContextManager[Meter]:
        """Show the reading of a file."""

    def sending(self, total: int) -> AbstractContextManager[Meter]:
        """Show the sending of so many rows."""
