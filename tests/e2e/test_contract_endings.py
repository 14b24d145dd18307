"""The contract, pinned: how a command ends, in its exit code, its reason and its JSON."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from command_line import Desk, Ended, start
from scripted_server import Reaction, ScriptedServer, response

from bulk_update.events import BugFound, Event, Notice, RowSettled
from bulk_update.job.ports import Target
from bulk_update.job.request import Request, RunOptions
from bulk_update.job.run import run_file
from bulk_update.plan import Plan
from bulk_update.settings import load_settings


def run(desk: Desk, *more: object) -> Ended:
    return desk("run", desk.rows("1", "2"), "-m", desk.mapping(), "--json", *more)


def test_all_is_well_is_0(desk: Desk) -> None:
    ended = run(desk, "--yes")
    assert (ended.exit_code, ended.summary["reason"]) == (0, None)


def test_an_identical_duplicate_is_well(desk: Desk) -> None:
    ended = desk("run", desk.rows("1", "1"), "-m", desk.mapping(), "--yes")
    assert (ended.exit_code, desk.outcomes()) == (0, ["updated", "duplicate identical"])


def test_a_filtered_row_is_well(desk: Desk) -> None:
    where = {"column": "ID", "not_in": ["1"]}
    ended = desk("run", desk.rows("1", "2"), "-m", desk.mapping(where=where), "--yes")
    assert (ended.exit_code, desk.outcomes()) == (0, ["filtered", "updated"])


@pytest.mark.parametrize(
    ("tolerate", "exit_code"),
    [
        ({"duplicate": "1%"}, 1),
        ({"invalid": 1}, 0),
        ({"invalid": 0}, 1),
        ({"invalid": "50%"}, 0),
        ({"invalid": "49%"}, 1),
        ({"rejected": "100%"}, 1),
    ],
)
def test_what_the_mapping_tolerates_does_not_make_1(
    desk: Desk, tolerate: dict[str, object], exit_code: int
) -> None:
    mapping = desk.mapping(tolerate=tolerate)
    ended = desk("run", desk.rows("1", ""), "-m", mapping, "--yes", "--json")
    assert ended.exit_code == ended.summary["exit_code"] == exit_code
    assert desk.outcomes() == ["updated", "invalid no-identifier"]


@contextmanager
def unusable(desk: Desk, what: str) -> Iterator[list[object]]:
    """Yield arguments of `run` that are wrong in one way."""
    file, mapping = desk.rows("1"), desk.mapping()
    arguments: dict[str, list[object]] = {
        "an unknown option": [file, "-m", mapping, "--nope"],
        "no mapping": [file],
        "a file that is not there": [desk.folder / "no.csv", "-m", mapping],
        "a folder": [desk.folder, "-m", mapping],
        "a mapping that is not there": [file, "-m", desk.folder / "no.yaml"],
        "a bad mapping": [file, "-m", desk.mapping(name="bad.yaml", campaing="00001")],
        "a column that is not there": [desk.file("Id2;b\n1;2\n", name="other.csv"), "-m", mapping],
        "a bad setting": [file, "-m", mapping, "--workers", "none"],
        "an unknown guard": [file, "-m", mapping, "--guard", "maxrows=1"],
        "a bad guard": [file, "-m", mapping, "--guard", "max_rows=some"],
        "half a guard": [file, "-m", mapping, "--guard", "max_rows"],
        "a bad duration": [file, "-m", mapping, "--wait", "soon"],
        "a long delimiter": [file, "-m", mapping, "--delimiter", "ab"],
        "a digit between results": [file, "-m", mapping, "--results-delimiter", "1"],
        "an encoding that does not fit": [
            desk.file("ID;Status;Miasto\n1;3;Łódź\n", name="old.csv", encoding="cp1250"),
            "-m",
            mapping,
        ],
    }  # fmt: skip
    yield arguments[what]


UNUSABLE = {
    "an unknown option": "usage",
    "no mapping": "usage",
    "a file that is not there": "input",
    "a folder": "input",
    "a mapping that is not there": "mapping",
    "a bad mapping": "mapping",
    "a column that is not there": "mapping",
    "a bad setting": "usage",
    "an unknown guard": "usage",
    "a bad guard": "usage",
    "half a guard": "usage",
    "a bad duration": "usage",
    "a long delimiter": "usage",
    "a digit between results": "usage",
    "an encoding that does not fit": "input",
}


@pytest.mark.parametrize(("what", "reason"), UNUSABLE.items())
def test_what_cannot_be_used_is_2_and_leaves_nothing_behind(
    desk: Desk, server: ScriptedServer, what: str, reason: str
) -> None:
    with unusable(desk, what) as arguments:
        ended = desk("run", *arguments, "--yes", "--json")
    assert ended.exit_code == 2
    assert "Traceback" not in ended.stderr
    assert ended.stderr.startswith("bulk-update: ")
    assert {**ended.summary, "input": None} == {**empty_summary(2, reason), "input": None}
    assert ended.summary["input"]["path"] in {None, str(arguments[0])}
    assert server.requests == []
    assert not desk.out.exists()
    assert staged(desk) == 0


def empty_summary(exit_code: int, reason: str) -> dict[str, Any]:
    outcomes = (
        "updated", "rejected", "failed", "in_doubt", "invalid", "duplicate", "unchanged",
        "superseded", "filtered", "not_sent", "planned",
    )  # fmt: skip
    return {
        "version": 1,
        "run_id": None,
        "exit_code": exit_code,
        "reason": reason,
        "input": {"path": None, "sha256": None, "rows": None},
        "campaign_ids": None,
        "outcomes": dict.fromkeys(outcomes),
        "verified": None,
        "attempts": None,
        "started_at": None,
        "finished_at": None,
        "files": dict.fromkeys(
            ("results", "failed", "failed_xlsx", "requests", "summary", "report")
        ),
        "notifications": None,
    }


def staged(desk: Desk) -> int:
    """Return how many runs the ledger has, whatever their state."""
    path = desk.state / "ledger.sqlite3"
    if not path.exists():
        return 0
    with sqlite3.connect(path) as ledger:
        (count,) = ledger.execute("SELECT count(*) FROM run").fetchone()
    ledger.close()
    return int(count)


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_file_without_rows_is_3(desk: Desk, command: str) -> None:
    ended = desk(command, desk.rows(), "-m", desk.mapping(), "--json")
    assert (ended.exit_code, ended.summary["reason"]) == (3, "no-rows")
    assert desk.results() == []


def test_a_file_without_rows_may_be_expected(desk: Desk) -> None:
    mapping = desk.mapping(guards={"expect_rows": 0})
    assert desk("run", desk.rows(), "-m", mapping, "--yes").exit_code == 0


def test_a_run_without_consent_exits_with_2_and_lists_its_rows(
    desk: Desk, server: ScriptedServer
) -> None:
    ended = run(desk)
    assert (ended.exit_code, ended.summary["reason"]) == (2, "no-consent")
    assert "--yes" in ended.stderr
    assert desk.outcomes() == ["not_sent no-consent"] * 2
    assert server.requests == []


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (response(401, '{"errors": [{"message": "Who are you?"}]}'), "halted-401"),
        (response(302, headers="Location: https://example.org/\r\n"), "halted-redirect"),
    ],
)
def test_a_service_that_refuses_every_request_is_4(
    desk: Desk, server: ScriptedServer, reply: bytes, code: str
) -> None:
    server.script = lambda _request, _count: Reaction(reply)
    ended = run(desk, "--yes")
    assert (ended.exit_code, ended.summary["reason"]) == (4, code)
    assert desk.outcomes() == [f"failed {code}", f"not_sent {code}"]
    assert server.identifiers == ["1"]
    server.script = lambda _request, _count: Reaction()
    assert run(desk).exit_code == 2, "a run that goes on asks as well"
    assert run(desk, "--yes").exit_code == 0
    assert desk.outcomes() == ["updated", "updated"]


def test_a_lock_held_by_another_is_5_and_names_it(desk: Desk) -> None:
    with desk.holding_the_lock():
        ended = run(desk, "--yes")
        assert run(desk, "--yes", "--wait", "0.01").exit_code == 5
        assert desk("check", desk.rows("1"), "-m", desk.mapping()).exit_code == 0
        assert desk("runs").exit_code == 0
    assert (ended.exit_code, ended.summary["reason"]) == (5, "locked")
    for expected in ("4711", "vm", "jan", "2026-01-02 03:04:05 UTC", "--wait"):
        assert expected in ended.stderr


def test_a_folder_that_takes_no_results_is_5_before_anything_is_sent(
    desk: Desk, server: ScriptedServer
) -> None:
    desk.out.write_text("a file where a folder should be")
    ended = run(desk, "--yes")
    summary = ended.summary
    assert (ended.exit_code, summary["reason"]) == (5, "results")
    assert summary["outcomes"]["not_sent"] == 2
    assert set(summary["files"].values()) == {None}
    assert server.requests == []
    desk.out.unlink()
    assert desk("apply", summary["run_id"]).exit_code == 0
    assert desk.outcomes() == ["updated", "updated"]


def test_results_that_cannot_be_written_after_sending_are_5_and_apply_writes_them(
    desk: Desk, server: ScriptedServer
) -> None:
    def takes_the_folder_away(_request: object, _count: int) -> Reaction:
        shutil.rmtree(desk.out, ignore_errors=True)
        desk.out.touch()
        return Reaction()

    server.script = takes_the_folder_away
    ended = run(desk, "--yes")
    summary = ended.summary
    assert (ended.exit_code, summary["reason"]) == (5, "results")
    assert summary["outcomes"]["updated"] == 2
    assert set(summary["files"].values()) == {None}
    desk.out.unlink()
    assert desk("apply", summary["run_id"]).exit_code == 0
    assert desk.outcomes() == ["updated", "updated"]
    assert server.identifiers == ["1", "2"]


def test_a_ledger_that_is_none_is_5(desk: Desk) -> None:
    desk.state.mkdir()
    (desk.state / "ledger.sqlite3").write_text("not a database at all, but long enough" * 99)
    assert run(desk, "--yes").exit_code == 5


def test_a_ledger_of_a_newer_version_is_5(desk: Desk) -> None:
    assert run(desk, "--yes").exit_code == 0
    desk.change_ledger("PRAGMA user_version = 99")
    ended = run(desk, "--yes")
    assert (ended.exit_code, ended.summary["reason"]) == (5, "ledger-newer")


def test_a_ledger_that_cannot_be_written_is_5(desk: Desk) -> None:
    (desk.state / "ledger.sqlite3").mkdir(parents=True)
    ended = run(desk, "--yes")
    assert (ended.exit_code, ended.summary["reason"]) == (5, "ledger")
    assert "--state" in ended.stderr


def test_a_retry_after_that_is_a_date_is_read_in_utc(desk: Desk, server: ScriptedServer) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    busy = response(503, headers=f"Retry-After: {soon}\r\n")
    server.script = lambda _each, count: Reaction(busy if count == 1 else response(204))
    ended = run(desk, "--yes", "--patience", 5)
    assert (ended.exit_code, ended.summary["reason"]) == (4, "halted-patience")
    assert len(server.requests) == 1


def test_a_service_out_of_reach_is_4_and_nothing_was_sent_however_small_the_file(
    tmp_path: Path,
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        desk = Desk(tmp_path, f"http://127.0.0.1:{closed.getsockname()[1]}")
        more = ["--yes", "--json", "--retries", 0, "--patience", 1]
        file, mapping = desk.rows(*"12345"), desk.mapping()
        ended = desk("run", file, "-m", mapping, *more)
        assert (ended.exit_code, ended.summary["attempts"]) == (4, 0)
        assert desk.outcomes() == ["not_sent halted-patience"] * 5


def test_a_run_without_any_response_is_4_even_if_its_rows_are_in_doubt(
    desk: Desk, server: ScriptedServer
) -> None:
    server.script = lambda _each, _count: Reaction(None, then="reset")
    ended = run(desk, "--yes", "--retries", "0")
    assert (ended.exit_code, ended.summary["reason"]) == (4, "halted-no-answer")
    assert desk.outcomes() == ["in_doubt disconnected"] * 2


def test_max_duration_ends_a_run_in_a_long_pause(desk: Desk, server: ScriptedServer) -> None:
    server.script = lambda _each, _count: Reaction(response(503, headers="Retry-After: 50\r\n"))
    started = time.monotonic()
    ended = run(desk, "--yes", "--guard", "max_duration=2s")
    assert (ended.exit_code, ended.summary["reason"]) == (3, "max-duration")
    assert desk.outcomes() == ["failed halted-max-duration", "not_sent max-duration"]
    assert time.monotonic() - started < 30


def test_an_outage_longer_than_patience_is_4_and_the_rest_is_not_sent(
    desk: Desk, server: ScriptedServer
) -> None:
    server.script = lambda _each, _count: Reaction(response(503, headers="Retry-After: 90\r\n"))
    ended = run(desk, "--yes", "--patience", "1")
    assert (ended.exit_code, ended.summary["reason"]) == (4, "halted-patience")
    assert desk.outcomes() == ["failed halted-patience", "not_sent halted-patience"]
    assert len(server.requests) == 1


class Clumsy:
    """An observer that is itself a bug."""

    def __init__(self) -> None:
        self.bugs: list[str] = []

    def on_event(self, event: Event) -> None:
        match event:
            case Notice(issue):
                raise AssertionError(issue)
            case BugFound(error):
                self.bugs.append(repr(error))
            case RowSettled(outcome):
                raise ZeroDivisionError(outcome.code)

    def consents(self, plan: Plan, target: Target) -> bool:
        return (plan.to_send, target.user) == (2, "robot")


def test_a_bug_while_sending_is_70_and_every_row_is_listed(desk: Desk) -> None:
    settings = load_settings(
        {"base_url": desk.base_url, "username": "robot", "password": "x", "state": desk.state}
    )
    options = RunOptions(settings, out=desk.out)
    observer = Clumsy()
    report = run_file(Request(desk.rows("1", "2"), desk.mapping(), options), observer)
    assert (report.end.exit_code, report.end.code) == (70, "bug")
    assert observer.bugs == ["ZeroDivisionError('')"]
    assert desk.outcomes() == ["updated", "in_doubt halted-interrupted"]  # its intent was on disk
    assert run(desk, "--yes").exit_code == 0
    assert desk.outcomes() == ["updated", "updated"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["chek"], "Did you mean 'check'?"),
        (["frobnicate"], "No such command 'frobnicate'."),
        (["check", "--jason", "x", "-m", "y"], "--json"),
        (["run", "x", "-m", "y", "--password", "z"], "--password"),
        ([], "Usage: bulk-update"),
        (["mapping"], "Usage: bulk-update mapping"),
    ],
)
def test_a_mistake_on_the_command_line_is_2_and_says_what_was_meant(
    arguments: list[str], expected: str
) -> None:
    ended = start(*arguments)
    assert ended.exit_code == 2
    assert expected in ended.stderr
    assert ended.stdout == ""
