"""Fault files, and what the sandbox does with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_update.errors import UsageError
from bulk_update.sandbox import Answer, Call, Departure, Fault, FaultPlan, Leaves, parse_faults
from bulk_update.sandbox.faults import Endpoint, FaultyAttempts

KEY = ("00001", "a")


def test_every_fault_in_a_fault_file_is_read() -> None:
    plan = parse_faults(
        b"""
seed: 7
faults:
  - answer: 429
    retry_after: 2
    retry_after_as: date
    share: 2.5%
    times: 1
  - answer: slow
    seconds: 0.5
    identifiers: ["00123", no]
  - answer: html
    status: 502
    share: 100%
""",
        path="faults.yaml",
    )
    assert plan == FaultPlan(
        (
            Fault(
                answer=Answer.TOO_MANY,
                share=0.025,
                times=1,
                retry_after=2,
                retry_after_as="date",
            ),
            Fault(answer=Answer.SLOW, seconds=0.5, identifiers=frozenset({"00123", "no"})),
            Fault(answer=Answer.HTML, status=502, share=1.0),
        ),
        seed=7,
    )


def test_what_people_do_in_the_panel_is_read() -> None:
    plan = parse_faults(
        b"""
faults:
  - {answer: 403, endpoint: agents, campaign: "00002"}
  - {answer: slow, endpoint: records, share: 10%, seconds: 2}
calls:
  - {share: 5%, call_date: 2027-01-29 10:15}
  - {identifiers: [a], after: 20, status_id: 3, agent_login: x, next_call_date: 2027-02-01 09:00}
  - {share: 100%, campaign: "00001", after: update}
agents:
  - {login: p.nowak, after: 50}
  - {login: j.kowalska, leaves: campaign, campaign: "00001"}
""",
        path="faults.yaml",
    )
    assert plan == FaultPlan(
        (
            Fault(
                answer=Answer.FORBIDDEN, endpoint=Endpoint.AGENTS, campaign_id="00002", share=1.0
            ),
            Fault(answer=Answer.SLOW, endpoint=Endpoint.RECORDS, share=0.1, seconds=2),
        ),
        calls=(
            Call(share=0.05, call_date="2027-01-29 10:15:00"),
            Call(
                identifiers=frozenset({"a"}),
                after=20,
                status_id="3",
                agent_login="x",
                next_call_date="2027-02-01 09:00",
            ),
            Call(share=1.0, campaign_id="00001", after=None),
        ),
        departures=(
            Departure(login="p.nowak", after=50),
            Departure(login="j.kowalska", leaves=Leaves.CAMPAIGN, campaign_id="00001"),
        ),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", "f.yaml: empty (expected `faults:` followed by a list)"),
        (
            b"seed: 1",
            "f.yaml:1:1: this file has no faults (expected `faults:`, `calls:`",
        ),
        (b"- a\n- b", "f.yaml:1:1: this file is a list (expected `faults:` followed by a list)"),
        (b"seed", 'f.yaml:1:1: this file is "seed" (expected `faults:` followed by a list)'),
        (b"faults: [1]", 'f.yaml:1:10: this fault is "1" (expected keys and values, such as {ans'),
        (b"faults: 1", 'f.yaml:1:1: faults is "1" (expected a list of faults, such as [{answer:'),
        (b"faults:", "f.yaml:1:1: faults is empty (expected a list of faults, such as [{answer:"),
        (b"faults: {}", "f.yaml:1:1: faults is a set of keys and values (expected a list of"),
        (b"faults: []\nseed: x", 'f.yaml:2:1: seed is "x" (expected a whole number, such as 7)'),
        (b"faults: [", "f.yaml:2:1: invalid YAML: while parsing a flow node, did not find exp"),
        (b"faults:\n\t- x", "f.yaml:2:1: this line is indented with a TAB; use spaces"),
        (b"seed: 1\nseed: 2", "f.yaml:2:1: seed is given twice"),
        (b"faults: &a [*a]", "f.yaml:1:13: aliases (*name) are not allowed"),
        (b"a: 1\n---\nb: 2", "f.yaml:2:1: invalid YAML: expected a single document"),
        (b"\xff", "f.yaml: not UTF-8 (byte 0)"),
        (b"faults: []\n? [a]\n: 1", "f.yaml:2:3: a key must be a single word"),
        (b"\x01", "f.yaml: invalid YAML ("),
        (
            b"faults:\n  - answr: 429\n    answer: 429\n    share: 5%",
            "f.yaml:2:5: unknown key answr (did you mean answer?)",
        ),
        (b"calls: [1]", 'f.yaml:1:9: this call is "1" (expected keys and values, such as {sha'),
        (b"agents: x", 'f.yaml:1:1: agents is "x" (expected a list of agents who leave, such as'),
        (b"calls: [{after: 3}]", "f.yaml:1:9: this call matches no record (expected share or"),
        (b"calls: [{shar: 3%}]", "f.yaml:1:10: unknown key shar (did you mean share?)"),
        (
            b"calls: [{share: 3%, after: own}]",
            'f.yaml:1:21: after is "own" (expected a whole number of accepted updates, or update)',
        ),
        (
            b"calls: [{share: 3%, call_date: 2027-02-30 10:00}]",
            'f.yaml:1:21: call_date is "2027-02-30 10:00" (expected YYYY-MM-DD hh:mm or YYYY',
        ),
        (
            b"calls: [{share: 3%, next_call_date: 2027-02-3}]",
            'f.yaml:1:21: next_call_date is "2027-02-3" (expected YYYY-MM-DD hh:mm)',
        ),
        (b"agents: [{leaves: campaign}]", "f.yaml:1:10: login is missing (expected a login, s"),
        (b"agents: [{login: x, leaves: town}]", 'f.yaml:1:21: leaves is "town" (expected camp'),
        (b"agents: [{login: x, after: -1}]", 'f.yaml:1:21: after is "-1" (expected a whole num'),
        (
            b"faults: [{answer: 403, endpoint: agents, campaign: 1}]",
            'f.yaml:1:42: campaign is "1" (expected a campaign id of five characters, such as',
        ),
        (b"faults: []\nxyz: 1", "f.yaml:2:1: unknown key xyz"),
        (
            b"faults:\n  - answer: lost",
            "f.yaml:2:5: this fault matches no record (expected share or",
        ),
    ],
)
def test_an_invalid_fault_file_is_rejected_with_the_position(text: bytes, expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_faults(text, path="f.yaml")
    assert caught.value.message.startswith(expected)
    assert caught.value.reason == "faults"


@pytest.mark.parametrize("nest", [b"[", b"{a: ", b"- ", b"? "])
def test_a_deeply_nested_fault_file_is_rejected(nest: bytes) -> None:
    with pytest.raises(UsageError, match=r"f.yaml:1:[0-9]+: nested too deeply"):
        parse_faults(nest * 50_000, path="f.yaml")


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            "answer: 402, share: 1%",
            'answer is "402" (expected 401, 403, 404, 429, 500, 503, lost, slow, reset or html)',
        ),
        (
            "answer: lost, share: 5",
            "share 5 is not a valid share (expected a percentage such as 5%)",
        ),
        ("answer: lost, share: 101%", "share 101% is not a valid share (expected a per"),
        ("answer: lost, share: [5%]", "share ['5%'] is not a valid share (expected a per"),
        ("answer: lost, share: 1%, times: 0", 'times is "0" (expected a whole number from 1)'),
        ("answer: lost, share: 1%, times: x", 'times is "x" (expected a whole number from 1)'),
        (
            "answer: lost, share: 1%, retry_after: 1",
            "this fault has retry_after, which cannot be used with answer: lost",
        ),
        (
            "answer: 401, share: 1%, retry_after: 1",
            "this fault has retry_after, which cannot be used with answer: 401",
        ),
        (
            "answer: 403, endpoint: agents, identifiers: [a]",
            "this fault has identifiers, which can only be used with endpoint: update",
        ),
        (
            "answer: 403, endpoint: agent",
            'endpoint is "agent" (expected update, statuses, agents or records)',
        ),
        ("answer: 403", "this fault matches no record (expected share or identifiers)"),
        (
            "answer: 429, share: 1%, retry_after_as: date",
            "this fault has retry_after_as without retry_after",
        ),
        (
            "answer: 500, share: 1%, status: 502",
            "this fault has status, which can only be used with answer: html",
        ),
        ("answer: slow, share: 1%", "this fault has answer: slow but no seconds"),
        ("answer: slow, share: 1%, seconds: .nan", 'seconds is ".nan" (expected a duration'),
        ("answer: slow, share: 1%, seconds: nan", 'seconds is "nan" (expected a duration'),
        ("answer: lost, identifiers: a", 'identifiers is "a" (expected a list of identifiers, su'),
        (
            "answer: lost, identifiers: [[a]]",
            "an entry of identifiers is a list (expected a single identifier",
        ),
        (
            "answer: 503, share: 1%, retry_after: 1.5",
            'retry_after is "1.5" (expected whole seconds',
        ),
        (
            "answer: 503, share: 1%, retry_after: 1, retry_after_as: x",
            'retry_after_as is "x" (expected seconds or date)',
        ),
        (
            "share: 1%",
            "answer is missing (expected 401, 403, 404, 429, 500, 503, lost",
        ),
        ("answer: html, share: 1%, status: 99", 'status is "99" (expected a whole number from 200'),
        ("answer: html, share: 1%, status: 204", "status 204 cannot have a body (expected"),
        ("answer: html, share: 1%, status: 205", "status 205 cannot have a body (expected"),
        ("answer: html, share: 1%, status: 304", "status 304 cannot have a body (expected"),
    ],
)
def test_an_invalid_fault_is_rejected_with_its_line(entry: str, expected: str) -> None:
    text = f"faults:\n  - {{answer: reset, share: 1%}}\n  - {{{entry}}}"
    with pytest.raises(UsageError) as caught:
        parse_faults(text.encode(), path="f.yaml")
    (line,) = caught.value.message.splitlines()
    place, _, message = line.partition(": ")
    assert place.startswith("f.yaml:3:")
    assert message.startswith(expected)


def test_all_mistakes_are_reported_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        parse_faults(b"faults:\n- answer: x\n- answer: lost\n  share: y", path="f.yaml")
    assert len(caught.value.message.splitlines()) == 2


def test_the_first_matching_fault_is_applied() -> None:
    plan = FaultPlan(
        (
            Fault(answer=Answer.LOST, identifiers=frozenset({"a"}), times=1),
            Fault(answer=Answer.RESET, share=1.0, times=2),
        )
    )
    attempts = FaultyAttempts(plan)
    happened = [attempts.next_fault(KEY) for _ in range(4)]
    assert [fault and fault.answer for fault in happened] == [
        Answer.LOST,
        Answer.RESET,
        None,
        None,
    ]
    other = attempts.next_fault(("00001", "b"))
    assert other is not None
    assert other.answer is Answer.RESET


def test_a_fault_without_times_applies_to_every_attempt() -> None:
    attempts = FaultyAttempts(FaultPlan((Fault(answer=Answer.LOST, share=1.0),)))
    assert all(attempts.next_fault(KEY) for _ in range(10))


def test_a_sandbox_without_faults_fails_no_request() -> None:
    assert FaultyAttempts(FaultPlan()).next_fault(KEY) is None


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_a_fault_with_a_share_affects_about_that_share_of_records(seed: int) -> None:
    plan = FaultPlan((Fault(answer=Answer.LOST, share=0.1),), seed=seed)
    hit = sum(plan.fault_for(("00001", str(number)), 1) is not None for number in range(10_000))
    assert 900 < hit < 1100


def test_different_faults_and_seeds_affect_different_records() -> None:
    def hit(plan: FaultPlan, answer: Answer) -> set[int]:
        faults = ((number, plan.fault_for(("00001", str(number)), 1)) for number in range(1000))
        return {number for number, fault in faults if fault and fault.answer is answer}

    faults = (Fault(answer=Answer.LOST, share=0.1), Fault(answer=Answer.RESET, share=0.1))
    plan, other = FaultPlan(faults), FaultPlan(faults, seed=1)
    assert hit(plan, Answer.LOST).isdisjoint(hit(plan, Answer.RESET))
    assert len(hit(plan, Answer.RESET)) > 50
    assert hit(plan, Answer.LOST) != hit(other, Answer.LOST)


@given(st.text(), st.integers(), st.floats(0, 1))
def test_a_fault_with_a_share_always_affects_the_same_records(
    name: str, seed: int, share: float
) -> None:
    first, second = (
        FaultPlan((Fault(answer=Answer.LOST, share=share),), seed=seed) for _ in range(2)
    )
    assert first.fault_for(("00001", name), 1) == second.fault_for(("00001", name), 9)
