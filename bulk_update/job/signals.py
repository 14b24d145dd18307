"""SIGINT and SIGTERM while sending: the first gets a clean stop, the second an instant one.

After the first no row is taken, requests in flight settle, and the results are written. After the
second the rows in flight are left in doubt.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from bulk_update.runner import Stop, StopSign

SIGINT_EXIT_CODE = 130
_Handler = Any
"""What `signal.signal` takes and returns."""

EXIT_CODES = {signal.SIGINT: SIGINT_EXIT_CODE, signal.SIGTERM: 143}


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
        if sign.stop and sign.stop.exit_code in EXIT_CODES.values():
            stop_at_once()
        sign.raise_(stop_of(number))

    def handle(number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(act, number)

    with _handling(handle):
        yield


@contextmanager
def ignoring_one_signal() -> Iterator[None]:
    """Let a first signal pass, since what follows only brings the run to its end.

    The second acts as it would outside.
    """
    before: dict[signal.Signals, _Handler] = {}

    def handle(_number: int, _frame: FrameType | None) -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    with _handling(handle) as found:
        before.update(found)
        yield


@contextmanager
def _handling(
    handle: Callable[[int, FrameType | None], None],
) -> Iterator[dict[signal.Signals, _Handler]]:
    """Handle the signals for a while; other threads than the main one cannot and need not."""
    if threading.current_thread() is not threading.main_thread():
        yield {}
        return
    before = {number: signal.signal(number, handle) for number in EXIT_CODES}
    try:
        yield before
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
