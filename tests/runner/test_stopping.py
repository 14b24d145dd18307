from __future__ import annotations

import asyncio

import pytest
from virtual_time import now, run_virtually

from bulk_update.runner import Stop, StopSign

GUARD = Stop("max-failures", "too many", 3)
HALT = Stop("halted-401", "refused", 4)
SIGNAL = Stop("signal", "stopped by SIGTERM", 143)


@pytest.mark.parametrize(
    ("reasons", "stays"),
    [
        ([GUARD], GUARD),
        ([GUARD, HALT], HALT),
        ([HALT, GUARD], HALT),
        ([GUARD, SIGNAL, HALT], SIGNAL),
        ([GUARD, Stop("max-duration", "too long", 3)], GUARD),
    ],
)
def test_of_several_reasons_the_gravest_stays(reasons: list[Stop], stays: Stop) -> None:
    async def raise_all() -> Stop | None:
        sign = StopSign()
        assert not sign.raised
        for reason in reasons:
            sign.raise_(reason)
            assert sign.raised
        return sign.stop

    assert run_virtually(raise_all()) == stays


def test_whoever_sleeps_wakes_when_the_sign_is_raised() -> None:
    async def sleep() -> float:
        sign = StopSign()
        asyncio.get_running_loop().call_later(3.0, sign.raise_, GUARD)
        await sign.sleep(100.0)
        await sign.sleep(100.0)
        return now()

    assert run_virtually(sleep()) == pytest.approx(3.0)


def test_without_the_sign_a_sleep_takes_its_time() -> None:
    async def sleep() -> float:
        sign = StopSign()
        await sign.sleep(0.0)
        await sign.sleep(-1.0)
        await sign.sleep(2.5)
        return now()

    assert run_virtually(sleep()) == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("stop", "code"),
    [(GUARD, "halted-max-failures"), (HALT, "halted-401"), (SIGNAL, "halted-signal")],
)
def test_a_row_that_was_on_its_way_says_what_stopped_it(stop: Stop, code: str) -> None:
    assert stop.halted_code == code
