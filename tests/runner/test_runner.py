from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import replace
from decimal import Decimal
from functools import cache
from itertools import count, pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rehearsals import (
    COMMIT_SECONDS,
    LOST,
    OK,
    SIGNAL,
    UNREACHABLE,
    Crowd,
    Rehearsal,
    Script,
    Stage,
    always,
    in_turn,
    reply_with,
    update,
    updates,
)
from virtual_time import now, run_virtually

from bulk_update.errors import LedgerError
from bulk_update.exits import RunEnd
from bulk_update.limits import Limit
from bulk_update.messages import sentences_of
from bulk_update.pacing import Concurrency, RateLimiter
from bulk_update.plan import Guards
from bulk_update.records import Attempt, BodyKind, Issue, RefusedRow, Reply, RunHistory, Status
from bulk_update.runner import StopSignal
from bulk_update.runner.send_slots import SendSlots

REFUSED = reply_with(409, words="the agent is away")
WITH_RESPONSE = RunHistory(has_response=True)


def after(accepted: int, then: Reply) -> Script:
    """Accept that many requests, whatever their row; give the same reply to all others."""
    requests = count(1)
    return lambda _number, _attempt: OK if next(requests) <= accepted else then


# --- one row after another


def test_a_worker_settles_a_row_before_the_next_intent_and_sends_only_what_is_durable() -> None:
    result = Rehearsal(workers=1).of(updates(2))
    assert [(event.what, event.number) for event in result.stage.events] == [
        (what, number)
        for number in (2, 3)
        for what in ("intent", "durable", "send", "response", "outcome")
    ]


def test_a_worker_waits_for_the_pace_after_the_intent_is_durable() -> None:
    stage = Rehearsal(workers=4, rate=10.0, latency=lambda _: 0.01).of(updates(5)).stage
    sent = stage.seconds_of("send")
    durable = stage.seconds_of("durable")
    assert all(after - before >= 0.08 for before, after in pairwise(sent))
    assert all(before <= after for before, after in zip(durable, sent, strict=True))


@settings(max_examples=60, deadline=None)
@given(
    workers=st.integers(1, 12),
    replies=st.lists(
        st.sampled_from([OK, OK, OK, REFUSED, LOST, reply_with(503), reply_with(429)]),
        min_size=1,
        max_size=40,
    ),
    reached=st.lists(st.booleans(), max_size=30),
    stop_after=st.none() | st.floats(0, 3),
    retries=st.integers(0, 3),
)
def test_every_row_is_settled_once_or_untouched_and_each_worker_has_at_most_one_open(
    workers: int,
    replies: list[Reply],
    reached: list[bool],
    stop_after: float | None,
    retries: int,
) -> None:
    stream, connections = iter(replies), iter(reached)
    rehearsal = Rehearsal(
        script=lambda _number, _attempt: next(stream, OK),
        connects=lambda _: None if next(connections, True) else UNREACHABLE,
        workers=workers,
        retries=retries,
        stop_after=stop_after,
    )
    rows = updates(30)
    result = rehearsal.of(rows)
    stage = result.stage
    assert stage.most_open <= workers
    assert stage.open_rows == set()
    assert set(stage.attempts) <= set(stage.outcomes)
    responses = Counter(stage.numbers_of("response"))
    for number, outcome in stage.outcomes.items():
        assert stage.attempts.get(number, 0) <= outcome.attempts == responses[number]
    if result.end is None:
        assert set(stage.outcomes) == {row.number for row in rows}


# --- attempts


@pytest.mark.parametrize(
    ("script", "retries", "end", "attempts"),
    [
        (always(OK), 4, "updated", 1),
        (in_turn(reply_with(503), OK), 4, "updated", 2),
        (in_turn(LOST, reply_with(503), REFUSED), 4, "rejected http-409", 3),
        (always(reply_with(500)), 0, "failed http-500", 1),
        (always(reply_with(500)), 2, "failed http-500", 3),
        (always(UNREACHABLE), 1, "failed unreachable", 2),
        (in_turn(LOST, reply_with(500)), 1, "in_doubt timeout", 2),
        (always(REFUSED), 4, "rejected http-409", 1),
        (always(reply_with(200, body=BodyKind.HTML)), 4, "in_doubt unexpected-body", 1),
    ],
)
def test_a_script_of_replies_leads_to_the_attempts_and_outcome_in_the_table(
    script: Script, retries: int, end: str, attempts: int
) -> None:
    result = Rehearsal(script=script, retries=retries, history=WITH_RESPONSE).of([update(2)])
    assert result.end is None
    assert result.stage.ends() == {2: end}
    assert result.stage.attempts == {2: attempts}
    assert [outcome.attempts for outcome in result.settled] == [attempts]


def test_attempts_of_earlier_invocations_count_for_the_outcome_but_not_as_retries() -> None:
    earlier = (Attempt(1, 1_000_000), Attempt(2, 2_000_000, LOST))
    result = Rehearsal(script=always(reply_with(503)), retries=1).of(
        [update(2)._replace(earlier=earlier)]
    )
    outcome = result.stage.outcomes[2]
    assert (outcome.status, outcome.attempts, outcome.sent_at_us) == (Status.IN_DOUBT, 4, 1_000_000)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_retry_after_is_never_cut_short(status: int) -> None:
    script = in_turn(reply_with(status, retry_after=7.5), OK)
    first, second = Rehearsal(script=script, random=0.99).of([update(2)]).stage.seconds_of("send")
    assert second - first >= 7.5


def test_retry_after_is_not_cut_short_when_the_circuit_opened_before_the_response() -> None:
    """The circuit's first waits are shorter, but the row still waits as long as it was asked to."""
    requests = count(1)
    asked: list[int] = []

    def script(number: int, _attempt: int) -> Reply:
        request = next(requests)
        if request == 26:
            asked.append(number)
        if not 4 < request <= 30:
            return OK
        return reply_with(500, retry_after=20.0 if request == 26 else None)

    rehearsal = Rehearsal(script=script, workers=8, retries=30, patience=600.0, random=0.01)
    stage = rehearsal.of(updates(12)).stage
    sent = [event.at for event in stage.events if event.what == "send" and event.number in asked]
    asked_at = stage.seconds_of("send")[25]
    assert set(stage.ends().values()) == {"updated"}
    assert min(at for at in sent if at > asked_at) >= asked_at + 20.0


@pytest.mark.parametrize("status", [429, 503])
def test_all_workers_wait_when_the_service_asks_for_a_pause(status: int) -> None:
    requests = count(1)

    def script(_number: int, _attempt: int) -> Reply:
        return reply_with(status, retry_after=5.0) if next(requests) == 20 else OK

    result = Rehearsal(script=script, workers=4).of(updates(60))
    sent = result.stage.seconds_of("send")
    asked_at = sent[19] + 0.05
    assert [at for at in sent if asked_at < at < asked_at + 5.0] == []
    assert len([at for at in sent if at >= asked_at + 5.0]) >= 30
    assert set(result.stage.ends().values()) == {"updated"}


def test_a_run_waits_for_a_pause_within_patience() -> None:
    script = in_turn(reply_with(429, retry_after=50.0), OK)
    result = Rehearsal(script=script).of(updates(1))
    assert result.end is None
    assert result.stage.ends() == {2: "updated"}


# --- stops


def test_after_a_stop_request_requests_in_flight_are_settled_and_the_rest_is_untouched() -> None:
    result = Rehearsal(stop_after=0.09, latency=lambda _: 0.05).of(updates(50))
    assert result.end == SIGNAL
    assert set(result.stage.ends().values()) == {"updated"}
    assert len(result.stage.outcomes) + len(result.untouched) == 50
    assert max(result.stage.seconds_of("send")) <= 0.09


def test_an_intent_that_is_waiting_for_the_pace_is_withdrawn_at_a_stop() -> None:
    result = Rehearsal(rate=1.0, stop_after=1.5, latency=lambda _: 0.01).of(updates(9))
    stage = result.stage
    assert stage.ends() == {2: "updated", 3: "updated"}
    assert stage.numbers_of("withdraw") == [4, 5, 6]
    assert stage.open_rows == set()
    assert result.seconds == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("script", "end"),
    [
        (always(reply_with(503)), "failed halted-signal"),
        (always(LOST), "in_doubt halted-signal"),
    ],
)
def test_a_row_with_retries_left_at_a_stop_is_halted(script: Script, end: str) -> None:
    result = Rehearsal(script=script, stop_after=0.06, random=0.99).of([update(2)])
    assert result.stage.ends() == {2: end}
    assert result.seconds < 0.1


def test_a_row_without_retries_left_at_a_stop_is_not_halted() -> None:
    rehearsal = Rehearsal(script=always(reply_with(500)), retries=0, stop_after=0.01)
    assert rehearsal.of([update(2)]).stage.ends() == {2: "failed http-500"}


def test_nothing_is_sent_when_a_stop_is_requested_before_the_start() -> None:
    result = Rehearsal(stop_after=0.0, workers=2).of(updates(3))
    assert result.stage.numbers_of("send") == []
    assert result.stage.outcomes == {}


def test_sending_ends_at_once_when_the_ledger_cannot_be_written() -> None:
    rehearsal = Rehearsal(fails_at_intent=6, workers=3)
    with pytest.raises(LedgerError, match="the disk is full"):
        rehearsal.of(updates(30))


# --- halts


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (reply_with(401), "halted-401"),
        (reply_with(307), "halted-redirect"),
        (reply_with(200, body=BodyKind.LOGIN_PAGE), "halted-login-page"),
        (Reply(may_have_been_sent=False, status=None, code="tls"), "halted-tls"),
    ],
)
@pytest.mark.parametrize("workers", [1, 8])
def test_a_response_that_halts_the_run_lets_only_requests_in_flight_finish(
    reply: Reply, code: str, workers: int
) -> None:
    result = Rehearsal(script=after(30, reply), workers=workers).of(updates(100))
    ends = list(result.stage.ends().values())
    assert result.end is not None
    assert (result.end.code, result.end.exit_code) == (code, 4)
    assert ends.count("updated") == 30
    assert 1 <= ends.count(f"failed {code}") <= workers
    assert len(ends) + len(result.untouched) == 100


@pytest.mark.parametrize(
    ("script", "code", "rows", "end"),
    [
        (always(reply_with(403)), "halted-403", 20, "failed halted-403"),
        (always(reply_with(404)), "halted-404", 20, "failed halted-404"),
        (always(reply_with(422)), "halted-canary", 5, "rejected http-422"),
        (
            always(reply_with(400, words='unknown "status_id"')),
            "halted-canary",
            5,
            "rejected http-400",
        ),
    ],
)
def test_a_streak_of_refusals_halts_the_run_and_settles_its_rows(
    script: Script, code: str, rows: int, end: str
) -> None:
    result = Rehearsal(script=script, workers=8).of(updates(100))
    assert result.end is not None
    assert (result.end.code, result.end.exit_code) == (code, 4)
    assert result.stage.ends() == dict.fromkeys(range(2, rows + 2), end)
    assert len(result.untouched) == 100 - rows


@pytest.mark.parametrize("between", [0, 1, 30])
def test_other_refusals_in_between_do_not_keep_a_streak_from_halting_its_rows(
    between: int,
) -> None:
    def script(number: int, _attempt: int) -> Reply:
        return reply_with(404) if (number - 2) % (between + 1) == 0 else REFUSED

    result = Rehearsal(script=script, workers=4).of(updates(1000))
    ends = list(result.stage.ends().values())
    assert result.end is not None
    assert result.end.code == "halted-404"
    assert ends.count("failed halted-404") == 20
    assert ends.count("rejected http-404") == 0
    assert ends.count("rejected http-409") == 19 * between


def test_rows_of_an_earlier_invocation_are_settled_again_when_their_streak_halts() -> None:
    """15 rows were refused before, the last of them after a response that was lost."""
    not_found = reply_with(404, words="no such record")
    attempts: list[tuple[Attempt, ...]] = [
        *((Attempt(number, number, not_found),) for number in range(1, 15)),
        (Attempt(15, 15, LOST), Attempt(16, 16, not_found)),
    ]
    refused = tuple(
        RefusedRow(update(number).row_id, each) for number, each in enumerate(attempts, start=102)
    )
    history = RunHistory(has_response=True, refused=refused)
    result = Rehearsal(script=always(reply_with(404)), history=history).of(updates(60))
    assert result.end is not None
    assert result.end.code == "halted-404"
    assert result.stage.ends() == {
        **dict.fromkeys(range(2, 7), "failed halted-404"),
        **dict.fromkeys(range(102, 116), "failed halted-404"),
        116: "in_doubt halted-404",
    }
    assert result.stage.outcomes[116].attempts == 2


def test_refusals_after_a_success_of_an_earlier_invocation_do_not_halt_the_run() -> None:
    history = RunHistory(has_response=True, has_success=True)
    result = Rehearsal(script=always(reply_with(404)), history=history).of(updates(60))
    assert result.end is None
    assert set(result.stage.ends().values()) == {"rejected http-404"}


def test_a_refusal_outside_the_streak_stays_a_refusal() -> None:
    def script(number: int, _attempt: int) -> Reply:
        return REFUSED if number == 2 else reply_with(403)

    ends = Rehearsal(script=script).of(updates(50)).stage.ends()
    assert ends == {2: "rejected http-409", **dict.fromkeys(range(3, 23), "failed halted-403")}


def test_refusals_after_a_success_settle_only_their_own_rows() -> None:
    result = Rehearsal(script=after(1, reply_with(404)), workers=2).of(updates(60))
    assert result.end is None
    assert list(result.stage.ends().values()).count("rejected http-404") == 59


def test_requests_are_sent_one_at_a_time_until_the_first_success() -> None:
    stage = (
        Rehearsal(script=in_turn(reply_with(500), OK), workers=8, random=0.0).of(updates(20)).stage
    )
    first_success = next(event.at for event in stage.events if event.what == "outcome")
    before = [at for at in stage.seconds_of("send") if at < first_success]
    assert all(later - sooner > 0.0499 for sooner, later in pairwise(before))
    assert stage.most_in_flight > 1


# --- outages


def outage(reply: Reply, **more: object) -> Rehearsal:
    return replace(Rehearsal(script=after(50, reply), workers=4, patience=60.0), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("reply", [reply_with(500), LOST, UNREACHABLE, reply_with(503)])
def test_an_outage_pauses_sending_and_ends_the_run_when_patience_is_used_up(reply: Reply) -> None:
    result = outage(reply).of(updates(500))
    assert result.end is not None
    assert (result.end.code, result.end.exit_code) == ("halted-patience", 4)
    ends = list(result.stage.ends().values())
    assert ends.count("updated") == 50
    assert len(ends) <= 50 + 4 + 20 // 5
    assert all(end.endswith(("updated", "halted-patience", reply.code)) for end in ends)
    assert len(result.stage.seconds_of("send")) <= 50 + 20 + 2 * 4 + 8
    assert 60 <= result.seconds <= 75
    assert len(ends) + len(result.untouched) == 500


def test_probes_are_sent_one_at_a_time_while_the_circuit_is_open() -> None:
    stage = outage(reply_with(500), patience=200.0).of(updates(500)).stage
    probes = stage.seconds_of("send")[50 + 20 + 4 :]
    assert len(probes) >= 3
    assert all(later - sooner >= 1.0 for sooner, later in pairwise(probes))


def test_requests_waiting_for_the_pace_are_not_sent_once_the_circuit_is_open() -> None:
    result = outage(reply_with(500), workers=64, rate=5.0, retries=0, patience=5.0).of(updates(500))
    opened_at = result.stage.seconds_of("response")[50 + 20 - 1]
    late = [at for at in result.stage.seconds_of("send") if at > opened_at]
    assert len(late) <= 4
    assert result.stage.open_rows == set()


def test_an_outage_that_passes_uses_up_no_retries() -> None:
    requests = count(1)

    def script(_number: int, _attempt: int) -> Reply:
        return reply_with(500) if 10 < next(requests) <= 60 else OK

    result = Rehearsal(script=script, retries=8, workers=4, patience=3600.0).of(updates(100))
    assert result.end is None
    assert set(result.stage.ends().values()) == {"updated"}
    assert max(result.stage.attempts.values()) > 9


def test_patience_is_exact_to_the_second_whatever_the_backoff_of_a_row() -> None:
    rehearsal = Rehearsal(script=always(reply_with(500)), retries=50, workers=1, patience=5.0)
    result = replace(rehearsal, random=0.99).of([update(2)])
    first = result.stage.seconds_of("send")[0]
    assert result.stage.ends() == {2: "failed halted-patience"}
    assert result.seconds == pytest.approx(first + 5.0, abs=0.1)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_retry_after_longer_than_patience_ends_the_run_at_once(status: int) -> None:
    result = Rehearsal(script=after(3, reply_with(status, retry_after=61.0)), workers=1).of(
        updates(9)
    )
    assert result.end is not None
    assert (result.end.code, result.end.exit_code) == ("halted-patience", 4)
    assert sentences_of(result.end.reasons).startswith(
        "the API is unavailable and asks for a pause of 1 min 1 s; --patience is "
    )
    assert result.stage.ends()[5] == "failed halted-patience"
    assert result.seconds < 1.0


def test_a_service_that_only_responds_with_429_ends_the_run_after_patience() -> None:
    result = Rehearsal(script=always(reply_with(429)), patience=20.0).of(updates(500))
    assert result.end is not None
    assert result.end.code == "halted-patience"
    assert result.seconds <= 21.0


# --- guards


def test_max_failures_leaves_the_remaining_rows_untouched() -> None:
    guards = Guards(max_failures=Limit(Decimal(3)))
    result = Rehearsal(script=after(5, REFUSED), guards=guards, workers=1).of(updates(50))
    assert result.end is not None
    assert (result.end.code, result.end.exit_code) == ("max-failures", 3)
    assert list(result.stage.ends().values()) == ["updated"] * 5 + ["rejected http-409"] * 4
    assert len(result.untouched) == 41


def test_max_duration_leaves_the_remaining_rows_unsent() -> None:
    guards = Guards(max_duration_seconds=10.0)
    result = Rehearsal(guards=guards, workers=1, rate=1.0).of(updates(50))
    assert result.end is not None
    assert (result.end.code, result.end.exit_code) == ("max-duration", 3)
    assert 10 <= len(result.stage.outcomes) <= 12


def test_max_duration_stops_nothing_once_every_row_was_sent() -> None:
    guards = Guards(max_duration_seconds=0.15)
    result = Rehearsal(guards=guards, workers=1).of(updates(3))
    assert result.end is None
    assert len(result.stage.outcomes) == 3


def test_a_halt_outranks_a_guard_that_tripped_before_it() -> None:
    guard = RunEnd(3, (Issue("max-duration"),))
    rehearsal = Rehearsal(script=after(1, reply_with(401)), end=guard, stop_after=0.06)
    result = rehearsal.of(updates(50))
    assert result.end is not None
    assert (result.end.code, result.end.exit_code) == ("halted-401", 4)
    assert result.stage.ends() == {2: "updated", 3: "failed halted-401", 4: "failed halted-401"}


# --- concurrency


@pytest.mark.parametrize("latency", [0.005, 0.02, 0.05])
@pytest.mark.parametrize("retry_after", [None, 0.0, 1.0])
def test_a_service_for_8_is_used_nearly_as_well_by_64_workers_as_by_8(
    latency: float, retry_after: float | None
) -> None:
    rows = rows_of_some_seconds(latency)
    crowd = Crowd(8, reply_with(429, retry_after=retry_after))
    many = Rehearsal(crowd=crowd, latency=lambda _: latency, workers=64).of(updates(rows))
    responses = len(many.stage.seconds_of("response"))
    assert set(many.stage.ends().values()) == {"updated"}
    assert (responses - rows) / responses <= 0.05
    assert seconds_of_8_workers(latency) / many.seconds >= 0.8


def rows_of_some_seconds(latency: float) -> int:
    return round(8 * 6 / (latency + COMMIT_SECONDS))


@cache
def seconds_of_8_workers(latency: float) -> float:
    """Return how long 8 workers take, whom a service for 8 never refuses."""
    rows = rows_of_some_seconds(latency)
    crowd = Crowd(8, reply_with(429))
    result = Rehearsal(crowd=crowd, latency=lambda _: latency, workers=8).of(updates(rows))
    assert result.stage.numbers_of("refused") == []
    return result.seconds


@pytest.mark.parametrize("seed", range(10))
def test_one_pause_is_enough_to_learn_the_capacity_of_a_service(seed: int) -> None:
    uneven = Random(seed)
    result = Rehearsal(
        workers=64,
        crowd=Crowd(8, reply_with(429, retry_after=1.0)),
        latency=lambda _: uneven.uniform(0.004, 0.006),
    ).of(updates(2000))
    refused_at = [event.at for event in result.stage.events if event.what == "refused"]
    assert refused_at[-1] - refused_at[0] < 1.0


def test_64_workers_are_used_if_the_service_can_handle_them() -> None:
    result = Rehearsal(workers=64).of(updates(1000))
    assert result.stage.most_in_flight == 64
    assert result.seconds <= 1000 / 64 * 0.06 + 0.5


def test_fewer_requests_are_in_flight_when_responses_become_slow() -> None:
    def latency(in_flight: int) -> float:
        return 0.05 if in_flight <= 10 else 0.05 * in_flight

    stage = Rehearsal(workers=64, latency=latency).of(updates(3000)).stage
    assert max(late_in_flight(stage)) <= 40


def late_in_flight(stage: Stage) -> list[int]:
    """Return how many requests were in flight after each departure of the second half."""
    in_flight, seen = 0, []
    for event in stage.events:
        in_flight += {"send": 1, "response": -1}.get(event.what, 0)
        if event.what == "send":
            seen.append(in_flight)
    return seen[len(seen) // 2 :]


# --- the slots


def send_slots(
    stop_signal: StopSignal, *, rate: float | None = None, workers: int = 1
) -> SendSlots:
    return SendSlots(
        limiter=RateLimiter(rate),
        concurrency=Concurrency(workers),
        stop_signal=stop_signal,
        monotonic=now,
    )


def leaving(slots: SendSlots, *, at_front: bool = False) -> Coroutine[None, None, bool]:
    return slots.wait_for_slot(is_admitted=lambda: True, is_ready=lambda: True, at_front=at_front)


def test_the_attempt_that_has_waited_longest_is_sent_first() -> None:
    async def in_order() -> list[str]:
        slots = send_slots(StopSignal())
        order: list[str] = []

        async def leave(name: str) -> None:
            assert await slots.enter()
            assert await leaving(slots)
            order.append(name)
            slots.arrive()

        assert await slots.enter()
        assert await leaving(slots)
        waiting = [asyncio.ensure_future(leave(name)) for name in ("first", "second")]
        await asyncio.sleep(0)
        slots.arrive()
        await leave("latecomer")
        await asyncio.gather(*waiting)
        return order

    assert run_virtually(in_order()) == ["first", "second", "latecomer"]


def test_an_attempt_that_had_to_reconnect_is_sent_first() -> None:
    async def in_order() -> list[str]:
        slots = send_slots(StopSignal(), rate=1.0)
        order: list[str] = []

        async def leave(name: str, *, at_front: bool) -> None:
            assert await leaving(slots, at_front=at_front)
            order.append(name)
            slots.arrive()

        line = [leave("one", at_front=False), leave("two", at_front=False)]
        waiting = [asyncio.ensure_future(each) for each in line]
        await asyncio.sleep(0.5)
        await leave("again", at_front=True)
        await asyncio.gather(*waiting)
        return order

    assert run_virtually(in_order()) == ["one", "again", "two"]


def test_no_slot_is_granted_once_a_stop_is_requested() -> None:
    async def leave_and_stop() -> tuple[bool, bool, bool]:
        stop_signal = StopSignal()
        slots = send_slots(stop_signal)
        assert await slots.enter()
        assert await leaving(slots)
        assert await slots.enter()
        waiting = asyncio.ensure_future(leaving(slots))
        outside = asyncio.ensure_future(slots.enter())
        await asyncio.sleep(0)
        slots.arrive()
        stop_signal.request(SIGNAL)
        return await waiting, await outside, slots.concurrency.has_place

    assert run_virtually(leave_and_stop()) == (False, False, True)


# --- time


def test_a_machine_that_stalls_does_not_release_a_burst() -> None:
    """A departure that comes much too late takes a new place in the line."""
    stage = (
        Rehearsal(workers=32, rate=100.0, stalls=((1.0, 0.3), (2.0, 0.3))).of(updates(400)).stage
    )
    sent = stage.seconds_of("send")
    assert most_in_a_second(sent) <= 105


def most_in_a_second(moments: list[float]) -> int:
    return max(sum(1 for moment in moments if start <= moment < start + 1.0) for start in moments)
