from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_replies import (
    BUSY,
    DISCONNECTED,
    NOT_TRUSTED,
    REFUSED_BY_PROXY,
    REPLIES,
    TIMEOUT,
    UNREACHABLE,
    reply_with,
    with_retry_after,
)

from bulk_update.policy import (
    Verdict,
    backoff_seconds,
    halt_code_of,
    pause_seconds,
    verdict_of,
    waits_for_all,
)
from bulk_update.records import BodyKind, Reply

FRACTIONS = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize(
    ("reply", "verdict", "halt_code"),
    [
        (reply_with(200), Verdict.ACCEPT, None),
        (reply_with(200, body=BodyKind.OTHER), Verdict.ACCEPT, None),
        (reply_with(200, body=BodyKind.HTML), Verdict.DOUBT, None),
        (reply_with(200, body=BodyKind.TOO_LONG), Verdict.DOUBT, None),
        (reply_with(200, body=BodyKind.UNREADABLE), Verdict.DOUBT, None),
        (reply_with(204, body=BodyKind.UNREADABLE), Verdict.DOUBT, None),
        (reply_with(200, body=BodyKind.ERRORS), Verdict.DOUBT, None),
        (reply_with(200, body=BodyKind.LOGIN_PAGE), Verdict.HALT, "halted-login-page"),
        (reply_with(204), Verdict.ACCEPT, None),
        (reply_with(299), Verdict.ACCEPT, None),
        (reply_with(300), Verdict.HALT, "halted-redirect"),
        (reply_with(304), Verdict.HALT, "halted-redirect"),
        (reply_with(307), Verdict.HALT, "halted-redirect"),
        (reply_with(399), Verdict.HALT, "halted-redirect"),
        (reply_with(400), Verdict.REFUSE, None),
        (reply_with(400, body=BodyKind.LOGIN_PAGE), Verdict.REFUSE, None),
        (reply_with(401), Verdict.HALT, "halted-401"),
        (reply_with(401, body=BodyKind.ERRORS), Verdict.HALT, "halted-401"),
        (reply_with(403), Verdict.REFUSE, None),
        (with_retry_after(403, 7.0), Verdict.RETRY, None),
        (with_retry_after(403, 0.0), Verdict.RETRY, None),
        (with_retry_after(404, 7.0), Verdict.REFUSE, None),
        (reply_with(404), Verdict.REFUSE, None),
        (reply_with(407), Verdict.HALT, "halted-407"),
        (with_retry_after(407, 7.0), Verdict.HALT, "halted-407"),
        (reply_with(408), Verdict.RETRY, None),
        (reply_with(409), Verdict.REFUSE, None),
        (reply_with(422, body=BodyKind.ERRORS), Verdict.REFUSE, None),
        (reply_with(423), Verdict.RETRY, None),
        (reply_with(424), Verdict.REFUSE, None),
        (reply_with(425), Verdict.RETRY, None),
        (reply_with(429), Verdict.RETRY, None),
        (reply_with(499), Verdict.REFUSE, None),
        (reply_with(500), Verdict.RETRY, None),
        (reply_with(503, body=BodyKind.LOGIN_PAGE), Verdict.RETRY, None),
        (reply_with(599), Verdict.RETRY, None),
        (reply_with(999), Verdict.RETRY, None),
        (reply_with(199), Verdict.RETRY, None),
        (TIMEOUT, Verdict.RETRY, None),
        (DISCONNECTED, Verdict.RETRY, None),
        (UNREACHABLE, Verdict.RETRY, None),
        (Reply(may_have_been_sent=False, status=None, code="proxy"), Verdict.RETRY, None),
        (Reply(may_have_been_sent=True, status=None, code="bad-answer"), Verdict.RETRY, None),
        (NOT_TRUSTED, Verdict.HALT, "halted-tls"),
        (REFUSED_BY_PROXY, Verdict.HALT, "halted-407"),
    ],
    ids=lambda value: f"{value.code} {value.body}" if isinstance(value, Reply) else "",
)
def test_each_response_has_one_verdict(
    reply: Reply, verdict: Verdict, halt_code: str | None
) -> None:
    assert (verdict_of(reply), halt_code_of(reply)) == (verdict, halt_code)


@pytest.mark.parametrize("body", BodyKind)
def test_a_2xx_confirms_the_update_only_with_an_empty_or_harmless_body(body: BodyKind) -> None:
    confirms = {BodyKind.EMPTY, BodyKind.OTHER}
    assert (verdict_of(reply_with(200, body=body)) is Verdict.ACCEPT) is (body in confirms)


@given(status=st.integers(100, 999), body=st.sampled_from(BodyKind))
def test_a_verdict_is_halt_if_and_only_if_there_is_a_halt_code(status: int, body: BodyKind) -> None:
    reply = reply_with(status, body=body)
    assert (verdict_of(reply) is Verdict.HALT) == (halt_code_of(reply) is not None)


@pytest.mark.parametrize(
    ("reply", "waits"),
    [
        (reply_with(429), True),
        (reply_with(503), True),
        (reply_with(500), False),
        (reply_with(408), False),
        (reply_with(423), False),
        (with_retry_after(403, 7.0), True),
        (with_retry_after(500, 7.0), False),
        (reply_with(204), False),
        (TIMEOUT, False),
    ],
)
def test_responses_that_report_overload_make_all_workers_wait(reply: Reply, *, waits: bool) -> None:
    assert waits_for_all(reply) is waits


@pytest.mark.parametrize(
    ("attempt_number", "longest"),
    [(1, 0.5), (2, 1.0), (3, 2.0), (4, 4.0), (5, 8.0), (6, 16.0), (7, 30.0), (10_000, 30.0)],
)
def test_the_backoff_doubles_up_to_a_cap(attempt_number: int, longest: float) -> None:
    assert backoff_seconds(attempt_number, random=0.0) == 0.0
    assert backoff_seconds(attempt_number, random=0.5) == longest / 2
    assert backoff_seconds(attempt_number, random=1.0) == longest


@given(reply=REPLIES, number=st.integers(1, 99), random=FRACTIONS, asked=st.floats(0, 1e9))
def test_a_requested_wait_is_never_cut_short(
    reply: Reply, number: int, random: float, asked: float
) -> None:
    pause = pause_seconds(with_retry_after(503, asked), number, random=random)
    assert pause == max(asked, backoff_seconds(number, random=random))
    unasked = reply._replace(retry_after_seconds=None)
    assert pause_seconds(unasked, number, random=random) == backoff_seconds(number, random=random)


def test_a_requested_wait_of_zero_keeps_the_backoff() -> None:
    assert pause_seconds(with_retry_after(429, 0.0), 1, random=0.5) == 0.25
    assert pause_seconds(BUSY, 1, random=0.5) == 0.25
