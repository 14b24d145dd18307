"""Nothing is sent while its window is closed, whatever the clocks and the service do."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rehearsals import LOST, OK, UNREACHABLE, Rehearsal, Result, in_turn, reply_with, updates

from bulk_update.exits import ExitCode
from bulk_update.plan import Guards
from bulk_update.records import Reply
from bulk_update.window import DailyHours, SendingWindow

FIRST_MINUTE = Guards(window=SendingWindow(DailyHours(0, 1), ZoneInfo("UTC")))


def ended_by_the_window(result: Result) -> bool:
    end = result.end
    return end is not None and (end.code, end.exit_code) == ("window", ExitCode.GUARD)


def test_requests_in_flight_are_settled_when_the_window_closes_and_the_rest_is_not_sent() -> None:
    result = Rehearsal(guards=FIRST_MINUTE, workers=4, latency=lambda _: 7.0).of(updates(300))
    assert ended_by_the_window(result)
    assert set(result.stage.ends().values()) == {"updated"}
    assert len(result.stage.outcomes) + len(result.untouched) == 300
    assert max(result.stage.seconds_of("send")) < 60 < result.seconds <= 67


def test_a_closed_window_lets_no_row_begin() -> None:
    result = Rehearsal(guards=FIRST_MINUTE, wall_clock=lambda at: at + 3600).of(updates(3))
    assert ended_by_the_window(result)
    assert (result.stage.outcomes, len(result.untouched)) == ({}, 3)


def test_a_window_that_closes_after_the_last_request_stops_nothing() -> None:
    result = Rehearsal(guards=FIRST_MINUTE, latency=lambda _: 90.0).of(updates(1))
    assert (result.end, result.stage.ends()) == (None, {2: "updated"})


@pytest.mark.parametrize("reply", [reply_with(503, retry_after=3000.0), reply_with(500), LOST])
def test_a_run_that_waits_ends_when_its_window_closes(reply: Reply) -> None:
    result = Rehearsal(
        script=lambda number, _: OK if number == 2 else reply,
        guards=FIRST_MINUTE, patience=86400.0, retries=900, random=0.99, workers=1,
    ).of(updates(40))  # fmt: skip
    assert ended_by_the_window(result)
    assert 60.0 <= result.seconds <= 60.2
    codes = {end.split()[-1] for end in result.stage.ends().values()}
    assert codes == {"updated", "halted-window"}


def test_a_machine_that_was_suspended_sends_nothing_when_it_wakes_up_too_late() -> None:
    """The timers of the loop do not count the time of a suspension."""
    result = Rehearsal(
        guards=FIRST_MINUTE, rate=5.0, wall_clock=lambda at: at if at < 10 else at + 3600
    ).of(updates(300))
    assert ended_by_the_window(result)
    assert max(result.stage.seconds_of("send")) < 10.0
    assert result.seconds < 11.0


def test_a_run_that_was_suspended_during_a_pause_ends_soon_after_waking_up() -> None:
    result = Rehearsal(
        script=in_turn(reply_with(503, retry_after=3600.0), OK),
        guards=FIRST_MINUTE, patience=86400.0, wall_clock=lambda at: at if at < 10 else at + 3600,
    ).of(updates(1))  # fmt: skip
    assert ended_by_the_window(result)
    assert result.seconds <= 31.0


def test_a_clock_that_was_set_back_lets_a_run_go_on_until_the_window_really_closes() -> None:
    result = Rehearsal(
        guards=FIRST_MINUTE, rate=1.0, wall_clock=lambda at: at if at < 30 else at - 30
    ).of(updates(300))
    assert ended_by_the_window(result)
    assert 87.0 < max(result.stage.seconds_of("send")) < 90.0


@st.composite
def clocks(draw: st.DrawFn) -> list[tuple[float, float]]:
    """Draw when, in the time of the loop, the wall clock jumps, and how far."""
    jumps = draw(st.lists(st.tuples(st.floats(0, 60), st.floats(-4000, 4000)), max_size=3))
    return [(0.0, draw(st.floats(0, 86400))), *sorted(jumps)]


MINUTES = st.integers(0, 1439)


@settings(max_examples=150, deadline=None)
@given(
    hours=st.tuples(MINUTES, MINUTES).filter(lambda two: two[0] != two[1]),
    clock=clocks(),
    near=st.none() | st.floats(-120, 5),
    zone=st.sampled_from(["UTC", "Europe/Warsaw"]).map(ZoneInfo),
    replies=st.lists(
        st.sampled_from([OK, OK, reply_with(503), reply_with(429, retry_after=40.0), LOST]),
        max_size=30,
    ),
    connects=st.lists(st.booleans(), max_size=20),
    night=st.sampled_from([datetime(2027, 3, 28, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)]),
)
def test_no_request_is_written_while_the_local_clock_is_outside_the_window(
    hours: tuple[int, int],
    clock: list[tuple[float, float]],
    near: float | None,
    zone: ZoneInfo,
    replies: list[Reply],
    connects: list[bool],
    night: datetime,
) -> None:
    window, begins = SendingWindow(DailyHours(*hours), zone), night.timestamp()
    if near is not None:  # the window opens or closes soon after the run begins
        change_us = window.changes_at_us(round((begins + clock[0][1]) * 1e6))
        clock = [(0.0, change_us / 1e6 - begins + near), *clock[1:]]

    def wall_clock(at: float) -> float:
        return begins + at + sum(jump for when, jump in clock if when <= at)

    stream, reached = iter(replies), iter(connects)
    result = Rehearsal(
        script=lambda _number, _attempt: next(stream, OK),
        guards=Guards(window=window),
        rate=2.0,
        patience=86400.0,
        connects=lambda _: None if next(reached, True) else UNREACHABLE,
        handshake=lambda: 0.3,
        wall_clock=wall_clock,
    ).of(updates(60))
    opens, closes = (f"{at // 60:02}:{at % 60:02}" for at in hours)
    for at in result.stage.seconds_of("send"):
        local = f"{datetime.fromtimestamp(wall_clock(at), UTC).astimezone(zone):%H:%M}"
        before, after = local < closes, local >= opens
        assert (before and after) if opens < closes else (before or after), local
    assert set(result.stage.attempts) <= set(result.stage.outcomes)
    assert result.end is None or ended_by_the_window(result) or result.end.exit_code == 4
    if result.end is None:
        assert result.untouched == []
