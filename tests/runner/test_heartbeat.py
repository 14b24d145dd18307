from __future__ import annotations

import asyncio

from virtual_time import now, run_virtually

from bulk_update.runner import beating


def beats_during(seconds: float) -> list[float]:
    """Return when a heart of 30 seconds beats while nothing happens for that long."""
    beats: list[float] = []

    async def wait() -> None:
        with beating(lambda: beats.append(now()), seconds=30.0):
            await asyncio.sleep(seconds)
        await asyncio.sleep(100.0)

    run_virtually(wait())
    return beats


def test_it_beats_while_nothing_else_happens_and_not_afterwards() -> None:
    assert beats_during(95.0) == [30.0, 60.0, 90.0]


def test_a_short_wait_has_no_beat() -> None:
    assert beats_during(29.0) == []
