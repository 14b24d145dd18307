"""Keeping the rate where sending ends and reading begins."""

from __future__ import annotations

import time

from bulk_update.stop_request import StopRequest

_SECONDS_BETWEEN_CHECKS = 0.1


def wait_a_turn(rate: float | None, stop: StopRequest) -> None:
    """Wait as long as two requests are apart at a rate, unless a stop is requested."""
    if rate is None:
        return
    until = time.monotonic() + 1 / rate
    while stop.cause is None and (left := until - time.monotonic()) > 0:
        time.sleep(min(left, _SECONDS_BETWEEN_CHECKS))
