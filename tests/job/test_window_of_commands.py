"""Commands outside the window of their mapping, and while it closes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from command_line import Desk, Ended
from scripted_server import Reaction, ScriptedServer, response

from bulk_update.events import Event
from bulk_update.job.ports import Target
from bulk_update.job.request import Request, RunOptions
from bulk_update.job.run import run_file
from bulk_update.plan import Plan
from bulk_update.settings import load_settings

NIGHT: dict[str, Any] = {"guards": {"window": "20:00-06:00"}, "api_timezone": "Europe/Warsaw"}
SECOND_NS = 1_000_000_000


@dataclass
class WallClock:
    """The clock on the wall, which a test can set; it keeps running."""

    ahead_ns: int = 0

    def set(self, hours_and_minutes: str, *, zone: str = "Europe/Warsaw") -> None:
        hours, minutes = map(int, hours_and_minutes.split(":"))
        there = datetime.fromtimestamp(self._true_ns() / SECOND_NS, ZoneInfo(zone))
        wanted = there.replace(hour=hours, minute=minutes, second=0) + timedelta(days=2)
        self.ahead_ns = round((wanted.timestamp() - there.timestamp()) * SECOND_NS)

    def time_ns(self) -> int:
        return self._true_ns() + self.ahead_ns

    def _true_ns(self) -> int:
        return time.clock_gettime_ns(time.CLOCK_REALTIME)


@pytest.fixture
def clock() -> Iterator[WallClock]:
    wall_clock = WallClock()
    with mock.patch("time.time_ns", wall_clock.time_ns):
        yield wall_clock


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


def run(desk: Desk, *more: object) -> Ended:
    file = desk.rows("1", "2", "3")
    return desk("run", file, "-m", desk.mapping(**NIGHT), "--yes", "--json", *more)


def test_a_run_outside_its_window_sends_nothing_and_goes_on_within_it(
    desk: Desk, server: ScriptedServer, clock: WallClock
) -> None:
    clock.set("14:03")
    refused = run(desk)
    assert (refused.exit_code, refused.summary["reason"]) == (3, "window")
    assert desk.outcomes() == ["not_sent window"] * 3
    assert "from 20:00 to 06:00 (Europe/Warsaw), next on " in desk.results()[0]["message"]
    assert server.requests == []
    clock.set("20:00")
    ended = run(desk)
    assert (ended.exit_code, ended.summary["run_id"]) == (0, refused.summary["run_id"])
    assert sorted(server.identifiers) == ["1", "2", "3"]


def test_apply_goes_on_within_the_window_too(
    desk: Desk, server: ScriptedServer, clock: WallClock
) -> None:
    clock.set("06:00")
    assert run(desk).exit_code == 3
    assert desk("apply", desk.run_id(), "--yes").exit_code == 3
    assert server.requests == []
    clock.set("05:59")
    assert desk("apply", desk.run_id(), "--yes").exit_code == 0
    assert sorted(server.identifiers) == ["1", "2", "3"]


@pytest.mark.parametrize("command", ["retry", "undo"])
def test_retry_and_undo_keep_to_the_window(
    desk: Desk, server: ScriptedServer, clock: WallClock, command: str
) -> None:
    server.script = lambda _each, _count: Reaction(response(409))
    clock.set("23:00")
    assert run(desk, "--rate", "unlimited").exit_code == 1
    sent, first = len(server.requests), desk.run_id()
    clock.set("12:00")
    more = ["--trust-last-sent"] if command == "undo" else []
    ended = desk(command, first, "--yes", "--json", *more)
    if command == "retry":
        assert (ended.exit_code, ended.summary["reason"]) == (3, "window")
        assert desk.outcomes() == ["not_sent window"] * 3
    assert len(server.requests) == sent


@pytest.mark.parametrize(
    ("time_of_day", "said"), [("14:00", "rows are sent only from 20:00 to 06:00"), ("02:00", "")]
)
def test_check_plans_at_any_time_and_says_when_rows_can_be_sent(
    desk: Desk, clock: WallClock, time_of_day: str, said: str
) -> None:
    clock.set(time_of_day)
    ended = desk("check", desk.rows("1", "2"), "-m", desk.mapping(**NIGHT))
    assert ended.exit_code == 0
    assert desk.outcomes() == ["planned", "planned"]
    shown = " ".join(ended.stdout.split())
    assert said in shown
    assert bool(said) is ("rows are sent only" in shown)


def test_a_run_without_rows_to_send_ends_as_usual_outside_its_window(
    desk: Desk, clock: WallClock
) -> None:
    clock.set("23:00")
    assert run(desk).exit_code == 0
    clock.set("12:00")
    assert run(desk).exit_code == 0
    assert desk.outcomes() == ["unchanged already-sent"] * 3


def test_an_option_replaces_the_window_of_the_mapping(
    desk: Desk, server: ScriptedServer, clock: WallClock
) -> None:
    clock.set("14:03")
    assert run(desk, "--guard", "window=14:00-15:00").exit_code == 0
    assert len(server.requests) == 3


def test_a_window_that_closes_while_rows_are_sent_leaves_the_rest_for_the_next_run(
    desk: Desk, server: ScriptedServer, clock: WallClock
) -> None:
    def closing(_each: Any, _count: int) -> Reaction:
        if len(server.requests) == 2:
            clock.set("06:00")
            return Reaction(response(503))
        return Reaction(response(204))

    server.script = closing
    clock.set("05:59")
    ended = run(desk, "--workers", "1")
    assert (ended.exit_code, ended.summary["reason"]) == (3, "window")
    assert desk.outcomes() == ["updated", "failed halted-window", "not_sent window"]
    clock.set("20:00")
    server.script = lambda _each, _count: Reaction(response(204))
    assert run(desk).exit_code == 0
    assert sorted(server.identifiers) == ["1", "2", "2", "3"]


class Sleeper:
    """An operator who agrees, but only after the window has closed."""

    def __init__(self, clock: WallClock) -> None:
        self._clock = clock

    def on_event(self, event: Event) -> None:
        pass

    def consents(self, _plan: Plan, _target: Target) -> bool:
        self._clock.set("06:01")
        return True


def test_consent_that_comes_after_the_window_has_closed_sends_nothing(
    desk: Desk, server: ScriptedServer, clock: WallClock
) -> None:
    clock.set("05:50")
    with mock.patch.dict(os.environ, desk.environment):
        options = RunOptions(load_settings({"state": desk.state}), out=desk.out)
    report = run_file(Request(desk.rows("1"), desk.mapping(**NIGHT), options), Sleeper(clock))
    assert (report.end.exit_code, report.end.code) == (3, "window")
    assert desk.outcomes() == ["not_sent window"]
    assert server.requests == []


def test_a_guard_that_stops_the_plan_outranks_the_window(desk: Desk, clock: WallClock) -> None:
    clock.set("12:00")
    assert run(desk, "--guard", "max_rows=1").summary["reason"] == "max-rows"
