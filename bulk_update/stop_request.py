"""A request to stop, made by a signal, a page or a test.

One object lives as long as the program and is passed to every use case. Work checks it between
steps, and the sending loop is woken by it. A signal can also raise an exception, but only inside
`interruptible`: while a file is read, a lock is awaited or a question is open. Everywhere else a
request waits for the next check, so that no transaction or file is left incomplete.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

ECHO_SECONDS = 0.05
"""Requests that follow each other faster than this count as one.

A closing terminal sends SIGHUP twice: once from the kernel, once from the shell.
"""
_SECONDS_BETWEEN_CHECKS = 0.1


class StopCause(StrEnum):
    """The signal that requested the stop; a page's button counts as Ctrl-C, SIGINT."""

    SIGHUP = "SIGHUP"
    SIGINT = "SIGINT"
    SIGTERM = "SIGTERM"


class Interrupted(KeyboardInterrupt):
    """Raised to unwind work that a stop request may interrupt."""


class StopRequest:
    """Whether the program has been asked to stop, and by what.

    `request` can be called from any thread, `interrupt` from signal handlers.
    """

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.RLock()  # a signal handler can run at any moment
        self._cause: StopCause | None = None
        self._count = 0
        self._last_at = 0.0
        self._listeners: tuple[Callable[[], None], ...] = ()
        self._is_interruptible = False
        self._unheard = 0

    @property
    def cause(self) -> StopCause | None:
        """The first cause of the stop, or None."""
        return self._cause

    @property
    def is_urgent(self) -> bool:
        """Whether a stop was requested more than once."""
        return self._count > 1

    def request(self, cause: StopCause) -> None:
        """Request a stop; a second request makes it immediate."""
        if self._count_request(cause):
            self._wake()

    def interrupt(self, cause: StopCause) -> None:
        """Request a stop from a signal handler; call it in the main thread.

        Raises Interrupted if the program is interruptible. Also raises it on a second signal
        without a listener: work is then cut off as if the process were killed.
        """
        if not self._count_request(cause):
            return
        if self._listeners:
            self._wake()
            return
        self._unheard += 1
        if self._is_interruptible or self._unheard > 1:
            self._is_interruptible = False
            raise Interrupted

    def raise_if_requested(self) -> None:
        """Raise Interrupted if a stop was requested."""
        if self._cause is not None:
            raise Interrupted

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let a signal interrupt this block immediately by raising Interrupted.

        Also raises it on entry and exit if a stop was requested, because an exception raised by a
        signal can get lost in a destructor or a callback.
        """
        self.raise_if_requested()
        before = self._is_interruptible
        self._is_interruptible = threading.current_thread() is threading.main_thread()
        try:
            yield
        finally:
            self._is_interruptible = before
        self.raise_if_requested()

    @contextmanager
    def heard_by(self, listener: Callable[[], None]) -> Iterator[None]:
        """Call the listener on every stop request, in the requesting thread.

        It is also called immediately if a stop has already been requested, and sometimes without a
        new request, so it should check `cause` and `is_urgent`.
        """
        with self._lock:
            self._listeners = (*self._listeners, listener)
        try:
            if self._cause is not None:
                listener()
            yield
        finally:
            with self._lock:
                self._listeners = tuple(each for each in self._listeners if each is not listener)

    def wait(self) -> None:
        """Sleep until a stop is requested."""
        while self._cause is None:
            time.sleep(_SECONDS_BETWEEN_CHECKS)

    def _count_request(self, cause: StopCause) -> bool:
        """Count a request; False: it is an echo of the last one."""
        with self._lock:
            now = self._monotonic()
            if self._cause is not None and now - self._last_at < ECHO_SECONDS:
                return False
            self._last_at = now
            self._cause = self._cause or cause
            self._count += 1
            return True

    def _wake(self) -> None:
        for listener in self._listeners:
            listener()
