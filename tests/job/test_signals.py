"""Signals, sent to this very process while it sends."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Desk, start
from raw_server import Logged, RawServer, Reaction

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer() as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, server: RawServer) -> Desk:
    return Desk(tmp_path, server.url)


@pytest.mark.parametrize(
    ("number", "exit_code"),
    [(signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGTERM, 143)],
    ids=["HUP", "INT", "TERM"],
)
def test_the_first_signal_lets_the_request_in_flight_settle(
    desk: Desk, server: RawServer, number: signal.Signals, exit_code: int
) -> None:
    def interrupts(_request: Logged, _count: int) -> Reaction:
        os.kill(os.getpid(), number)
        return Reaction(delay_seconds=0.05)

    server.script = interrupts
    ended = desk("run", desk.rows("1", "2"), "-m", desk.mapping(), "--yes", "--json")
    assert (ended.exit_code, ended.summary["reason"]) == (exit_code, "signal")
    assert desk.outcomes() == ["updated", "not_sent signal"]
    assert f"stopped by {number.name}" in desk.results()[1]["message"]


def test_the_second_signal_stops_at_once(desk: Desk, server: RawServer) -> None:
    def interrupts_twice(_request: Logged, _count: int) -> Reaction:
        os.kill(os.getpid(), signal.SIGINT)
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
        return Reaction(None)

    server.script = interrupts_twice
    ended = desk("run", desk.rows("1", "2"), "-m", desk.mapping(), "--yes", "--json")
    assert ended.exit_code == 130
    assert desk.outcomes() == ["in_doubt halted-interrupted", "not_sent signal"]


def test_a_row_that_waits_for_its_next_attempt_is_halted(desk: Desk, server: RawServer) -> None:
    def breaks_and_interrupts(_request: Logged, _count: int) -> Reaction:
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()
        return Reaction(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\nRetry-After: 30\r\n\r\n")

    server.script = breaks_and_interrupts
    ended = desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes", "--json")
    assert ended.exit_code == 143
    assert desk.outcomes() == ["failed halted-signal"]


def test_outside_of_the_main_thread_signals_are_left_alone(desk: Desk) -> None:
    words = [*desk.arguments("run", desk.rows("1"), "-m", desk.mapping()), "--yes"]
    before = signal.getsignal(signal.SIGINT)
    seen: list[object] = []

    def run_in_a_thread() -> None:
        seen.append(start(*words, environment=desk.environment).exit_code)
        seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=run_in_a_thread)
    thread.start()
    thread.join()
    assert seen == [0, before]
