"""`--log-format` and `--metrics`, as a job without a terminal uses them."""

from __future__ import annotations

import json
import shlex
import signal
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from command_line import Desk, Ended, ended, killed_at_the_end
from prometheus_client.parser import text_string_to_metric_families
from scripted_campaign import ScriptedCampaign, Shown
from scripted_server import Reaction, Received, ScriptedServer, always, response

from bulk_update.events import Event, RowSettled, StillSending
from bulk_update.job.ports import Target
from bulk_update.job.request import Request, RunOptions
from bulk_update.job.run import run_file
from bulk_update.plan import Plan
from bulk_update.printable import printable
from bulk_update.settings import load_settings

COMMON = {"ts", "level", "event", "run_id", "job"}
HOSTILE = 'x\u202e"}\n{"event": "run.ended"}\u2028level=error'


def events(of: Ended) -> list[dict[str, Any]]:
    """Return the events of a command: every line of stderr is one."""
    found = [json.loads(line) for line in of.stderr.splitlines()]
    assert [line for line in found if not set(line) >= COMMON] == []
    return found


def names(of: Ended) -> list[str]:
    return [line["event"] for line in events(of)]


def run(desk: Desk, *more: object) -> Ended:
    return desk("run", desk.rows("1", "2"), "-m", desk.mapping(), "--log-format", "json", *more)


def metrics(path: Path) -> dict[str, float]:
    """Return the metrics, without those of outcomes."""
    return {
        sample.name.removeprefix("bulk_update_"): sample.value
        for family in text_string_to_metric_families(path.read_text(encoding="utf-8"))
        for sample in family.samples
        if "outcome" not in sample.labels
    }


def test_a_run_tells_its_story_in_events(desk: Desk) -> None:
    done = run(desk, "--yes")
    assert names(done) == [
        "run.started",
        "reading.started",
        "reading.ended",
        "plan",
        "consent",
        "sending.started",
        "sending.ended",
        "files",
        "run.ended",
    ]
    lines = events(done)
    assert {(line["run_id"], line["job"]) for line in lines} == {(desk.run_id(), "nightly")}
    assert lines[-1]["exit_code"] == done.exit_code == 0
    assert lines[-1]["outcomes"]["updated"] == 2
    assert "updated" in done.stdout


def test_reading_records_is_in_the_log_and_the_plan_after_it(
    desk: Desk, server: ScriptedServer
) -> None:
    server.script = ScriptedCampaign({"1": Shown(), "2": Shown()}).react
    done = run(desk, "--yes", "--verify")
    told = [name for name in names(done) if name != "notice"]
    assert told[2:] == [
        "reading.ended",
        "plan",
        "snapshot.started",
        "snapshot.ended",
        "plan",
        "consent",
        "sending.started",
        "sending.ended",
        "verifying.started",
        "verifying.ended",
        "files",
        "run.ended",
    ]


def test_a_text_log_has_the_same_events(desk: Desk) -> None:
    file, mapping = desk.rows("1", "2"), desk.mapping()
    done = desk("run", file, "-m", mapping, "--yes", "--log-format", "text")
    fields = [
        dict(word.split("=", 1) for word in shlex.split(line)) for line in done.stderr.splitlines()
    ]
    assert [line["event"] for line in fields][-2:] == ["files", "run.ended"]
    assert [line for line in fields if not set(line) >= COMMON] == []


def test_the_object_on_stdout_is_the_same_as_without_a_log(desk: Desk) -> None:
    done = run(desk, "--yes", "--json")
    assert done.summary["outcomes"]["updated"] == 2
    assert names(done)[-1] == "run.ended"


def test_without_yes_the_plan_is_refused_because_nothing_can_be_asked(
    desk: Desk, server: ScriptedServer
) -> None:
    done = run(desk)
    assert (done.exit_code, server.requests) == (2, [])
    assert names(done)[-4:] == ["plan", "stop", "files", "run.ended"]
    assert [line["code"] for line in events(done) if line["event"] == "stop"] == ["no-consent"]


def test_hostile_texts_are_neither_lines_nor_in_them(desk: Desk, server: ScriptedServer) -> None:
    server.script = always(Reaction(response(422, json.dumps({"message": HOSTILE}))))
    quoted = HOSTILE.replace('"', '""')
    file = desk.file(f'ID;"{quoted}"\n1;secret cell\n2;secret cell\n')
    update = {"record_fields": {"x": {"column": HOSTILE}}}
    mapping = desk.mapping(name="hostile.yaml", update=update)
    more = ("--yes", "--verbose", "--log-format")
    for log_format in ("json", "text"):
        done = desk("run", file, "-m", mapping, "--again", *more, log_format)
        assert done.exit_code == 1, done.stderr
        assert done.stderr.count("run.ended") == 1
        assert "secret" not in done.stderr
        assert "\u202e" not in done.stderr


def test_a_guard_and_its_end_are_events(desk: Desk) -> None:
    done = run(desk, "--yes", "--guard", "max_rows=1")
    assert done.exit_code == 3
    assert [line["code"] for line in events(done) if line["event"] == "guard"] == ["max-rows"]


def test_a_halt_and_its_end_are_events(desk: Desk, server: ScriptedServer) -> None:
    server.script = always(Reaction(response(401)))
    done = run(desk, "--yes")
    assert done.exit_code == 4
    assert [line["code"] for line in events(done) if line["event"] == "halt"] == ["halted-401"]


@pytest.mark.parametrize(
    ("words", "job"),
    [
        (["run", "none.csv", "-m", "mapping.yaml"], "nightly"),
        (["run", "crm.csv", "-m", "none.yaml"], None),
        (["check", "crm.csv", "-m", "mapping.yaml", "--guard", "nonsense"], None),
        (["apply", "20260101-000000-aaaa"], None),
    ],
)
def test_a_refusal_before_there_is_a_run_is_one_event_and_in_the_metrics(
    desk: Desk, words: list[str], job: str | None
) -> None:
    desk.rows("1")
    desk.mapping()
    with chdir(desk.folder):
        done = desk(*words, "--log-format", "json", "--metrics", "bulk-update.prom")
    (line,) = events(done)
    assert (line["event"], line["exit_code"], line["job"]) == ("run.ended", 2, job)
    assert line["message"]
    assert metrics(desk.folder / "bulk-update.prom")["exit_code"] == 2


def test_an_error_that_quotes_the_file_is_one_line(desk: Desk) -> None:
    quoted = HOSTILE.replace('"', '""')
    file = desk.file(f'"{quoted}";b\n1;2\n')
    for log_format in ("json", "text"):
        done = desk("run", file, "-m", desk.mapping(), "--yes", "--log-format", log_format)
        assert done.exit_code == 2
        assert len(done.stderr.splitlines()) == 1
        assert printable(done.stderr, keep="\n") == done.stderr


def test_every_command_that_plans_or_sends_writes_events_and_metrics(desk: Desk) -> None:
    path = desk.folder / "bulk-update.prom"
    more = ("--log-format", "json", "--metrics", path)
    file, mapping = desk.rows("1", "2"), desk.mapping()
    desk("run", file, "-m", mapping, "--yes", "--limit", "1")
    run_id = desk.run_id()
    for command in (
        ["check", file, "-m", mapping],
        ["apply", run_id],
        ["retry", run_id],
        ["undo", run_id],
        ["verify", run_id],
    ):
        path.unlink(missing_ok=True)
        done = desk(*command, *more)
        assert names(done)[-1] == "run.ended"
        assert metrics(path)["exit_code"] == done.exit_code == events(done)[-1]["exit_code"]


def test_the_metrics_keep_the_last_success_while_runs_fail(
    desk: Desk, server: ScriptedServer
) -> None:
    path = desk.folder / "bulk-update.prom"
    run(desk, "--yes", "--metrics", path)
    well = metrics(path)
    server.script = always(Reaction(response(401)))
    run(desk, "--yes", "--again", "--metrics", path)
    failed = metrics(path)
    assert (well["exit_code"], failed["exit_code"]) == (0, 4)
    assert well["last_success_timestamp_seconds"] == failed["last_success_timestamp_seconds"] > 0


def test_metrics_that_cannot_be_written_change_nothing_but_a_notice(desk: Desk) -> None:
    done = run(desk, "--yes", "--metrics", desk.folder / "none" / "bulk-update.prom")
    assert done.exit_code == 0
    assert [line["code"] for line in events(done) if line["event"] == "notice"] == [
        "metrics-not-written"
    ]
    assert names(done)[-1] == "run.ended"


def test_a_signal_ends_the_log_with_its_exit_code(desk: Desk, server: ScriptedServer) -> None:
    server.script = always(Reaction(delay_seconds=0.2))
    file = desk.rows(*map(str, range(100)))
    path = desk.folder / "bulk-update.prom"
    more = ("--yes", "--log-format", "json", "--metrics", path)
    with killed_at_the_end(desk.process("run", file, "-m", desk.mapping(), *more)) as process:
        server.wait_for(1)
        process.send_signal(signal.SIGTERM)
        done = ended(process)
    assert done.exit_code == 143
    assert names(done)[-3:] == ["stop", "files", "run.ended"]
    assert events(done)[-1]["reason"] == "signal"
    assert metrics(path)["exit_code"] == 143


@dataclass
class Listener:
    """An observer that approves, and keeps what it hears."""

    heard: list[Event] = field(default_factory=list)

    def on_event(self, event: Event) -> None:
        self.heard.append(event)

    def consents(self, plan: Plan, target: Target) -> bool:
        return (plan.to_send, target.user) == (1, "robot")


def test_sending_goes_on_is_said_while_nothing_is_answered(
    desk: Desk, server: ScriptedServer
) -> None:
    def late(_request: Received, _count: int) -> Reaction:
        return Reaction(delay_seconds=0.5)

    server.script = late
    settings = load_settings(
        {"base_url": desk.base_url, "username": "robot", "password": "x", "state": desk.state}
    )
    options = RunOptions(settings, out=desk.out, seconds_between_beats=0.05)
    listener = Listener()
    run_file(Request(desk.rows("1"), desk.mapping(), options), listener)
    before_the_answer = [
        event
        for event in listener.heard[: [type(each) for each in listener.heard].index(RowSettled)]
        if isinstance(event, StillSending)
    ]
    assert len(before_the_answer) > 3
    assert StillSending(1) in before_the_answer
