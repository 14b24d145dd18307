from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_replies import (
    ACCEPTED,
    BUSY,
    DISCONNECTED,
    FORBIDDEN,
    LOCKED,
    LOGIN,
    NOT_FOUND,
    NOT_TRUSTED,
    PACED,
    PAGE,
    PROXY_UNAUTHORISED,
    REFUSED,
    REFUSED_BY_PROXY,
    REPLIES,
    TIMEOUT,
    UNAUTHORISED,
    UNREACHABLE,
    UNREADABLE,
    attempts,
)

from bulk_update.messages import entry_of, sentences_of
from bulk_update.policy import Verdict, outcome_of, verdict_of
from bulk_update.records import Issue, Outcome, Reply, Status

DOUBT = (
    "the record may or may not have been changed; check it in the campaign, or send the row again"
)
NO_RESPONSE = "the request was sent, and no complete response arrived within 30 s"
BROKE = "the request was sent, and the connection broke"
NO_CONNECTION = "acme.thulium.com:443: connection refused"
NOT_SECURE = "acme.thulium.com:443: the server's certificate is not trusted: expired"
STOPPED = "stopped the run before the next attempt"
HISTORIES = st.lists(st.none() | REPLIES, min_size=1, max_size=8)
HALTS = st.none() | st.sampled_from(["halted-signal", "halted-403", "halted-404", "halted-canary"])


@pytest.mark.parametrize(
    ("replies", "halted", "status", "code", "message"),
    [
        # a final response decides, whatever came before it
        ([ACCEPTED], None, "updated", "", ""),
        ([ACCEPTED], "halted-signal", "updated", "", ""),
        ([TIMEOUT, None, BUSY, ACCEPTED], None, "updated", "", ""),
        ([PAGE, ACCEPTED], None, "updated", "", ""),
        ([UNAUTHORISED, ACCEPTED], None, "updated", "", ""),
        ([FORBIDDEN, ACCEPTED], None, "updated", "", ""),
        ([REFUSED], None, "rejected", "http-422", "Wrong number."),
        ([TIMEOUT, None, REFUSED], None, "rejected", "http-422", "Wrong number."),
        ([REFUSED], "halted-signal", "rejected", "http-422", "Wrong number."),
        ([NOT_FOUND], "halted-403", "rejected", "http-404", "Not found."),
        # a later lost response does not undo an update
        ([ACCEPTED, UNREACHABLE], "halted-signal", "updated", "", ""),
        ([ACCEPTED, BUSY], None, "updated", "", ""),
        ([TIMEOUT, ACCEPTED, UNREACHABLE], "halted-signal", "updated", "", ""),
        ([ACCEPTED, TIMEOUT], None, "in_doubt", "timeout", f"{NO_RESPONSE}; {DOUBT}"),
        # an attempt that was sent and got no response leaves doubt
        ([TIMEOUT], None, "in_doubt", "timeout", f"{NO_RESPONSE}; {DOUBT}"),
        ([TIMEOUT, BUSY, BUSY], None, "in_doubt", "timeout", f"{NO_RESPONSE}; {DOUBT}"),
        ([TIMEOUT, DISCONNECTED], None, "in_doubt", "disconnected", f"{BROKE}; {DOUBT}"),
        ([TIMEOUT, UNREACHABLE], None, "in_doubt", "timeout", f"{NO_RESPONSE}; {DOUBT}"),
        ([TIMEOUT, BUSY], "halted-signal", "in_doubt", "halted-signal", f"{NO_RESPONSE}; {DOUBT}"),
        ([TIMEOUT, UNAUTHORISED], None, "in_doubt", "halted-401", f"{NO_RESPONSE}; {DOUBT}"),
        ([TIMEOUT, FORBIDDEN], "halted-403", "in_doubt", "halted-403", f"{NO_RESPONSE}; {DOUBT}"),
        (
            [None],
            None,
            "in_doubt",
            "halted-interrupted",
            f"the run was killed before the response was recorded; {DOUBT}",
        ),
        (
            [PAGE],
            None,
            "in_doubt",
            "unexpected-body",
            f"HTTP 200 with a body that does not confirm the update: a web page: Sorry; {DOUBT}",
        ),
        (
            [UNREADABLE],
            None,
            "in_doubt",
            "unexpected-body",
            f"HTTP 200 with a body that does not confirm the update: {{; {DOUBT}",
        ),
        (
            [PAGE, BUSY],
            None,
            "in_doubt",
            "unexpected-body",
            f"HTTP 200 with a body that does not confirm the update: a web page: Sorry; {DOUBT}",
        ),
        # each request got a response or was never sent
        ([BUSY], None, "failed", "http-503", "Busy."),
        ([BUSY, BUSY], None, "failed", "http-503", "Busy."),
        ([UNREACHABLE], None, "failed", "unreachable", NO_CONNECTION),
        ([BUSY, UNREACHABLE], None, "failed", "unreachable", NO_CONNECTION),
        ([FORBIDDEN, BUSY], None, "failed", "http-503", "Busy."),
        ([BUSY], "halted-signal", "failed", "halted-signal", f"Busy.; a signal {STOPPED}"),
        (
            [UNREACHABLE],
            "halted-patience",
            "failed",
            "halted-patience",
            f"{NO_CONNECTION}; an outage longer than --patience {STOPPED}",
        ),
        ([LOCKED, LOCKED], None, "failed", "http-423", "Locked."),
        ([PACED], None, "failed", "http-403", ""),
        ([PACED, ACCEPTED], None, "updated", "", ""),
        ([PACED], "halted-signal", "failed", "halted-signal", f"a signal {STOPPED}"),
        ([TIMEOUT, PACED], None, "in_doubt", "timeout", f"{NO_RESPONSE}; {DOUBT}"),
        # a response that halts the run says nothing about its row
        ([PROXY_UNAUTHORISED], None, "failed", "halted-407", "Who are you?"),
        (
            [REFUSED_BY_PROXY],
            None,
            "failed",
            "halted-407",
            "proxy proxy:3128: HTTP 407: Who are you?",
        ),
        ([TIMEOUT, REFUSED_BY_PROXY], None, "in_doubt", "halted-407", f"{NO_RESPONSE}; {DOUBT}"),
        ([UNAUTHORISED], None, "failed", "halted-401", "Who are you?"),
        ([UNAUTHORISED], "halted-signal", "failed", "halted-401", "Who are you?"),
        ([LOGIN], None, "failed", "halted-login-page", "a web page: Log in"),
        ([NOT_TRUSTED], None, "failed", "halted-tls", NOT_SECURE),
        ([FORBIDDEN], "halted-403", "failed", "halted-403", "Forbidden."),
        ([NOT_FOUND], "halted-404", "failed", "halted-404", "Not found."),
        ([REFUSED], "halted-canary", "rejected", "http-422", "Wrong number."),
    ],
)
def test_the_attempts_of_a_row_determine_its_outcome(
    replies: list[Reply | None], halted: str | None, status: str, code: str, message: str
) -> None:
    outcome = outcome_of(7, attempts(*replies), halted=halted, finished_at_us=9)
    said = sentences_of(outcome.reasons)
    assert (outcome.status, outcome.code, said) == (status, code, message)


def test_an_outcome_has_the_times_of_the_first_request_and_the_last_response() -> None:
    history = attempts(
        UNREACHABLE,
        BUSY._replace(request_id="a", elapsed_ms=30),
        TIMEOUT._replace(elapsed_ms=70),
    )
    assert outcome_of(7, history, halted=None, finished_at_us=9_000_000) == Outcome(
        row_id=7,
        status=Status.IN_DOUBT,
        code="timeout",
        reasons=(Issue("timeout", {"seconds": 30.0}), Issue("unconfirmed")),
        http_status=503,
        attempts=3,
        request_id="a",
        sent_at_us=2_000_000,
        finished_at_us=9_000_000,
        elapsed_ms=70,
    )


def test_a_row_that_was_never_sent_has_no_times_of_request_and_response() -> None:
    outcome = outcome_of(7, attempts(UNREACHABLE), halted=None, finished_at_us=9)
    assert (outcome.sent_at_us, outcome.http_status, outcome.request_id) == (None, None, None)


def test_an_attempt_without_a_recorded_response_counts_as_sent() -> None:
    outcome = outcome_of(7, attempts(None), halted=None, finished_at_us=9)
    assert (outcome.sent_at_us, outcome.elapsed_ms, outcome.attempts) == (1_000_000, None, 1)


def test_a_row_without_attempts_was_not_sent() -> None:
    with pytest.raises(ValueError, match="was not sent"):
        outcome_of(7, [], halted=None, finished_at_us=9)


@given(history=HISTORIES, halted=HALTS)
def test_a_final_success_always_determines_the_outcome(
    history: list[Reply | None], halted: str | None
) -> None:
    outcome = outcome_of(7, attempts(*history, ACCEPTED), halted=halted, finished_at_us=9)
    assert (outcome.status, outcome.code) == (Status.UPDATED, "")


@given(history=HISTORIES, halted=HALTS)
def test_no_row_with_a_request_without_a_response_is_failed(
    history: list[Reply | None], halted: str | None
) -> None:
    outcome = outcome_of(7, attempts(*history), halted=halted, finished_at_us=9)
    without_response = any(
        reply is None or (reply.may_have_been_sent and reply.status is None) for reply in history
    )
    assert not (outcome.status is Status.FAILED and without_response)


@given(history=HISTORIES, halted=HALTS)
def test_a_row_is_updated_only_after_a_success(
    history: list[Reply | None], halted: str | None
) -> None:
    outcome = outcome_of(7, attempts(*history), halted=halted, finished_at_us=9)
    accepted = any(reply and verdict_of(reply) is Verdict.ACCEPT for reply in history)
    assert outcome.status is not Status.UPDATED or accepted


@given(history=HISTORIES, halted=HALTS)
def test_an_outcome_is_in_doubt_only_if_something_may_have_been_applied(
    history: list[Reply | None], halted: str | None
) -> None:
    outcome = outcome_of(7, attempts(*history), halted=halted, finished_at_us=9)
    assert outcome.status is not Status.IN_DOUBT or outcome.sent_at_us is not None


@given(history=HISTORIES, halted=HALTS)
def test_every_code_is_in_the_table(history: list[Reply | None], halted: str | None) -> None:
    code = outcome_of(7, attempts(*history), halted=halted, finished_at_us=9).code
    assert not code or entry_of(code)
