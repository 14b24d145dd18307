"""Services that fail for a while or for good: when the run continues, and when it ends."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count, pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rehearsals import (
    LOST,
    OK,
    SIGNAL,
    UNREACHABLE,
    Crowd,
    Rehearsal,
    always,
    in_turn,
    reply_with,
    updates,
)
from virtual_time import now

from bulk_update.events import (
    AttemptMade,
    CircuitChanged,
    LimitChanged,
    PauseBegan,
    RowSettled,
)
from bulk_update.exits import RunEnd
from bulk_update.messages import sentences_of
from bulk_update.messages.amounts import duration
from bulk_update.plan import Guards
from bulk_update.records import Issue, Reply, RunHistory

WITH_RESPONSE = RunHistory(has_response=True)
REFUSED = reply_with(409, words="the agent is away")


@dataclass(frozen=True)
class Phase:
    """How the service behaves for a while; `seconds` is how long its responses take."""

    lasts: float
    reply: Reply
    seconds: float = 0.05


@dataclass(frozen=True)
class Service:
    """Goes through its phases, and is healthy from then on."""

    phases: Sequence[Phase]

    @property
    def healthy_at(self) -> float:
        return sum(phase.lasts for phase in self.phases)

    def phase(self) -> Phase:
        began = 0.0
        for phase in self.phases:
            began += phase.lasts
            if now() < began:
                return phase
        return Phase(math.inf, OK)

    def connect(self, _number: int) -> Reply | None:
        reply = self.phase().reply
        return None if reply.may_have_been_sent else reply

    def respond(self, _number: int, _attempt: int) -> Reply:
        reply = self.phase().reply
        return reply if reply.may_have_been_sent else LOST

    def latency(self, _in_flight: int) -> float:
        return self.phase().seconds

    def rehearsed(self, rehearsal: Rehearsal) -> Rehearsal:
        return replace(rehearsal, script=self.respond, latency=self.latency, connects=self.connect)


REPLIES = st.sampled_from(
    [
        *[reply_with(502), reply_with(503)] * 5,
        *map(reply_with, (204, 408, 409, 425, 429, 500, 502, 503, 504)),
        reply_with(429, retry_after=7.0),
        reply_with(503, retry_after=20.0),
        reply_with(500, retry_after=3.0),
        LOST,
        UNREACHABLE,
    ]
)
PHASES = st.lists(
    st.builds(
        Phase, lasts=st.floats(0.1, 40), reply=REPLIES, seconds=st.sampled_from([0.01, 0.05, 2, 30])
    ),
    min_size=1,
    max_size=6,
)


def most_in_a_second(moments: Sequence[float]) -> int:
    return max(sum(start <= moment < start + 1.0 for moment in moments) for start in moments)


@pytest.mark.parametrize("first", [5.0, 10.0, 14.5, 15.5, 20.0, 29.0])
@pytest.mark.parametrize("workers", [4, 64])
def test_an_outage_with_mixed_responses_ends_when_the_service_recovers(
    first: float, workers: int
) -> None:
    service = Service([Phase(1.0, OK), Phase(first, reply_with(502)), Phase(3.0, reply_with(503))])
    result = service.rehearsed(Rehearsal(workers=workers, rate=50.0)).of(updates(200))
    assert result.end is None
    assert len(result.stage.outcomes) == 200
    assert result.seconds <= service.healthy_at + 15.0 + 200 / 50 + 5.0


@settings(max_examples=150, deadline=None)
@given(
    phases=PHASES,
    workers=st.sampled_from([1, 2, 4, 12, 64]),
    rate=st.sampled_from([None, None, 2.5, 5.0]),
    retries=st.integers(0, 4),
    random=st.floats(0, 0.99),
    handshake=st.sampled_from([0.0, 0.1, 3.0]),
)
def test_every_row_is_settled_once_the_service_is_healthy_for_long_enough(
    phases: list[Phase],
    workers: int,
    rate: float | None,
    retries: int,
    random: float,
    handshake: float,
) -> None:
    service = Service([Phase(0.5, OK), *phases])
    rehearsal = Rehearsal(
        workers=workers,
        rate=rate,
        retries=retries,
        random=random,
        patience=3600.0,
        handshake=lambda: handshake,
        line_stays=4.0,
    )
    rows = 40 if rate else 400
    result = service.rehearsed(rehearsal).of(updates(rows))
    stage = result.stage
    assert result.end is None
    assert len(stage.outcomes) == rows
    assert stage.open_rows == set()
    assert stage.open_lines == 0
    assert stage.most_in_flight <= workers
    assert stage.most_open <= workers
    if rate is not None:
        assert most_in_a_second(stage.seconds_of("send")) <= math.ceil(rate)
    a_row = 0.05 + handshake + 1 / (rate or 1000.0)
    assert result.seconds <= service.healthy_at + 120.0 + rows * a_row


# --- patience


@pytest.mark.parametrize(
    ("timeout", "patience"), [(2.0, 5.0), (30.0, 60.0), (30.0, 5.0), (0.5, 60.0)]
)
@pytest.mark.parametrize("rows", [1, 300])
@pytest.mark.parametrize("accepted", [0, 40])
def test_a_silent_service_ends_the_run_within_patience_and_a_timeout(
    timeout: float, patience: float, rows: int, accepted: int
) -> None:
    requests = count(1)
    silent: list[float] = []

    def script(_number: int, _attempt: int) -> Reply:
        if next(requests) <= accepted:
            return OK
        silent.append(now())
        return LOST

    def latency(_in_flight: int) -> float:
        return timeout if silent else 0.05

    rehearsal = Rehearsal(script=script, latency=latency, patience=patience, retries=50)
    result = rehearsal.of(updates(accepted + rows))
    assert result.end is not None
    assert (result.end.code, result.end.exit_code) == ("halted-patience", 4)
    assert sentences_of(result.end.reasons) == (
        f"the API was unavailable for longer than --patience ({duration(patience)}); "
        "the request was sent, and no complete response arrived within 30 s"
    )
    assert max(patience, timeout) <= result.seconds - silent[0]
    assert result.seconds - silent[0] <= max(patience, timeout) + timeout + 0.1


def test_an_occasional_final_response_resets_patience() -> None:
    """Each response restarts the count, so repeated failures that last 4 s stay within 10 s."""
    phases = [Phase(4.0, reply_with(500)), Phase(4.0, OK)] * 10
    rehearsal = Rehearsal(patience=10.0, retries=50, rate=5.0, workers=2, random=0.2)
    result = Service(phases).rehearsed(rehearsal).of(updates(300))
    assert result.end is None
    assert set(result.stage.ends().values()) == {"updated"}
    assert result.seconds > 60.0


def test_a_refusal_is_a_final_response() -> None:
    phases = [Phase(4.0, LOST), Phase(4.0, REFUSED)] * 10
    rehearsal = Rehearsal(patience=10.0, retries=50, rate=5.0, workers=2, random=0.2)
    result = Service(phases).rehearsed(rehearsal).of(updates(300))
    assert result.end is None


def test_patience_does_not_cut_off_a_slow_response() -> None:
    result = Rehearsal(latency=lambda _: 100.0, patience=0.0).of(updates(6))
    assert result.end is None
    assert set(result.stage.ends().values()) == {"updated"}


def test_the_last_request_may_finish_when_patience_is_used_up() -> None:
    script = in_turn(reply_with(500), OK)
    rehearsal = Rehearsal(script=script, latency=lambda _: 4.0, patience=5.0, random=0.0)
    result = rehearsal.of(updates(1))
    assert (result.end, result.stage.ends()) == (None, {2: "updated"})


@pytest.mark.parametrize(
    "reply", [reply_with(503, retry_after=50.0), reply_with(500), LOST, UNREACHABLE]
)
def test_max_duration_ends_the_run_within_a_second_while_all_workers_wait(reply: Reply) -> None:
    service = Service([Phase(1.0, OK), Phase(math.inf, reply)])
    guards = Guards(max_duration_seconds=20.0)
    rehearsal = Rehearsal(guards=guards, random=0.99, handshake=lambda: 0.01)
    result = service.rehearsed(rehearsal).of(updates(3000))
    assert result.end is not None
    assert (result.end.code, result.end.exit_code) == ("max-duration", 3)
    assert 20.0 <= result.seconds <= 20.2


def test_max_duration_ends_the_run_while_a_worker_connects() -> None:
    guards = Guards(max_duration_seconds=5.0)
    result = Rehearsal(guards=guards, handshake=lambda: 60.0, history=WITH_RESPONSE).of(updates(3))
    assert result.end is not None
    assert result.end.code == "max-duration"
    assert result.seconds == pytest.approx(5.0, abs=0.1)
    assert result.stage.open_rows == set()


# --- unreachable


def refused_connection(_number: int) -> Reply:
    return UNREACHABLE


@pytest.mark.parametrize("rows", [1, 5, 100])
@pytest.mark.parametrize("retries", [0, 4])
def test_an_unreachable_service_is_an_outage_even_for_a_small_file(rows: int, retries: int) -> None:
    result = Rehearsal(connects=refused_connection, retries=retries).of(updates(rows))
    assert result.end is not None
    assert (result.end.code, result.end.exit_code) == ("halted-patience", 4)
    assert result.stage.ends() == {}
    assert result.stage.open_rows == set()
    assert result.seconds == pytest.approx(60.0, abs=0.1)
    assert 5 <= result.stage.connections <= 40


@pytest.mark.parametrize("end", [SIGNAL, RunEnd(3, (Issue("max-duration"),))])
def test_rows_that_were_not_sent_have_no_outcome_whatever_stops_the_run(
    end: RunEnd,
) -> None:
    rehearsal = Rehearsal(connects=refused_connection, stop_after=3.0, end=end)
    result = rehearsal.of(updates(5))
    assert result.end is not None
    assert (result.end.code, result.end.exit_code) in {
        ("signal", 130),
        ("halted-no-answer", 4),
    }
    assert (result.stage.ends(), result.stage.open_rows) == ({}, set())


def test_waiting_for_an_unreachable_service_uses_up_no_retries() -> None:
    result = Rehearsal(connects=lambda number: UNREACHABLE if number <= 15 else None, retries=0).of(
        updates(5)
    )
    assert result.end is None
    assert set(result.stage.ends().values()) == {"updated"}


def test_a_run_without_any_response_exits_with_4_even_if_rows_are_in_doubt() -> None:
    result = Rehearsal(script=always(LOST), retries=1).of(updates(3))
    assert result.end is not None
    assert (result.end.code, result.end.exit_code) == ("halted-no-answer", 4)
    assert result.stage.ends() == dict.fromkeys((2, 3, 4), "in_doubt timeout")


def test_a_response_to_an_earlier_invocation_counts() -> None:
    result = Rehearsal(script=always(LOST), retries=1, history=WITH_RESPONSE).of(updates(3))
    assert result.end is None
    assert result.stage.ends() == dict.fromkeys((2, 3, 4), "in_doubt timeout")


def test_a_run_with_nothing_to_send_is_not_an_outage() -> None:
    assert Rehearsal().of([]).end is None
    assert Rehearsal(stop_after=0.0).of(updates(2)).end == SIGNAL


def test_a_row_that_could_not_be_sent_fails_if_another_got_a_response() -> None:
    result = Rehearsal(
        connects=lambda number: None if number <= 3 else UNREACHABLE, workers=1, retries=2
    ).of(updates(4))
    assert result.end is None
    assert result.stage.ends() == {
        **dict.fromkeys((2, 3, 4), "updated"), 5: "failed unreachable"
    }  # fmt: skip
    assert result.stage.outcomes[5].attempts == 3


def test_a_row_that_could_not_be_sent_is_halted_if_another_got_a_response() -> None:
    rehearsal = Rehearsal(
        connects=lambda number: None if number <= 3 else UNREACHABLE, workers=1, stop_after=0.3
    )
    result = replace(rehearsal, random=0.99).of(updates(4))
    assert result.end == SIGNAL
    assert result.stage.ends()[5] == "failed halted-signal"


# --- the circuit


def test_attempts_that_probe_an_open_circuit_use_up_no_retries() -> None:
    """21 failures open the circuit and fail a few rows; the probes after them fail no row."""
    service = Service([Phase(1.0, OK), Phase(40.0, reply_with(500))])
    result = service.rehearsed(Rehearsal(workers=4, retries=0, rate=20.0)).of(updates(100))
    ends = list(result.stage.ends().values())
    assert result.end is None
    assert ends.count("failed http-500") == 19
    assert ends.count("updated") == 81


@pytest.mark.parametrize("handshake", [0.5, 3.0])
def test_an_attempt_that_is_connecting_when_a_pause_begins_is_sent_after_it(
    handshake: float,
) -> None:
    requests = count(1)

    def script(_number: int, _attempt: int) -> Reply:
        return reply_with(503, retry_after=10.0) if next(requests) == 30 else OK

    rehearsal = Rehearsal(
        script=script, workers=16, handshake=lambda: handshake, line_stays=4.0, rate=20.0
    )
    result = rehearsal.of(updates(200))
    sent = result.stage.seconds_of("send")
    asked_at = sent[29] + 0.05
    in_pause = [at for at in sent if asked_at + 1e-6 < at < asked_at + 10.0]
    assert in_pause == []
    assert most_in_a_second(sent) <= 20
    assert set(result.stage.ends().values()) == {"updated"}


def test_a_stop_in_an_outage_leaves_no_intent_and_no_connection_behind() -> None:
    service = Service([Phase(1.0, OK), Phase(10.0, reply_with(500))])
    rehearsal = Rehearsal(workers=8, handshake=lambda: 0.4, rate=20.0, stop_after=6.0)
    result = service.rehearsed(rehearsal).of(updates(200))
    assert result.end == SIGNAL
    assert result.stage.open_rows == set()
    assert result.stage.open_lines == 0


# --- connections


def test_a_connection_that_is_no_longer_ready_is_replaced_and_its_row_goes_first() -> None:
    result = Rehearsal(rate=1.0, workers=4, line_stays=0.7).of(updates(12))
    stage = result.stage
    assert stage.numbers_of("send") == list(range(2, 14))
    assert set(stage.ends().values()) == {"updated"}
    assert stage.open_lines == 0
    assert stage.numbers_of("withdraw") == []


def test_a_service_that_closes_every_connection_at_once_is_unreachable() -> None:
    result = Rehearsal(line_stays=0.0).of(updates(5))
    assert result.end is not None
    assert result.end.code == "halted-patience"
    assert (result.stage.ends(), result.stage.open_rows) == ({}, set())
    assert result.stage.open_lines == 0
    assert result.stage.connections <= 3 * 40


@pytest.mark.parametrize("rate", [0.5, 5.0, None])
def test_no_more_connections_are_opened_ahead_than_will_be_used_soon(rate: float | None) -> None:
    result = Rehearsal(rate=rate, workers=64, handshake=lambda: 0.2).of(updates(40))
    at_most = 64 if rate is None else 1 + math.ceil(rate * 2)
    assert result.stage.most_open_lines <= at_most
    assert len(result.stage.outcomes) == 40


@settings(max_examples=60, deadline=None)
@given(
    rate=st.one_of(st.sampled_from([0.5, 1, 2.5, 5, 50, 200]), st.floats(0.5, 60)),
    stalls=st.lists(st.tuples(st.floats(0, 10), st.floats(0, 1)), max_size=20),
    seed=st.integers(0, 1000),
    workers=st.sampled_from([1, 4, 64]),
    slow=st.sampled_from([0.0, 0.2, 5.0]),
)
def test_no_second_has_more_requests_than_the_rate_despite_any_delays(
    rate: float, stalls: list[tuple[float, float]], seed: int, workers: int, slow: float
) -> None:
    random = Random(seed)
    result = Rehearsal(
        rate=rate,
        workers=workers,
        stalls=tuple(stalls),
        handshake=lambda: random.uniform(0, slow),
        latency=lambda _: random.uniform(0.01, 0.3),
        line_stays=4.0,
        patience=3600.0,
    ).of(updates(min(400, round(rate * 4) + 5)))
    sent = result.stage.seconds_of("send")
    assert most_in_a_second(sent) <= math.ceil(rate)
    assert set(result.stage.ends().values()) == {"updated"}


# --- events


def test_an_outage_emits_events_for_attempts_pauses_and_the_circuit() -> None:
    service = Service([Phase(1.0, OK), Phase(40.0, reply_with(503))])
    result = service.rehearsed(Rehearsal(workers=4, rate=20.0)).of(updates(100))
    seen = Counter(type(event) for event in result.happened)
    circuit = [event.is_open for event in result.happened if isinstance(event, CircuitChanged)]
    pauses = [event.seconds for event in result.happened if isinstance(event, PauseBegan)]
    assert circuit == [True, False]
    assert seen[AttemptMade] == sum(result.stage.attempts.values())
    assert seen[RowSettled] == 100
    assert min(pauses) >= 0
    updated = list(result.stage.ends().values()).count("updated")
    assert len(pauses) == seen[AttemptMade] - updated


def test_changes_of_the_concurrency_limit_are_events() -> None:
    rehearsal = Rehearsal(workers=32, rate=None, crowd=Crowd(8, reply_with(429, retry_after=1.0)))
    found = rehearsal.of(updates(200)).happened
    limits = [event.most_in_flight for event in found if isinstance(event, LimitChanged)]
    assert limits[0] == 2
    assert any(later < sooner for sooner, later in pairwise(limits))
    assert all(later != sooner for sooner, later in pairwise(limits))
