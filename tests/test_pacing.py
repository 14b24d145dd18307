from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulk_update.pacing import (
    CATCH_UP_SECONDS,
    FIRST_HOLD_SECONDS,
    LONGEST_HOLD_SECONDS,
    Concurrency,
    Latency,
    TokenBucket,
)

RATES = st.one_of(st.integers(1, 1000), st.floats(0.5, 19))


def departures(bucket: TokenBucket, arrivals: Sequence[float]) -> list[float]:
    return [arrival + bucket.reserve(arrival) for arrival in arrivals]


def most_in_a_second(moments: Sequence[float]) -> int:
    moments = sorted(moments)
    most, first = 0, 0
    for last, moment in enumerate(moments):
        while moments[first] <= moment - 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


# --- the rate


@settings(max_examples=150, deadline=None)
@given(
    rate=RATES,
    waits=st.lists(
        st.one_of(st.just(0.0), st.floats(0, 0.05), st.floats(0, 3)), min_size=1, max_size=500
    ),
)
def test_no_second_holds_more_than_the_rate_whenever_requests_arrive(
    rate: float, waits: list[float]
) -> None:
    arrivals = list(accumulate(waits))
    most = most_in_a_second(departures(TokenBucket(rate), arrivals))
    assert most <= (rate * 1.05 if rate >= 20 else math.ceil(rate) + 1)


@pytest.mark.parametrize("rate", [1, 5, 20, 200, 1000])
def test_waiting_requests_use_at_least_97_per_cent_of_the_rate(rate: int) -> None:
    places = departures(TokenBucket(rate), [0.0] * (rate * 20))
    assert len([moment for moment in places if moment < 20.0]) >= rate * 20 * 0.97


@pytest.mark.parametrize("rate", [1, 5, 200])
def test_workers_that_come_back_at_once_use_at_least_97_per_cent_of_the_rate(rate: int) -> None:
    bucket, now, sent = TokenBucket(rate), 0.0, 0
    while now < 20.0:
        now += bucket.reserve(now) + 0.0005  # what a loop needs to come back
        sent += 1
    assert sent >= rate * 20 * 0.97


def test_it_starts_without_a_burst() -> None:
    assert departures(TokenBucket(10), [0.0] * 3) == pytest.approx([0.0, 0.1005, 0.201], abs=1e-6)


def test_an_unlimited_rate_never_waits() -> None:
    assert departures(TokenBucket(None), [0.0] * 100 + [5.0] * 100) == [0.0] * 100 + [5.0] * 100


@given(rate=RATES, pause=st.floats(0, 100), count=st.integers(1, 50))
def test_nobody_leaves_in_a_pause_and_after_it_comes_no_burst(
    rate: float, pause: float, count: int
) -> None:
    bucket = TokenBucket(rate)
    bucket.reserve(0.0)
    bucket.pause_until(pause)
    bucket.pause_until(pause / 2)  # a shorter one does not end a longer one
    places = departures(bucket, [0.0] * count)
    assert min(places) >= pause
    assert most_in_a_second(places) <= math.ceil(rate * 1.05) + 1


def test_an_unlimited_rate_pauses_too() -> None:
    bucket = TokenBucket(None)
    bucket.pause_until(3.0)
    assert bucket.reserve(1.0) == 2.0
    assert bucket.reserve(3.5) == 0.0


@pytest.mark.parametrize(
    ("rate", "now", "allowed"),
    [
        (10.0, 5.0, True),
        (10.0, 5.0 + CATCH_UP_SECONDS, True),
        (10.0, 5.1, False),
        (None, 9.0, True),
    ],
)
def test_a_place_may_be_used_when_it_is_due_and_not_much_later(
    rate: float | None,
    now: float,
    allowed: bool,  # noqa: FBT001 - a table
) -> None:
    assert TokenBucket(rate).allows(now, due=5.0) is allowed


@pytest.mark.parametrize("rate", [10.0, None])
def test_no_place_may_be_used_in_a_pause(rate: float | None) -> None:
    bucket = TokenBucket(rate)
    bucket.pause_until(6.0)
    assert not bucket.allows(5.0, due=5.0)
    assert bucket.allows(6.0, due=6.0)


# --- how many at once


def proven(ceiling: int, successes: int = 200) -> Concurrency:
    concurrency = Concurrency(ceiling)
    for _ in range(successes):
        concurrency.succeeded(0.0)
    return concurrency


def test_before_the_first_success_one_request_is_in_flight() -> None:
    concurrency = Concurrency(64)
    assert concurrency.enter()
    assert not concurrency.enter()
    concurrency.leave()
    assert concurrency.enter()


def test_each_success_allows_one_more_up_to_the_ceiling() -> None:
    concurrency = Concurrency(4)
    limits = []
    for _ in range(5):
        concurrency.succeeded(0.0)
        limits.append(concurrency.limit)
    assert limits == [2, 3, 4, 4, 4]


def test_strain_allows_less_and_its_companions_only_tell_how_far() -> None:
    concurrency = proven(64)
    concurrency.strained(1.0, sent_at=0.9, beside=63)
    assert concurrency.limit == 44
    concurrency.strained(1.0, sent_at=0.9, beside=40)
    assert concurrency.limit == 40
    concurrency.strained(1.0, sent_at=0.9, beside=5)
    assert concurrency.limit == 16


def test_a_request_that_left_after_the_decrease_decreases_again() -> None:
    concurrency = proven(10)
    concurrency.strained(1.0, sent_at=0.9, beside=9)
    concurrency.strained(2.0, sent_at=1.0, beside=6)
    assert concurrency.limit == 4


def test_the_limit_never_falls_below_one() -> None:
    concurrency = Concurrency(4)
    for second in range(20):
        concurrency.strained(float(second), sent_at=float(second), beside=0)
    assert concurrency.limit == 1
    assert concurrency.enter()


def test_what_was_too_much_is_not_tried_again_for_a_while_that_doubles() -> None:
    concurrency, now = proven(64), 0.0
    holds = []
    for _ in range(7):
        concurrency.strained(now, sent_at=now, beside=8)
        concurrency.strained(now, sent_at=now - 1, beside=8)
        started = now
        while concurrency.limit <= 32:
            now += 0.5
            for _ in range(200):
                concurrency.succeeded(now)
        holds.append(now - started)
    expected = [FIRST_HOLD_SECONDS * 2**n for n in range(7)]
    assert holds == pytest.approx([min(hold, LONGEST_HOLD_SECONDS) for hold in expected], abs=1.0)


def test_after_strain_the_limit_grows_by_one_a_round_trip() -> None:
    concurrency = proven(20)
    concurrency.strained(0.0, sent_at=0.0, beside=19)
    assert concurrency.limit == 14
    for _ in range(15):
        concurrency.succeeded(1.0)
    assert concurrency.limit == 15


# --- latency


def test_answers_that_take_three_times_as_long_are_rising_until_that_is_usual() -> None:
    latency = Latency()
    assert not any(latency.is_rising(0.2) for _ in range(100))
    rising = [latency.is_rising(0.8) for _ in range(2000)]
    assert any(rising[:20])
    assert not any(rising[-500:])


@pytest.mark.parametrize("seconds", [[0.03, 0.07] * 200, [0.001] * 50 + [0.05] * 200, [2.0] * 100])
def test_jitter_and_a_slow_service_are_no_rise(seconds: list[float]) -> None:
    latency = Latency()
    assert not any(latency.is_rising(one) for one in seconds)
