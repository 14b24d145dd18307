"""Turns signals into stop requests, from the start of the program to its end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from bulk_update.stop_request import StopCause, StopRequest

_CAUSES = {
    "SIGHUP": StopCause.SIGHUP,
    "SIGINT": StopCause.SIGINT,
    "SIGTERM": StopCause.SIGTERM,
    "SIGBREAK": StopCause.SIGTERM,  # Windows: its console is being closed
}


def listen(stop: StopRequest) -> None:
    """Let signals request the stop; signals that are already ignored (`nohup`) stay ignored."""
    for number, cause in _signals():
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _handler(stop, cause))


def ignore_signals() -> None:
    """Ignore signals from now on, since the exit code is final.

    Python removes its handlers when it shuts down, so a signal would kill the process.
    """
    for number, _ in _signals():
        signal.signal(number, signal.SIG_IGN)


def _signals() -> Iterator[tuple[signal.Signals, StopCause]]:
    """Yield the signals that this platform has; none outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        return
    for name, cause in _CAUSES.items():
        if name in signal.Signals.__members__:
            yield signal.Signals[name], cause


def _handler(stop: StopRequest, cause: StopCause) -> Callable[[int, FrameType | None], None]:
    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.interrupt(cause)

    return handle
