"""Real processes: killed, interrupted, doubled, without readers, and without room."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from subprocess import Popen

import pytest
from command_line import SIGNALS, Desk, ended, killed_at_the_end, python, start
from scripted_server import Reaction, Received, ScriptedServer, obliging

from bulk_update.job.inspect import list_runs, show_row
from bulk_update.job.request import RunOptions
from bulk_update.settings import load_settings

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills as POSIX does")

WORKERS = 4
IDENTIFIERS = [str(number) for number in range(100, 160)]
SECONDS_TO_END = 60


def arguments(desk: Desk, *identifiers: str) -> list[object]:
    file = desk.rows(*(identifiers or IDENTIFIERS))
    return [file, "-m", desk.mapping(), "--yes", "--workers", WORKERS]


def slowly(_request: Received, _count: int) -> Reaction:
    return Reaction(delay_seconds=0.01)


def never(_request: Received, _count: int) -> Reaction:
    return Reaction(None)


def kill_at_some_moment(process: Popen[str], server: ScriptedServer, chance: random.Random) -> None:
    """Kill after some requests and some milliseconds: before, between and within them."""
    wait_for_more(server, chance.randint(0, 25), process)
    time.sleep(chance.random() * 0.03)
    process.kill()


def kill_on_arrival(process: Popen[str], server: ScriptedServer, chance: random.Random) -> None:
    """Kill in the moment in which a request arrives: what it left on disk is all there is."""
    last = len(server.requests) + chance.randint(1, 25)

    def kills(request: Received, count: int) -> Reaction:
        if len(server.requests) == last:
            process.kill()
        return slowly(request, count)

    server.script = kills
    process.wait(SECONDS_TO_END)


@pytest.mark.parametrize("kill", [kill_at_some_moment, kill_on_arrival])
def test_a_run_that_is_killed_loses_no_row_and_repeats_few(
    desk: Desk,
    server: ScriptedServer,
    kill: Callable[[Popen[str], ScriptedServer, random.Random], None],
) -> None:
    chance = random.Random(1)
    server.script = slowly
    given = arguments(desk)
    kills = 0
    for _ in range(3):
        with killed_at_the_end(desk.process("run", *given)) as process:
            kill(process, server, chance)
        kills += process.returncode == -signal.SIGKILL
        assert_nothing_is_claimed(desk, server)
    server.script = obliging
    last = desk("run", *given, "--json", "--again")
    assert last.exit_code == 0, last.stderr
    assert desk.outcomes() == ["updated"] * len(IDENTIFIERS)
    received = Counter(server.identifiers)
    assert set(received) == set(IDENTIFIERS)
    assert sum(received.values()) - len(IDENTIFIERS) <= WORKERS * kills


def wait_for_more(server: ScriptedServer, count: int, process: Popen[str]) -> None:
    """Wait until that many more requests have arrived, or the process has ended."""
    enough = len(server.requests) + count
    deadline = time.monotonic() + SECONDS_TO_END
    while len(server.requests) < enough and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)


def assert_nothing_is_claimed(desk: Desk, server: ScriptedServer) -> None:
    """Compare what the ledger says with what the server saw, as the kill left both."""
    options = RunOptions(load_settings({"state": desk.state}))
    if not (views := list_runs(options)):
        assert server.requests == []
        return
    seen = set(server.identifiers)
    for number, identifier in enumerate(IDENTIFIERS, start=2):
        result = show_row(views[0].run.run_id, number, options).detail.result
        if identifier in seen:
            assert result.outcome in {"updated", "in_doubt"}, result
        else:
            assert result.outcome in {"in_doubt", "not_sent", "planned"}, result


@pytest.mark.parametrize(
    ("number", "exit_code"),
    [(signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGTERM, 143)],
    ids=["HUP", "INT", "TERM"],
)
def test_a_signal_lets_requests_in_flight_settle(
    desk: Desk, server: ScriptedServer, number: int, exit_code: int
) -> None:
    server.script = lambda _request, count: Reaction(delay_seconds=0.3 if count else 0)
    with killed_at_the_end(desk.process("run", *arguments(desk), "--json")) as process:
        server.wait_for(3)
        process.send_signal(number)
        done = ended(process)
    assert done.exit_code == exit_code, done.stderr
    assert (done.summary["exit_code"], done.summary["reason"]) == (exit_code, "signal")
    sent = set(server.identifiers)
    assert {line["identifier"]: f"{line['outcome']} {line['code']}" for line in desk.results()} == {
        identifier: "updated " if identifier in sent else "not_sent signal"
        for identifier in IDENTIFIERS
    }
    server.script = obliging
    assert desk("apply", done.summary["run_id"]).exit_code == 0
    assert Counter(server.identifiers) == Counter(IDENTIFIERS)


def test_a_second_signal_stops_at_once_and_leaves_doubt(desk: Desk, server: ScriptedServer) -> None:
    server.script = never
    with killed_at_the_end(desk.process("run", *arguments(desk, "1", "2"), "--json")) as process:
        server.wait_for(1)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        done = ended(process)
    assert done.exit_code == 143, done.stderr
    assert desk.outcomes() == ["in_doubt halted-interrupted", "not_sent signal"]


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_while_it_waits_for_the_lock_ends_the_wait_at_once(
    desk: Desk, server: ScriptedServer, number: signal.Signals
) -> None:
    with desk.holding_the_lock():
        waits = [*arguments(desk, "1"), "--wait", "1m", "--json"]
        with killed_at_the_end(desk.process("run", *waits)) as process:
            desk.wait_for_ledger()
            time.sleep(0.2)
            process.send_signal(number)
            done = ended(process, seconds=10)
    assert (done.exit_code, done.summary["reason"]) == (128 + number, "signal")
    assert done.summary["input"]["path"] == str(desk.folder / "crm.csv")
    assert done.stderr == f"bulk-update: stopped by {number.name}\n"
    assert server.requests == []


IGNORING = """
import os, signal, sys
signal.signal(getattr(signal, sys.argv[1]), signal.SIG_IGN)
os.execv(sys.executable, [sys.executable, "-m", "bulk_update", *sys.argv[2:]])
"""
"""Starts the program as `nohup` does, or a shell script in the background."""


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_that_was_ignored_at_the_start_stays_ignored_and_others_act(
    desk: Desk, server: ScriptedServer, number: signal.Signals
) -> None:
    server.script = lambda _request, _count: Reaction(delay_seconds=0.2)
    another = next(each for each in SIGNALS if each != number)
    for sent, exit_code in ((number, 0), (another, 128 + another)):
        server.forget()
        words = desk.arguments("run", *arguments(desk, *"123456"), "--again", "--workers", 1)
        started = python("-c", IGNORING, number.name, *words, environment=desk.environment)
        with killed_at_the_end(started) as process:
            server.wait_for(1)
            process.send_signal(sent)
            done = ended(process)
        assert done.exit_code == exit_code, done.stderr


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_wakes_the_question_and_every_row_gets_its_line(
    desk: Desk, server: ScriptedServer, number: signal.Signals
) -> None:
    terminal, line = os.openpty()
    words = desk.arguments("run", desk.rows("1", "2"), "-m", desk.mapping())
    asking = python(
        *("-m", "bulk_update", *words), environment=desk.environment, stdin=line, output=line
    )
    os.close(line)
    with killed_at_the_end(asking) as process, os.fdopen(terminal, "rb", 0) as screen:
        shown = b""
        while b"[y/N]" not in shown:
            shown += screen.read(1000)
        time.sleep(0.1)
        process.send_signal(number)
        assert process.wait(10) == 128 + number
    assert desk.outcomes() == ["not_sent signal"] * 2
    assert json.loads(desk.text("summary.json"))["exit_code"] == 128 + number
    assert server.requests == []


def test_ctrl_c_while_a_workbook_is_read_ends_both_processes_at_once(desk: Desk) -> None:
    workbook = Path(__file__).parents[1] / "corpora" / "xlsx" / "rows_120k.xlsx"
    mapping = desk.mapping(identifier={"column": "A1"}, update={"status_id": {"value": 3}})
    words = desk.arguments("check", workbook, "-m", mapping, "--json")
    reading = python("-m", "bulk_update", *words, environment=desk.environment, new_session=True)
    with killed_at_the_end(reading) as process:
        wait_for_rows(desk)
        os.killpg(process.pid, signal.SIGINT)
        done = ended(process, seconds=10)
    assert (done.exit_code, done.summary["reason"]) == (130, "signal"), done.stderr
    assert "Traceback" not in done.stderr
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    assert list_runs(RunOptions(load_settings({"state": desk.state}))) == []


def wait_for_rows(desk: Desk, *, seconds: float = 30.0) -> None:
    """Wait until a process has begun to stage rows."""
    deadline = time.monotonic() + seconds
    desk.wait_for_ledger(seconds=seconds)
    with closing(sqlite3.connect(desk.state / "ledger.sqlite3")) as ledger:
        while True:
            with suppress(sqlite3.OperationalError):  # its tables are being made
                if ledger.execute("SELECT count(*) FROM row").fetchone()[0]:
                    return
            assert time.monotonic() < deadline
            time.sleep(0.005)


def test_a_run_survives_when_its_output_has_no_reader(desk: Desk) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = desk.process("run", *arguments(desk, "1", "2"), "--verbose", output=writer)
    os.close(writer)
    assert ended(process).exit_code == 0
    assert desk.outcomes() == ["updated", "updated"]


CLOSED = """
import os, sys
os.close(1)
os.close(2)
os.execv(sys.executable, [sys.executable, "-m", "bulk_update", *sys.argv[1:]])
"""


def test_a_run_survives_when_its_output_is_closed_from_the_start(desk: Desk) -> None:
    words = desk.arguments("run", *arguments(desk, "1"), "--verbose")
    process = python("-c", CLOSED, *words, environment=desk.environment)
    assert ended(process).exit_code == 0
    assert desk.outcomes() == ["updated"]


def test_a_second_run_is_refused_with_the_holder_of_the_lock_and_others_may_look(
    desk: Desk, server: ScriptedServer
) -> None:
    server.script = lambda _request, _count: Reaction(delay_seconds=0.6)
    with killed_at_the_end(desk.process("run", *arguments(desk, "1", "2"))) as process:
        server.wait_for(1)
        second = desk("run", desk.rows("9", name="other.csv"), "-m", desk.mapping(), "--yes")
        assert second.exit_code == 5
        assert f"process {process.pid} on " in second.stderr
        assert ", user " in second.stderr
        assert ", since 20" in second.stderr
        assert "sending" in desk("runs").stdout
        assert desk("check", desk.rows("7", name="c.csv"), "-m", desk.mapping()).exit_code == 0
        assert ended(process).exit_code == 0
    assert server.identifiers == ["1", "2"]


def test_a_run_may_wait_for_another(desk: Desk, server: ScriptedServer) -> None:
    server.script = lambda _request, _count: Reaction(delay_seconds=0.5)
    with killed_at_the_end(desk.process("run", *arguments(desk, "1"))) as process:
        server.wait_for(1)
        other = desk.rows("9", name="other.csv")
        second = desk("run", other, "-m", desk.mapping(), "--yes", "--wait", "1m")
        assert second.exit_code == 0
        assert ended(process).exit_code == 0
    assert server.identifiers == ["1", "9"]


FULL_DISK = """
import resource, signal, sys
from bulk_update.cli.main import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
main()
"""


def test_a_full_disk_stops_a_run_and_nothing_is_claimed(desk: Desk, server: ScriptedServer) -> None:
    many = [str(number) for number in range(1000, 1600)]
    words = [*desk.arguments("run", *arguments(desk, *many)), "--json"]
    done = ended(python("-c", FULL_DISK, *words, environment=desk.environment))
    assert done.exit_code == 5, done.stderr
    assert "Traceback" not in done.stderr
    seen = set(server.identifiers)
    assert seen
    assert seen < set(many)
    options = RunOptions(load_settings({"state": desk.state}))
    (view,) = list_runs(options)
    for number, identifier in enumerate(many, start=2):
        result = show_row(view.run.run_id, number, options).detail.result
        assert identifier not in seen or result.outcome in {"updated", "in_doubt"}, result
        assert identifier in seen or result.outcome in {"in_doubt", "not_sent"}, result
    assert desk("apply", view.run.run_id, "--yes").exit_code == 0
    assert desk.outcomes() == ["updated"] * len(many)
    assert len(server.identifiers) - len(many) <= WORKERS


def test_the_sandbox_command_serves_given_records_and_simulates_faults(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    faults = tmp_path / "faults.yaml"
    faults.write_text('faults:\n  - {answer: "500", identifiers: ["b"]}\n', encoding="utf-8")
    file, mapping = desk.rows("a", "b", ""), desk.mapping()
    given = ["--port", "0", "--faults", faults, "--seed", file, "--mapping", mapping]
    sandbox = python("-u", "-m", "bulk_update", "sandbox", *given)
    with killed_at_the_end(sandbox) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split("answers at ")[1].split()[0]
        announced = "".join(iter(process.stdout.readline, "Stop it with Ctrl-C.\n"))
        assert f"It holds 2 records of campaign 00001 from {file}.\n" in announced
        assert "Left out: 1 row without a valid identifier and campaign.\n" in announced
        user = {"BULK_UPDATE_USERNAME": "sandbox", "BULK_UPDATE_PASSWORD": "sandbox"}
        places = ["--state", desk.state, "--out", desk.out, "--yes", "--retries", "0"]
        words = ["run", file, "-m", mapping, "--base-url", url, "--rate", "unlimited", *places]
        assert start(*map(str, words), environment=user).exit_code == 1
        assert desk.outcomes() == ["updated", "failed http-500", "invalid no-identifier"]
        process.send_signal(signal.SIGINT)
        assert ended(process).exit_code == 130


def test_a_rate_is_kept(desk: Desk) -> None:
    started = time.monotonic()
    given = arguments(desk, *IDENTIFIERS[:11])
    assert desk("run", *given, "--rate", "40").exit_code == 0
    assert time.monotonic() - started >= 10 / 40
