"""A request to stop, made by a signal, a page or a test.

One object lives as long as the program and is passed to every use case. Work looks at it between
its steps; the loop that sends is woken by it. A signal may also unwind the program, but only
inside `interruptible`: while a file is read, a lock is waited for, or a question is open. Anywhere
else a request waits for the next look, so no transaction or file is torn.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

ECHO_SECONDS = 0.05
"""Requests that follow one another faster count as one.

A terminal that is closed sends SIGHUP twice: the kernel does, and then the shell.
"""
_SECONDS_BETWEEN_LOOKS = 0.1


class StopCause(StrEnum):
    """The signal that asks for the stop; a page's button means the same as Ctrl-C, SIGINT."""

    SIGHUP = "SIGHUP"
    SIGINT = "SIGINT"
    SIGTERM = "SIGTERM"


class Interrupted(KeyboardInterrupt):
    """Unwinds what a stop request may interrupt."""


class StopRequest:
    """Whether, and by what, the program is asked to stop.

    `request` is for any thread, `interrupt` for signal handlers.
    """

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.RLock()  # a signal handler may come in between at any moment
        self._cause: StopCause | None = None
        self._count = 0
        self._last_at = 0.0
        self._listeners: tuple[Callable[[], None], ...] = ()
        self._is_interruptible = False
        self._unheard = 0

    @property
    def cause(self) -> StopCause | None:
        """What asked for the stop first, or None."""
        return self._cause

    @property
    def is_urgent(self) -> bool:
        """Whether the stop was asked for more than once."""
        return self._count > 1

    def request(self, cause: StopCause) -> None:
        """Ask for a stop; a second time, for one at once."""
        if self._take_note(cause):
            self._wake()

    def interrupt(self, cause: StopCause) -> None:
        """Ask for a stop on behalf of a signal; for signal handlers in the main thread.

        Raises Interrupted where the program is interruptible, and where a second signal comes
        while there is no listener: then work is cut off, as if the process were killed.
        """
        if not self._take_note(cause):
            return
        if self._listeners:
            self._wake()
            return
        self._unheard += 1
        if self._is_interruptible or self._unheard > 1:
            self._is_interruptible = False
            raise Interrupted

    def raise_if_requested(self) -> None:
        """Raise Interrupted where a stop was asked for."""
        if self._cause is not None:
            raise Interrupted

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let a signal unwind this block at once, by Interrupted.

        Also raised on entry and exit where a stop was asked for: an exception that a signal
        raises may be lost in a destructor or a callback.
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
        """Call the listener whenever a stop is asked for, in the thread that asks.

        It is also called at once where that has already happened, and sometimes without a new
        request: it should look at `cause` and `is_urgent`.
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
        """Sleep until a stop is asked for."""
        while self._cause is None:
            time.sleep(_SECONDS_BETWEEN_LOOKS)

    def _take_note(self, cause: StopCause) -> bool:
        """Count a request; False: it is the echo of the last one."""
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
