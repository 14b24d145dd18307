"""Turns signals into stop requests, from the start of the program to its end."""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from bulk_update.stop_request import StopCause, StopRequest

_SECONDS_TO_HANDLE_A_SIGNAL = 0.2
_MOST_ARRIVALS = 4096

_CAUSES = {
    "SIGHUP": StopCause.SIGHUP,
    "SIGINT": StopCause.SIGINT,
    "SIGTERM": StopCause.SIGTERM,
    "SIGBREAK": StopCause.SIGTERM,  # Windows: its console is being closed
}


class _Handler:
    """Requests a stop for one cause, and counts the signals that it handled."""

    def __init__(self, stop: StopRequest, cause: StopCause) -> None:
        self._stop = stop
        self._cause = cause
        self.handled = 0

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        self.handled += 1
        self._stop.interrupt(self._cause)


def listen(stop: StopRequest) -> None:
    """Let signals request the stop; signals that are already ignored (`nohup`) stay ignored."""
    for number, cause in _signals():
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _Handler(stop, cause))


def ignore_signals() -> None:
    """Ignore signals from now on, since the exit code is final.

    Python removes its handlers when it shuts down, so a signal would kill the process.
    """
    for number, _ in _signals():
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def unhandled_signals_repeated() -> Iterator[None]:
    """Send signals again that the handlers of `listen` do not handle within a moment.

    Python handles a signal after the system call that it interrupts. If the signal comes just
    before the call begins, it interrupts nothing, and a wait for a silent server would last to its
    time limit. On Windows, no system call can be interrupted.
    """
    if os.name == "nt" or threading.current_thread() is not threading.main_thread():
        yield
        return
    arrivals, arrival = os.pipe()
    os.set_blocking(arrival, False)
    before = signal.set_wakeup_fd(arrival, warn_on_full_buffer=False)
    is_over = threading.Event()
    repeater = threading.Thread(
        target=_repeat_unhandled, args=(arrivals, threading.get_ident(), is_over), daemon=True
    )
    repeater.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        is_over.set()
        os.close(arrival)
        repeater.join()


def _repeat_unhandled(arrivals: int, main_thread: int, is_over: threading.Event) -> None:
    """Send the signals whose numbers arrive to the main thread again until they are handled.

    Ends when `is_over` is set and nothing can arrive any more.
    """
    known = _handled()
    with open(arrivals, "rb", buffering=0) as numbers:
        while True:
            select.select([numbers], [], [])
            if is_over.wait(_SECONDS_TO_HANDLE_A_SIGNAL):
                return
            handled = _handled()
            arrived = numbers.read(_MOST_ARRIVALS)
            for number in handled.keys() & set(arrived):
                if handled[number] == known.get(number, 0):
                    signal.pthread_kill(main_thread, number)
            known = handled


def _handled() -> dict[int, int]:
    """Return how many signals the handlers of `listen` that are in place handled, by number."""
    handlers = {number: signal.getsignal(number) for number, _ in _known_signals()}
    return {
        number: handler.handled
        for number, handler in handlers.items()
        if isinstance(handler, _Handler)
    }


def _signals() -> Iterator[tuple[signal.Signals, StopCause]]:
    """Yield the signals that can be handled; none outside the main thread."""
    if threading.current_thread() is threading.main_thread():
        yield from _known_signals()


def _known_signals() -> Iterator[tuple[signal.Signals, StopCause]]:
    """Yield the signals that this platform has."""
    for name, cause in _CAUSES.items():
        if name in signal.Signals.__members__:
            yield signal.Signals[name], cause
