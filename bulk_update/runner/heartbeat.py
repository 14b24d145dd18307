"""A call at regular intervals while a block runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def beating(beat: Callable[[], None], *, seconds: float) -> Iterator[None]:
    """Call `beat` every `seconds`, by the event loop's clock, until the block is left."""
    loop = asyncio.get_running_loop()
    timer: asyncio.TimerHandle

    def on_time() -> None:
        set_timer()
        beat()

    def set_timer() -> None:
        nonlocal timer
        timer = loop.call_later(seconds, on_time)

    set_timer()
    try:
        yield
    finally:
        timer.cancel()
