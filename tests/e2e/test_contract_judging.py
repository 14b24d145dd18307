"""The contract, pinned: what is said of a row is true when it is said, and one process sends."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from command_line import Desk, ended, killed_at_the_end
from scripted_server import Reaction, Received, Script, ScriptedServer, obliging, response

from bulk_update.events import BugFound, Event, RowSettled
from bulk_update.job.apply import apply_run
from bulk_update.job.inspect import prune_runs
from bulk_update.job.ports import Target
from bulk_update.job.request import Request, RunOptions
from bulk_update.job.retry import retry_run
from bulk_update.job.run import run_file
from bulk_update.plan import Plan
from bulk_update.settings import load_settings


def town_file(desk: Desk, town: str, *identifiers: str) -> Path:
    lines = [f"{identifier};3;{town}\n" for identifier in identifiers or ("1",)]
    return desk.file("ID;Status;Miasto\n" + "".join(lines), name=f"{town}.csv")


def run(desk: Desk, town: str, *more: object, mapping: Path | None = None) -> int:
    file = town_file(desk, town, "1", "2")
    ended = desk("run", file, "-m", mapping or desk.mapping(), "--yes", *more)
    return ended.exit_code


def towns(server: ScriptedServer) -> list[str]:
    """Return what was sent to the first record, in order."""
    bodies = (json.loads(each.body) for each in server.requests if each.identifier == "1")
    return [body["record_fields"]["miasto"] for body in bodies]


def loses_responses(_request: Received, _count: int) -> Reaction:
    """Take the change, and break the connection."""
    return Reaction(None, then="close")


def is_down(_request: Received, _count: int) -> Reaction:
    return Reaction(response(500))


def refuses(_request: Received, _count: int) -> Reaction:
    return Reaction(response(409))


@pytest.mark.parametrize("script", [loses_responses, is_down, refuses])
@pytest.mark.parametrize("more", [(), ("--only-changed",)], ids=["plain", "only-changed"])
def test_a_b_a_is_sent_three_times_however_b_ended(
    desk: Desk, server: ScriptedServer, script: Script, more: tuple[str, ...]
) -> None:
    assert run(desk, "A", *more) == 0
    server.script = script
    assert run(desk, "B", *more, "--retries", 0) in {1, 4}
    server.script = obliging
    assert run(desk, "A", *more) == 0
    assert desk.outcomes() == ["updated", "updated"]
    assert towns(server) == ["A", "B", "A"]


def test_a_b_a_is_sent_three_times_if_b_belongs_to_another_job(
    desk: Desk, server: ScriptedServer
) -> None:
    other = desk.mapping(name="other.yaml")
    other.write_text(other.read_text(encoding="utf-8").replace("nightly", "weekly"), "utf-8")
    assert run(desk, "A") == 0
    assert run(desk, "B", mapping=other) == 0
    assert run(desk, "A") == 0
    assert towns(server) == ["A", "B", "A"]


def test_a_b_a_is_sent_three_times_if_b_is_unfinished(desk: Desk, server: ScriptedServer) -> None:
    assert run(desk, "A") == 0
    assert run(desk, "B", "--limit", 1) == 0
    assert run(desk, "A") == 0
    assert towns(server) == ["A", "B", "A"]
    assert desk.outcomes() == ["updated", "updated"]


def test_a_row_that_b_did_not_reach_is_already_sent(desk: Desk, server: ScriptedServer) -> None:
    assert run(desk, "A") == 0
    server.script = lambda _request, _count: Reaction(response(401))
    assert run(desk, "B") == 4
    server.script = obliging
    assert run(desk, "A") == 0
    assert desk.outcomes() == ["updated", "unchanged already-sent"]


def test_writing_the_files_of_a_run_again_does_not_make_it_the_latest(
    desk: Desk, server: ScriptedServer
) -> None:
    file = town_file(desk, "A", "1", "2")
    first = desk("run", file, "-m", desk.mapping(), "--yes", "--json").summary["run_id"]
    assert run(desk, "B") == 0
    assert desk("apply", first).exit_code == 0
    assert desk.outcomes() == ["updated", "updated"]
    assert run(desk, "A") == 0
    assert towns(server) == ["A", "B", "A"]


def test_a_plan_is_judged_again_when_it_is_applied(desk: Desk, server: ScriptedServer) -> None:
    """Its second row holds by the time of `apply`, its first was overwritten."""
    mapping = desk.mapping(only_changed=True)

    def check(*rows: str) -> str:
        file = desk.file("ID;Status;Miasto\n" + "".join(rows))
        run_id: str = desk("check", file, "-m", mapping, "--json").summary["run_id"]
        return run_id

    def send(name: str, *rows: str) -> None:
        file = desk.file("ID;Status;Miasto\n" + "".join(rows), name=name)
        assert desk("run", file, "-m", mapping, "--yes").exit_code == 0

    send("first.csv", "1;3;A\n", "2;3;B\n", "3;3;C\n")
    plan = check("1;3;A\n", "2;3;A\n", "3;3;A\n")
    assert desk.outcomes() == ["unchanged same-as-last", "planned", "planned"]
    send("second.csv", "1;3;B\n", "2;3;A\n")
    assert desk("apply", plan).exit_code == 1
    assert desk.outcomes() == ["superseded superseded", "unchanged same-as-last", "updated"]
    assert sorted(server.identifiers) == ["1", "1", "2", "2", "3", "3"]
    assert server.identifiers[-1] == "3"


def test_guards_are_judged_on_the_plan_as_of_now(desk: Desk, server: ScriptedServer) -> None:
    """A row that the plan called unchanged has to be sent by now: one too many."""
    mapping = desk.mapping(only_changed=True, guards={"max_rows": 1})

    def check(town: str, *identifiers: str) -> str:
        file = town_file(desk, town, *identifiers)
        run_id: str = desk("check", file, "-m", mapping, "--json").summary["run_id"]
        return run_id

    assert desk("run", town_file(desk, "A"), "-m", mapping, "--yes").exit_code == 0
    earlier, later = check("B", "1"), check("A", "1", "3")
    assert desk.outcomes() == ["unchanged same-as-last", "planned"]
    assert desk("apply", earlier).exit_code == 0
    assert desk("apply", later).exit_code == 3
    assert desk.outcomes() == ["not_sent max-rows"] * 2
    assert desk("apply", later, "--guard", "max_rows=2").exit_code == 0
    assert desk.outcomes() == ["updated"] * 2
    assert towns(server) == ["A", "B", "A"]


def test_two_jobs_with_different_fields_of_one_record_send_nothing_on_the_second_night(
    desk: Desk, server: ScriptedServer
) -> None:
    file = desk.file("ID;Status;Miasto\n1;3;Gdynia\n2;4;Sopot\n")
    mappings = [
        desk.mapping(
            name="crm.yaml", only_changed=True, update={"status_id": {"column": "Status"}}
        ),
        desk.mapping(
            name="towns.yaml",
            only_changed=True,
            update={"record_fields": {"miasto": {"column": "Miasto"}}},
        ),
    ]
    for outcome in "updated", "unchanged":
        for mapping in mappings:
            assert desk("run", file, "-m", mapping, "--yes").exit_code == 0
            assert [line["outcome"] for line in desk.results()] == [outcome] * 2
    assert server.identifiers == ["1", "2", "1", "2"]


@pytest.mark.parametrize("start", ["run", "check"])
def test_again_is_remembered_when_a_run_is_continued(
    desk: Desk, server: ScriptedServer, start: str
) -> None:
    assert run(desk, "A") == 0
    file = town_file(desk, "A", "1", "2")
    given: list[object] = [file, "-m", desk.mapping(), "--again", "--json"]
    if start == "run":
        first = desk("run", *given, "--yes", "--limit", 1)
        assert desk("run", file, "-m", desk.mapping(), "--yes").exit_code == 0
    else:
        first = desk("check", *given)
        assert desk("apply", first.summary["run_id"]).exit_code == 0
    assert desk.outcomes() == ["updated", "updated"]
    assert server.identifiers == ["1", "2", "1", "2"]
    assert run(desk, "A") == 0
    assert desk.outcomes() == ["unchanged already-sent"] * 2


def test_a_second_retry_of_the_same_rows_says_that_they_were_sent(
    desk: Desk, server: ScriptedServer
) -> None:
    server.script = refuses
    file = town_file(desk, "A")
    first = desk("run", file, "-m", desk.mapping(), "--yes", "--json").summary["run_id"]
    server.script = obliging
    assert desk("retry", first, "--yes").exit_code == 0
    assert desk.outcomes() == ["updated"]
    assert desk("retry", first, "--yes").exit_code == 0
    assert desk.outcomes() == ["unchanged already-sent"]
    assert towns(server) == ["A", "A"]


# --- doubt


def test_a_retry_without_a_final_response_leaves_its_row_in_doubt(
    desk: Desk, server: ScriptedServer
) -> None:
    server.script = loses_responses
    file = town_file(desk, "A")
    given = ("--yes", "--json", "--retries", 0)
    run_id = desk("run", file, "-m", desk.mapping(), *given).summary["run_id"]
    assert desk.outcomes() == ["in_doubt disconnected"]
    for command in "retry", "apply", "retry":
        server.script = is_down
        run_id = desk(command, run_id, *given).summary["run_id"]
        assert desk.outcomes() == ["in_doubt disconnected"], command
    server.script = refuses
    assert desk("apply", run_id, "--json").exit_code == 1
    assert desk.outcomes() == ["rejected http-409"]


# --- the lock


@pytest.mark.parametrize("command", ["run", "apply", "retry"])
def test_every_sending_command_takes_the_lock(
    desk: Desk, server: ScriptedServer, command: str
) -> None:
    file = town_file(desk, "A")
    run_id = desk("check", file, "-m", desk.mapping(), "--json").summary["run_id"]
    given = [file, "-m", desk.mapping()] if command == "run" else [run_id]
    with desk.holding_the_lock():
        refused = desk(command, *given, "--yes")
    assert refused.exit_code == 5
    assert "another run is sending" in refused.stderr
    assert server.requests == []


def test_a_run_that_waited_reads_the_file_as_it_is_then(desk: Desk, server: ScriptedServer) -> None:
    file = town_file(desk, "A")
    given = [file, "-m", desk.mapping(), "--yes", "--wait", "60s", "--json"]
    with ExitStack() as lock:
        lock.enter_context(desk.holding_the_lock())
        with killed_at_the_end(desk.process("run", *given)) as process:
            desk.wait_for_ledger()
            file.write_text(file.read_text(encoding="utf-8").replace("A", "B"), encoding="utf-8")
            lock.close()
            done = ended(process)
    assert done.exit_code == 0, done.stderr
    assert towns(server) == ["B"]
    again = desk("run", file, "-m", desk.mapping(), "--yes")
    assert (again.exit_code, desk.outcomes()) == (0, ["unchanged already-sent"])


# --- deleting old runs


class Prompt:
    """An observer that does something while it is asked for consent or while rows are sent."""

    def __init__(self, *, asked: Callable[[], object], sent: Callable[[], object]) -> None:
        self._asked = asked
        self._sent = sent

    def on_event(self, event: Event) -> None:
        match event:
            case BugFound(error):
                raise error
            case RowSettled():
                self._sent()

    def consents(self, plan: Plan, target: Target) -> bool:
        assert plan.to_send
        assert target.host
        self._asked()
        return True


def settings_of(desk: Desk) -> Any:
    return load_settings(
        {
            "state": desk.state,
            "base_url": desk.base_url,
            "username": "robot",
            "rate": "unlimited",
        }
    )


@pytest.mark.parametrize("command", ["run", "continue", "apply", "retry"])
def test_a_plan_that_waits_at_a_prompt_or_is_being_sent_is_not_deleted(
    desk: Desk, server: ScriptedServer, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BULK_UPDATE_PASSWORD", "correct horse")
    options = RunOptions(settings_of(desk), out=desk.out)
    file, mapping = town_file(desk, "A", "1", "2"), desk.mapping()
    deleted: list[int] = []

    def prune() -> None:
        deleted.append(prune_runs(options, older_than_seconds=-3600).runs)

    prompt = Prompt(asked=prune, sent=prune)
    if command in {"run", "continue"}:
        if command == "continue":
            assert run(desk, "A", "--limit", 1) == 0
        report = run_file(Request(file, mapping, options), prompt)
    elif command == "apply":
        plan = desk("check", file, "-m", mapping, "--json").summary["run_id"]
        desk.change_ledger("UPDATE run SET planned_at_us = 1")
        report = apply_run(plan, options, prompt)
    else:
        server.script = refuses
        first = desk("run", file, "-m", mapping, "--yes", "--json").summary["run_id"]
        server.script = obliging
        report = retry_run(first, options, prompt)
    assert report.end.exit_code == 0
    assert sum(deleted) == (1 if command == "retry" else 0), "only what no run is working on"
    assert desk.outcomes() == ["updated", "updated"]


def test_retention_deletes_old_runs_when_a_run_of_the_job_ends(
    desk: Desk, server: ScriptedServer
) -> None:
    mapping = desk.mapping(retention="30d")
    run_ids = []
    for town in "ABC":
        file = town_file(desk, town, "1", "2")
        ended = desk("run", file, "-m", mapping, "--yes", "--json")
        run_ids.append(ended.summary["run_id"])
        desk.change_ledger("UPDATE run SET finished_at_us = finished_at_us - 16 * 86400000000")
    listed = desk("runs").stdout
    assert [run_id in listed for run_id in run_ids] == [False, True, True]
    assert run(desk, "C", "--only-changed", mapping=mapping) == 0
    assert desk.outcomes() == ["unchanged same-as-last"] * 2
    assert towns(server) == ["A", "B", "C"]
