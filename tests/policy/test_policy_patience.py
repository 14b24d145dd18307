from __future__ import annotations

import math

import pytest
from policy_replies import (
    ACCEPTED,
    BUSY,
    LOGIN,
    PAGE,
    REFUSED,
    TIMEOUT,
    UNREACHABLE,
    reply_with,
)

from bulk_update.policy import Patience
from bulk_update.records import Reply


def test_nothing_is_wrong_before_the_first_reply() -> None:
    assert Patience(60.0).ends_at == math.inf


@pytest.mark.parametrize(
    "trouble", [BUSY, TIMEOUT, UNREACHABLE, *map(reply_with, (408, 425, 429, 500, 502, 504))]
)
def test_patience_counts_from_the_time_the_first_failed_attempt_was_sent(trouble: Reply) -> None:
    patience = Patience(60.0)
    patience.record(trouble, departed_at=100.0, now=130.0)
    patience.record(trouble, departed_at=131.0, now=132.0)
    assert patience.ends_at == 160.0


def test_patience_counts_from_the_earliest_attempt_whichever_fails_first() -> None:
    patience = Patience(60.0)
    patience.record(BUSY, departed_at=101.0, now=102.0)
    patience.record(TIMEOUT, departed_at=100.0, now=130.0)
    assert patience.ends_at == 160.0


@pytest.mark.parametrize(
    "final", [ACCEPTED, REFUSED, PAGE, LOGIN, reply_with(404), reply_with(401)]
)
def test_a_final_response_restarts_the_count(final: Reply) -> None:
    patience = Patience(60.0)
    patience.record(TIMEOUT, departed_at=100.0, now=130.0)
    patience.record(final, departed_at=131.0, now=140.0)
    assert patience.ends_at == math.inf
    patience.record(TIMEOUT, departed_at=150.0, now=180.0)
    assert patience.ends_at == 210.0


def test_earlier_failures_count_from_the_last_final_response() -> None:
    patience = Patience(60.0)
    patience.record(ACCEPTED, departed_at=100.0, now=120.0)
    patience.record(TIMEOUT, departed_at=100.0, now=130.0)
    assert patience.ends_at == 180.0
