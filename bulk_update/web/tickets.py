"""Tickets, with which a browser is let in once, and the sessions that they start.

Both are random and only in memory: a new start of the page lets nobody in who was there before.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from threading import Lock

TICKET_SECONDS = 600.0
_BYTES = 32


class Tickets:
    """Issues tickets, and exchanges each of them once for a session; usable from any thread."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = Lock()
        self._tickets: dict[str, float] = {}
        self._sessions: set[str] = set()

    def issue(self) -> str:
        """Return a new ticket, valid for ten minutes."""
        ticket = secrets.token_urlsafe(_BYTES)
        with self._lock:
            now = self._monotonic()
            self._tickets = {old: end for old, end in self._tickets.items() if end > now}
            self._tickets[ticket] = now + TICKET_SECONDS
        return ticket

    def redeem(self, ticket: str) -> str | None:
        """Exchange a ticket for a session; None if it is unknown, used or too old."""
        with self._lock:
            end = self._tickets.pop(ticket, None)
            if end is None or end <= self._monotonic():
                return None
            session = secrets.token_urlsafe(_BYTES)
            self._sessions.add(session)
            return session

    def is_session(self, session: str) -> bool:
        """Return whether a session was started with a ticket."""
        with self._lock:
            return session in self._sessions
