from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, cycle, pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulk_update.pacing import (
    FIRST_HOLD_SECONDS,
    LONGEST_HOLD_SECONDS,
    Concurrency,
    Latency,
    RateLimiter,
)

RATES = st.one_of(st.integers(1, 1000), st.floats(0.5, 30))
NO_DELAYS = st.just(0.0)
DELAYS = st.lists(
    st.one_of(NO_DELAYS, st.floats(0, 0.05), st.floats(0, 1)), min_size=1, max_size=30
)
"""How late a busy machine is each time."""


def departures(
    limiter: RateLimiter, arrivals: Sequence[float], *, delays: Sequence[float] = (0.0,)
) -> list[float]:
    """Send requests one after another, each delayed by the machine."""
    now, left = 0.0, []
    for arrival, delay in zip(arrivals, cycle(delays), strict=False):
        now = max(now, arrival) + delay
        while wait := limiter.wait_seconds(now):
            now += max(wait, 1e-6) + delay
        limiter.departed(now)
        left.append(now)
    return left


def most_in_a_second(moments: Sequence[float]) -> int:
    moments = sorted(moments)
    most, first = 0, 0
    for last, moment in enumerate(moments):
        while moments[first] <= moment - 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def allowed(rate: float) -> int:
    """Return how many may arrive in a second: the rate plus 5 % for the network."""
    return max(math.ceil(rate), math.floor(rate * 1.05))


# --- the rate


@settings(deadline=None)
@given(
    rate=RATES,
    waits=st.lists(
        st.one_of(st.just(0.0), st.floats(0, 0.05), st.floats(0, 3)), min_size=1, max_size=500
    ),
    delays=DELAYS,
)
def test_no_second_has_more_requests_than_the_rate(
    rate: float, waits: list[float], delays: list[float]
) -> None:
    left = departures(RateLimiter(rate), list(accumulate(waits)), delays=delays)
    assert most_in_a_second(left) <= math.ceil(rate)


@settings(deadline=None)
@given(rate=RATES, delays=DELAYS, random=st.randoms(use_true_random=False))
def test_no_second_at_the_server_has_more_requests_than_the_rate_with_20_ms_of_jitter(
    rate: float, delays: list[float], random: Random
) -> None:
    left = departures(RateLimiter(rate), [0.0] * round(2 * rate + 5), delays=delays)
    assert most_in_a_second([at + random.uniform(0, 0.02) for at in left]) <= allowed(rate)


@pytest.mark.parametrize("rate", [0.5, 0.7, 2.5, 4.9])
def test_a_fractional_rate_is_kept_over_time(rate: float) -> None:
    left = departures(RateLimiter(rate), [0.0] * 60)
    assert all((later - sooner) * rate >= 1.02 for sooner, later in pairwise(left))
    assert 60 / left[-1] <= rate * 1.02


@pytest.mark.parametrize("rate", [1, 5, 20, 200, 1000])
def test_waiting_requests_use_at_least_97_per_cent_of_the_rate(rate: int) -> None:
    left = departures(RateLimiter(rate), [0.0] * (rate * 20))
    assert len([moment for moment in left if moment < 20.0]) >= rate * 20 * 0.97


@pytest.mark.parametrize(("rate", "late_seconds"), [(1, 0.001), (5, 0.001), (200, 0.004)])
def test_slightly_late_requests_use_at_least_97_per_cent_of_the_rate(
    rate: int, late_seconds: float
) -> None:
    """Each request may be late by up to that much."""
    random = Random(rate)
    delays = [random.uniform(0, late_seconds) for _ in range(1000)]
    left = departures(RateLimiter(rate), [0.0] * (rate * 60), delays=delays)
    assert (len(left) - 1) / (left[-1] - left[0]) >= rate * 0.97


def test_a_rate_limiter_starts_without_a_burst() -> None:
    left = departures(RateLimiter(10), [0.0] * 3)
    assert left == pytest.approx([0.0, 0.103, 0.206], abs=1e-6)


def test_a_late_departure_lets_the_next_come_earlier_but_no_sooner_than_a_second_later() -> None:
    limiter = RateLimiter(2)
    for moment in (0.0, 0.53):  # 15 ms late
        limiter.departed(moment)
    assert 0.53 + limiter.wait_seconds(0.53) == pytest.approx(1.03)
    limiter.departed(1.03)
    assert 1.03 + limiter.wait_seconds(1.03) == pytest.approx(0.53 + 1.025)


def test_an_unlimited_rate_never_waits() -> None:
    arrivals = [0.0] * 100 + [5.0] * 100
    assert departures(RateLimiter(None), arrivals) == arrivals


@given(rate=RATES, pause=st.floats(0, 100), count=st.integers(1, 50))
def test_nothing_is_sent_during_a_pause_and_no_burst_follows(
    rate: float, pause: float, count: int
) -> None:
    limiter = RateLimiter(rate)
    limiter.departed(0.0)
    limiter.pause_until(pause)
    limiter.pause_until(pause / 2)  # a shorter one does not end a longer one
    left = departures(limiter, [0.0] * count)
    assert min(left) >= pause
    assert all((later - sooner) * rate >= 1.0 for sooner, later in pairwise(left))


def test_an_unlimited_rate_pauses_too() -> None:
    limiter = RateLimiter(None)
    limiter.pause_until(3.0)
    assert [limiter.wait_seconds(now) for now in (1.0, 3.5)] == [2.0, 0.0]


# --- how many at once


def proven(ceiling: int, successes: int = 200) -> Concurrency:
    concurrency = Concurrency(ceiling)
    for _ in range(successes):
        concurrency.on_success(0.0)
    return concurrency


def test_before_the_first_success_one_request_is_in_flight() -> None:
    concurrency = Concurrency(64)
    seen = [concurrency.has_place]
    concurrency.enter()
    seen.append(concurrency.has_place)
    concurrency.leave()
    seen.append(concurrency.has_place)
    assert seen == [True, False, True]


def test_each_success_allows_one_more_up_to_the_ceiling() -> None:
    concurrency = Concurrency(4)
    limits = []
    for _ in range(5):
        concurrency.on_success(0.0)
        limits.append(concurrency.limit)
    assert limits == [2, 3, 4, 4, 4]


def test_overloads_at_the_same_time_count_as_one_with_the_fewest_in_flight() -> None:
    concurrency = proven(64)
    concurrency.on_overload(1.0, sent_at=0.9, in_flight_at_send=63)
    assert concurrency.limit == 44
    concurrency.on_overload(1.0, sent_at=0.9, in_flight_at_send=40)
    assert concurrency.limit == 40
    concurrency.on_overload(1.0, sent_at=0.9, in_flight_at_send=5)
    assert concurrency.limit == 16


def test_a_request_that_left_after_the_decrease_decreases_again() -> None:
    concurrency = proven(10)
    concurrency.on_overload(1.0, sent_at=0.9, in_flight_at_send=9)
    concurrency.on_overload(2.0, sent_at=1.0, in_flight_at_send=6)
    assert concurrency.limit == 4


def test_the_limit_never_falls_below_one() -> None:
    concurrency = Concurrency(4)
    for second in range(20):
        concurrency.on_overload(float(second), sent_at=float(second), in_flight_at_send=0)
    assert concurrency.limit == 1
    assert concurrency.has_place


def test_a_limit_that_was_too_high_is_retried_after_waits_that_double() -> None:
    concurrency, now = proven(64), 0.0
    holds = []
    for _ in range(7):
        concurrency.on_overload(now, sent_at=now, in_flight_at_send=8)
        concurrency.on_overload(now, sent_at=now - 1, in_flight_at_send=8)
        started = now
        while concurrency.limit <= 32:
            now += 0.5
            for _ in range(200):
                concurrency.on_success(now)
        holds.append(now - started)
    expected = [FIRST_HOLD_SECONDS * 2**n for n in range(7)]
    assert holds == pytest.approx([min(hold, LONGEST_HOLD_SECONDS) for hold in expected], abs=1.0)


def test_after_overload_the_limit_grows_by_one_per_round_trip() -> None:
    concurrency = proven(20)
    concurrency.on_overload(0.0, sent_at=0.0, in_flight_at_send=19)
    assert concurrency.limit == 14
    for _ in range(15):
        concurrency.on_success(1.0)
    assert concurrency.limit == 15


# --- latency


def test_responses_that_take_three_times_as_long_count_as_rising_until_that_is_usual() -> None:
    latency = Latency()
    assert not any(latency.is_rising(0.2) for _ in range(100))
    rising = [latency.is_rising(0.8) for _ in range(2000)]
    assert any(rising[:20])
    assert not any(rising[-500:])


@pytest.mark.parametrize("seconds", [[0.03, 0.07] * 200, [0.001] * 50 + [0.05] * 200, [2.0] * 100])
def test_jitter_and_a_slow_service_do_not_count_as_rising(seconds: list[float]) -> None:
    latency = Latency()
    assert not any(latency.is_rising(one) for one in seconds)
