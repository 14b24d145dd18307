from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_replies import (
    ACCEPTED,
    BUSY,
    REFUSED,
    REPLIES,
    TIMEOUT,
    UNREACHABLE,
    reply_with,
    with_retry_after,
)

from bulk_update.policy import CircuitBreaker
from bulk_update.records import Reply

TOO_MANY = reply_with(429)


def probed(breaker: CircuitBreaker, reply: Reply, now: float) -> None:
    """Record the reply to a probe that was admitted."""
    breaker.record(reply, now, is_probe=True)


def opened(*, at: float = 0.0, **options: float) -> CircuitBreaker:
    breaker = CircuitBreaker(**options)
    for _ in range(20):
        breaker.record(BUSY, at, is_probe=False)
    assert not breaker.is_closed
    return breaker


def waits_between_failing_probes(breaker: CircuitBreaker, count: int) -> list[float]:
    waits: list[float] = []
    now = 0.0
    for _ in range(count):
        waits.append(breaker.admit(now))
        now += waits[-1]
        assert breaker.admit(now) == 0.0
        probed(breaker, TIMEOUT, now)
    return waits


@pytest.mark.parametrize("failure", [BUSY, TIMEOUT, UNREACHABLE, reply_with(408), reply_with(500)])
def test_twenty_failures_in_a_row_open_the_circuit(failure: Reply) -> None:
    breaker = CircuitBreaker()
    for _ in range(19):
        breaker.record(failure, 0.0, is_probe=False)
    assert breaker.admit(0.0) == 0.0
    breaker.record(failure, 0.0, is_probe=False)
    assert (breaker.is_closed, breaker.admit(0.0)) == (False, 1.0)


@pytest.mark.parametrize("sign_of_life", [ACCEPTED, REFUSED, reply_with(401)])
def test_any_response_that_is_not_a_failure_resets_the_count(sign_of_life: Reply) -> None:
    breaker = CircuitBreaker()
    for reply in [BUSY] * 19 + [sign_of_life] + [BUSY] * 19:
        breaker.record(reply, 0.0, is_probe=False)
    assert breaker.is_closed


@pytest.mark.parametrize("neither", [TOO_MANY, reply_with(423), reply_with(425)])
def test_a_request_to_wait_is_neither_a_failure_nor_a_success(neither: Reply) -> None:
    breaker = CircuitBreaker()
    for reply in [BUSY] * 19 + [neither] * 50:
        breaker.record(reply, 0.0, is_probe=False)
    assert breaker.is_closed
    breaker.record(BUSY, 0.0, is_probe=False)
    assert not breaker.is_closed


def test_one_probe_at_a_time_is_allowed_after_the_wait() -> None:
    breaker = opened(at=100.0)
    assert [breaker.admit(now) for now in (100.0, 100.75, 101.0, 101.0, 101.5)] == [
        1.0,
        0.25,
        0.0,
        0.25,
        0.25,
    ]


def test_the_waits_grow_from_probe_to_probe() -> None:
    assert waits_between_failing_probes(opened(), 7) == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_a_probe_waits_as_long_as_the_service_asks() -> None:
    breaker = opened()
    assert breaker.admit(1.0) == 0.0
    probed(breaker, with_retry_after(503, 50.0), 1.0)
    assert breaker.admit(1.0) == 50.0


@pytest.mark.parametrize("sign_of_life", [ACCEPTED, REFUSED, TOO_MANY])
def test_a_probe_that_gets_a_response_closes_the_circuit(sign_of_life: Reply) -> None:
    breaker = opened()
    assert breaker.admit(1.0) == 0.0
    probed(breaker, sign_of_life, 1.0)
    assert breaker.is_closed
    assert (breaker.admit(1.0), breaker.admit(1.0)) == (0.0, 0.0)


def test_waits_start_short_again_after_an_outage() -> None:
    breaker = opened()
    breaker.admit(1.0)
    probed(breaker, BUSY, 1.0)
    breaker.admit(3.0)
    probed(breaker, ACCEPTED, 3.0)
    for _ in range(20):
        breaker.record(BUSY, 3.0, is_probe=False)
    assert breaker.admit(3.0) == 1.0


def test_late_failures_of_earlier_attempts_change_nothing() -> None:
    breaker = opened()
    breaker.record(BUSY, 0.9, is_probe=False)
    assert breaker.admit(0.9) == pytest.approx(0.1)
    assert breaker.admit(1.0) == 0.0
    breaker.record(BUSY, 1.1, is_probe=False)
    assert breaker.is_probing


def test_the_waits_between_probes_have_a_configurable_limit() -> None:
    breaker = opened(longest_wait_seconds=3.0)
    assert waits_between_failing_probes(breaker, 4) == [1.0, 2.0, 3.0, 3.0]


@given(steps=st.lists(st.tuples(st.floats(0, 40), REPLIES), max_size=120))
def test_an_outage_allows_at_most_one_probe_per_wait(
    steps: list[tuple[float, Reply]],
) -> None:
    breaker = CircuitBreaker()
    now = 0.0
    for pause, reply in steps:
        now += pause
        wait = breaker.admit(now)
        assert 0.0 <= wait <= 30.0
        if wait == 0.0:
            is_probe = not breaker.is_closed
            if is_probe:
                assert breaker.admit(now) > 0.0
            breaker.record(reply, now, is_probe=is_probe)
