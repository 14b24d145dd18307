"""SIGINT and SIGTERM while sending: the first gets a clean stop, the second an instant one.

After the first no row is taken, requests in flight settle, and the results are written. After the
second the rows in flight are left in doubt.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from bulk_update.runner import Stop, StopSign

EXIT_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


def stop_of(number: int) -> Stop:
    """Return why a run ends after this signal."""
    name = signal.Signals(number).name
    return Stop("signal", f"stopped by {name}", EXIT_CODES[signal.Signals(number)])


@contextmanager
def stopping_on_signals(sign: StopSign, *, stop_at_once: Callable[[], object]) -> Iterator[None]:
    """Raise the sign on the first signal, and call `stop_at_once` on the next.

    Works wherever Python delivers signals, Windows' Ctrl-C included: the handler only wakes the
    event loop.
    """
    loop = asyncio.get_running_loop()

    def act(number: int) -> None:
        if sign.raised:
            stop_at_once()
        sign.raise_(stop_of(number))

    def handle(number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(act, number)

    before = {number: signal.signal(number, handle) for number in EXIT_CODES}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
