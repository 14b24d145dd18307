from __future__ import annotations

import asyncio

import pytest
from virtual_time import now, run_virtually

from bulk_update.exits import RunEnd
from bulk_update.records import Issue
from bulk_update.runner import StopSignal

GUARD = RunEnd(3, (Issue("max-failures"),))
HALT = RunEnd(4, (Issue("halted-401"),))
SIGNAL = RunEnd(143, (Issue("signal"),))


@pytest.mark.parametrize(
    ("reasons", "stays"),
    [
        ([GUARD], GUARD),
        ([GUARD, HALT], HALT),
        ([HALT, GUARD], HALT),
        ([GUARD, SIGNAL, HALT], SIGNAL),
        ([GUARD, RunEnd(3, (Issue("max-duration"),))], GUARD),
    ],
)
def test_the_most_severe_of_several_stop_reasons_is_kept(
    reasons: list[RunEnd], stays: RunEnd
) -> None:
    async def raise_all() -> RunEnd | None:
        stop_signal = StopSignal()
        assert not stop_signal.is_requested
        for reason in reasons:
            stop_signal.request(reason)
            assert stop_signal.is_requested
        return stop_signal.end

    assert run_virtually(raise_all()) == stays


def test_a_sleep_ends_when_a_stop_is_requested() -> None:
    async def sleep() -> float:
        stop_signal = StopSignal()
        asyncio.get_running_loop().call_later(3.0, stop_signal.request, GUARD)
        await stop_signal.sleep(100.0)
        await stop_signal.sleep(100.0)
        return now()

    assert run_virtually(sleep()) == pytest.approx(3.0)


def test_a_sleep_is_not_cut_short_without_a_stop_request() -> None:
    async def sleep() -> float:
        stop_signal = StopSignal()
        await stop_signal.sleep(0.0)
        await stop_signal.sleep(-1.0)
        await stop_signal.sleep(2.5)
        return now()

    assert run_virtually(sleep()) == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("end", "code"),
    [(GUARD, "halted-max-failures"), (HALT, "halted-401"), (SIGNAL, "halted-signal")],
)
def test_a_row_in_flight_says_what_stopped_it(end: RunEnd, code: str) -> None:
    assert end.halted_code == code
