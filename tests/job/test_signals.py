"""Stop requests, by signals to this process and by other callers of a use case."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from command_line import SIGNALS, Desk, signals_restored, start
from scripted_server import Reaction, Received, ScriptedServer

from bulk_update.__main__ import main
from bulk_update.cli.exits import leave_stopped
from bulk_update.cli.main import cli
from bulk_update.cli.signals import listen, unhandled_signals_repeated
from bulk_update.events import (
    BugFound,
    Event,
    Notice,
    RowSettled,
    RowsRead,
    Stage,
    StageBegan,
    StageEnded,
)
from bulk_update.exits import RunEnd
from bulk_update.job.ports import Target
from bulk_update.job.report import Report
from bulk_update.job.request import Request, RunOptions
from bulk_update.job.run import run_file
from bulk_update.messages import sentence_of
from bulk_update.plan import Plan
from bulk_update.records import Issue
from bulk_update.settings import load_settings
from bulk_update.stop_request import Interrupted, StopCause, StopRequest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


@pytest.mark.parametrize(
    ("number", "exit_code"),
    [(signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGTERM, 143)],
    ids=["HUP", "INT", "TERM"],
)
def test_the_first_signal_lets_the_request_in_flight_settle(
    desk: Desk, server: ScriptedServer, number: signal.Signals, exit_code: int
) -> None:
    def interrupts(_request: Received, _count: int) -> Reaction:
        os.kill(os.getpid(), number)
        return Reaction(delay_seconds=0.05)

    server.script = interrupts
    ended = desk("run", desk.rows("1", "2"), "-m", desk.mapping(), "--yes", "--json")
    assert (ended.exit_code, ended.summary["reason"]) == (exit_code, "signal")
    assert desk.outcomes() == ["updated", "not_sent signal"]
    assert f"stopped by {number.name}" in desk.results()[1]["message"]


def test_the_second_signal_stops_at_once(desk: Desk, server: ScriptedServer) -> None:
    def interrupts_twice(_request: Received, _count: int) -> Reaction:
        os.kill(os.getpid(), signal.SIGINT)
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
        return Reaction(None)

    server.script = interrupts_twice
    ended = desk("run", desk.rows("1", "2"), "-m", desk.mapping(), "--yes", "--json")
    assert ended.exit_code == 130
    assert desk.outcomes() == ["in_doubt halted-interrupted", "not_sent signal"]


def test_a_row_waiting_for_its_next_attempt_is_halted(desk: Desk, server: ScriptedServer) -> None:
    def breaks_and_interrupts(_request: Received, _count: int) -> Reaction:
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()
        return Reaction(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\nRetry-After: 30\r\n\r\n")

    server.script = breaks_and_interrupts
    ended = desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes", "--json")
    assert ended.exit_code == 143
    assert desk.outcomes() == ["failed halted-signal"]


def test_signal_handlers_are_not_changed_outside_the_main_thread(desk: Desk) -> None:
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


def test_signals_after_the_end_of_the_program_do_not_change_its_exit_code() -> None:
    with (
        signals_restored(),
        mock.patch.object(sys, "argv", ["bulk-update", "--version"]),
    ):
        main()
        assert {signal.getsignal(number) for number in SIGNALS} == {signal.SIG_IGN}


def test_a_signal_that_came_just_before_a_wait_interrupts_it() -> None:
    """Python notes a signal of another thread, but the wait goes on, as after such a signal."""
    stop = StopRequest()
    with signals_restored(), closing(socket.socket()) as silent:
        listen(stop)
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silent.settimeout(30)
        threading.Timer(0.1, raise_in_this_thread).start()
        began = time.monotonic()
        with unhandled_signals_repeated(), pytest.raises(Interrupted), stop.interruptible():
            silent.accept()
        assert time.monotonic() - began < 10
    assert (stop.cause, stop.is_urgent) == (StopCause.SIGTERM, False)


def raise_in_this_thread() -> None:
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)


def test_handled_signals_are_not_repeated() -> None:
    stop = StopRequest()
    with signals_restored(), unhandled_signals_repeated():
        listen(stop)
        signal.raise_signal(signal.SIGTERM)
        time.sleep(1)
    assert not stop.is_urgent


def test_a_signal_at_the_end_of_one_program_does_not_reach_the_next() -> None:
    stop = StopRequest()
    with signals_restored():
        with unhandled_signals_repeated():
            listen(StopRequest())
            signal.raise_signal(signal.SIGTERM)
        with unhandled_signals_repeated():
            listen(stop)
            time.sleep(0.5)
    assert stop.cause is None


def test_signals_that_others_handle_are_not_repeated() -> None:
    seen: list[int] = []
    with signals_restored(), unhandled_signals_repeated():
        signal.signal(signal.SIGTERM, lambda number, _frame: seen.append(number))
        signal.raise_signal(signal.SIGTERM)
        time.sleep(0.5)
    assert seen == [signal.SIGTERM]


def test_a_second_signal_does_not_change_the_message_about_the_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stop = StopRequest()
    stop.request(StopCause.SIGHUP)
    with signals_restored(), pytest.raises(SystemExit) as left:
        leave_stopped_twice(stop)
    assert left.value.code == 129
    assert capsys.readouterr().err == "bulk-update: stopped by SIGHUP\n"


def leave_stopped_twice(stop: StopRequest) -> None:
    listen(stop)
    try:
        leave_stopped(stop)
    finally:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)


class Page:
    """An observer like a web page: without signals, it requests a stop at a given moment."""

    def __init__(self, stop: StopRequest, *, at: str) -> None:
        self._stop = stop
        self._at = at
        self.notices: list[str] = []

    def _pass(self, moment: str) -> None:
        if moment == self._at:
            self._stop.request(StopCause.SIGINT)

    def on_event(self, event: Event) -> None:
        match event:
            case Notice(issue):
                self.notices.append(sentence_of(issue))
            case BugFound(error):
                raise error
            case RowsRead():
                self._pass("reading")
            case StageEnded(Stage.READING):
                self._pass("read")
            case StageBegan(Stage.SENDING):
                self._pass("connecting")
            case RowSettled():
                self._pass("sending")
            case StageEnded(Stage.SENDING):
                self._pass("sent")

    def consents(self, _plan: Plan, _target: Target) -> bool:
        self._pass("consent")
        return True


def run_with_page(desk: Desk, *, at: str) -> tuple[Report, Page]:
    stop = StopRequest()
    with mock.patch.dict(os.environ, desk.environment):
        settings = load_settings({"state": desk.state, "workers": "1"})
    options = RunOptions(settings, out=desk.out, stop=stop)
    page = Page(stop, at=at)
    return run_file(Request(desk.rows("1", "2"), desk.mapping(), options), page), page


@pytest.mark.parametrize("moment", ["reading", "read"])
def test_a_stop_request_during_staging_leaves_nothing_in_the_ledger(
    desk: Desk, server: ScriptedServer, moment: str
) -> None:
    with pytest.raises(Interrupted):
        run_with_page(desk, at=moment)
    with closing(sqlite3.connect(desk.state / "ledger.sqlite3")) as ledger:
        assert ledger.execute("SELECT count(*) FROM run").fetchone() == (0,)
    assert server.requests == []
    assert not desk.out.exists()


@pytest.mark.parametrize(
    ("moment", "outcomes"),
    [
        ("consent", ["not_sent signal", "not_sent signal"]),
        ("connecting", ["not_sent signal", "not_sent signal"]),
        ("sending", ["updated", "not_sent signal"]),
        ("sent", ["updated", "updated"]),
    ],
)
def test_a_stop_request_after_staging_ends_the_run_and_writes_its_files(
    desk: Desk, server: ScriptedServer, moment: str, outcomes: list[str]
) -> None:
    report, page = run_with_page(desk, at=moment)
    assert report.end == RunEnd(130, (Issue("signal", {"signal": "SIGINT"}),))
    assert desk.outcomes() == outcomes
    assert server.identifiers == ["1", "2"][: outcomes.count("updated")]
    assert json.loads(desk.text("summary.json"))["exit_code"] == 130
    assert any("stopped by SIGINT" in notice for notice in page.notices) == (
        moment in {"connecting", "sending"}
    )
    report, page = run_with_page(desk, at="never")
    assert page.notices == [f"continuing unfinished run {report.summary.run_id}"]
    assert report.end.exit_code == 0
    assert server.identifiers == ["1", "2"]


@pytest.mark.parametrize(
    "words",
    [["runs"], ["runs", "--prune", "1d"], ["show", "RUN"], ["mapping", "schema"], ["--help"]],
    ids=" ".join,
)
def test_a_command_without_a_report_ends_with_the_signal_it_received(
    tmp_path: Path, words: list[str]
) -> None:
    desk = Desk(tmp_path)
    run_id = desk("check", desk.rows("1"), "-m", desk.mapping(), "--json").summary["run_id"]
    words = [run_id if word == "RUN" else word for word in words]
    if words[0] in {"runs", "show"}:
        words += ["--state", str(desk.state)]

    def interrupt(*given: Any, **named: Any) -> Any:
        signal.raise_signal(signal.SIGTERM)
        return run_commands(*given, **named)

    run_commands = cli.main
    with mock.patch.object(cli, "main", interrupt):
        done = start(*words)
    assert done.exit_code == 143
    assert done.stderr.splitlines()[-1] == "bulk-update: stopped by SIGTERM"
