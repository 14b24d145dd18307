from __future__ import annotations

import asyncio

import pytest
from virtual_time import now, run_virtually

from bulk_update.exits import RunEnd
from bulk_update.runner import StopSign

GUARD = RunEnd(3, "max-failures", "too many")
HALT = RunEnd(4, "halted-401", "refused")
SIGNAL = RunEnd(143, "signal", "stopped by SIGTERM")


@pytest.mark.parametrize(
    ("reasons", "stays"),
    [
        ([GUARD], GUARD),
        ([GUARD, HALT], HALT),
        ([HALT, GUARD], HALT),
        ([GUARD, SIGNAL, HALT], SIGNAL),
        ([GUARD, RunEnd(3, "max-duration", "too long")], GUARD),
    ],
)
def test_of_several_reasons_the_gravest_stays(reasons: list[RunEnd], stays: RunEnd) -> None:
    async def raise_all() -> RunEnd | None:
        sign = StopSign()
        assert not sign.raised
        for reason in reasons:
            sign.raise_(reason)
            assert sign.raised
        return sign.end

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
    ("end", "code"),
    [(GUARD, "halted-max-failures"), (HALT, "halted-401"), (SIGNAL, "halted-signal")],
)
def test_a_row_that_was_on_its_way_says_what_stopped_it(end: RunEnd, code: str) -> None:
    assert end.halted_code == code
