"""Whole jobs with their ledger on PostgreSQL, and how they compare with those on SQLite."""

from __future__ import annotations

import csv
import io
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from command_line import Desk, Ended, killed_at_the_end, start
from postgres import ledger_url
from scripted_server import Reaction, Received, ScriptedServer, obliging, response

RUN_ID = re.compile(r"\b\d{8}-\d{6}-[0-9a-z]{4}\b")
VOLATILE = {"run_id", "sent_at", "finished_at", "elapsed_ms", "request_id"}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return ledger_url(tmp_path / "ledger")


@pytest.fixture
def shared(desk: Desk, url: str, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Return a desk whose commands keep their ledger on the server."""
    monkeypatch.setenv("BULK_UPDATE_LEDGER", url)
    return desk


def refusing(each: Received, _count: int) -> Reaction:
    """Refuse one record for good, and another one for the moment."""
    refused = {"2": 404, "3": 503}
    return (
        Reaction(response(refused[each.identifier])) if each.identifier in refused else Reaction()
    )


def week(desk: Desk, server: ScriptedServer) -> Iterator[list[dict[str, str]]]:
    """Do what people do in a week; yield the lines of results.csv after each command."""
    mapping = desk.mapping(only_changed=True)
    file = desk.file("ID;Status;Miasto\n1;3;Gdynia\n2;3;Hel\n3;4;Puck\n4;x;Reda\n1;3;Gdynia\n")

    def lines(ended: Ended) -> list[dict[str, str]]:
        assert "Traceback" not in ended.stderr
        text = RUN_ID.sub("RUN", desk.text("results.csv"))
        found = csv.DictReader(io.StringIO(text))
        return [{k: v for k, v in each.items() if k not in VOLATILE} for each in found]

    server.script = refusing
    yield lines(desk("check", file, "-m", mapping))
    yield lines(desk("apply", desk.run_id(), "--retries", 0))
    server.script = obliging
    yield lines(desk("retry", desk.run_id(), "--yes"))
    first = desk.run_id()
    file = desk.file("ID;Status;Miasto\n1;3;Gdynia\n2;5;Hel\n3;4;Puck\n")
    yield lines(desk("run", file, "-m", mapping, "--yes"))
    yield lines(desk("run", file, "-m", mapping, "--yes"))
    yield lines(desk("apply", first))


def test_a_week_ends_as_with_a_ledger_on_sqlite(
    desk: Desk, url: str, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = replace(desk, folder=desk.folder / "local")
    local.folder.mkdir()
    expected = list(week(local, server))
    monkeypatch.setenv("BULK_UPDATE_LEDGER", url)
    assert list(week(desk, server)) == expected
    assert not (desk.state / "ledger.sqlite3").exists()
    assert desk("runs").stdout.count(" crm.csv ") == local("runs").stdout.count(" crm.csv ")


def test_runs_are_shown_reported_and_undone(shared: Desk, server: ScriptedServer) -> None:
    server.script = obliging
    assert shared("run", shared.rows("1", "2"), "-m", shared.mapping(), "--yes").exit_code == 0
    run_id = shared.run_id()
    assert "2 updated" in shared("runs").stdout
    assert run_id in shared("show", run_id).stdout
    assert "outcome\n  updated" in shared("show", run_id, "--row", 2).stdout
    assert shared("report", run_id).exit_code == 0
    listed = shared("runs", "--json").summary["ledger"]
    assert listed["path"].startswith("postgresql://")
    assert listed["bytes"] > 0


def test_a_killed_run_is_continued_once_its_lease_has_ended(
    shared: Desk, url: str, server: ScriptedServer
) -> None:
    server.script = lambda each, _count: Reaction(None) if each.identifier == "2" else Reaction()
    words = ("run", shared.rows("1", "2", "3"), "-m", shared.mapping(), "--yes", "--workers", "1")
    with killed_at_the_end(shared.process(*map(str, words))) as process:
        server.wait_for(2)
        run_id = shared("runs").stdout.splitlines()[1].split()[0]
        assert "sending now" in shared("runs").stdout
        locked = shared("apply", run_id)
        assert locked.exit_code == 5
        assert f"process {process.pid} on" in locked.stderr
        process.kill()
        process.wait(timeout=20)
    server.script = obliging
    assert "its lease ends" in shared("apply", run_id).stderr
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE sender SET leased_until = clock_timestamp()")
    assert "interrupted" in shared("runs").stdout
    assert shared("apply", run_id).exit_code == 0
    assert shared.outcomes() == ["updated"] * 3


def test_the_next_commands_name_the_ledger(desk: Desk, url: str, server: ScriptedServer) -> None:
    server.script = obliging
    checked = desk("check", desk.rows("1"), "-m", desk.mapping(), "--ledger", url)
    command = checked.stdout[checked.stdout.index("bulk-update apply") :].replace("\\\n", "")
    assert url in shlex.split(command)
    assert desk("runs").exit_code == 0
    assert url.split("?", maxsplit=1)[0].split("@")[1] not in desk("runs").stdout


@pytest.mark.parametrize(
    ("url", "exit_code", "said"),
    [
        ("postgresql://ana:geheim@db/ledger", 2, "contains a password"),
        ("mysql://db/ledger", 2, "is not valid"),
        ("postgresql://127.0.0.1:9/ledger", 5, "cannot be reached"),
    ],
    ids=["password", "scheme", "unreachable"],
)
def test_a_ledger_that_cannot_be_used_is_refused_before_anything_is_sent(
    desk: Desk, server: ScriptedServer, url: str, exit_code: int, said: str
) -> None:
    ended = desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes", "--ledger", url)
    assert ended.exit_code == exit_code
    assert said in ended.stderr
    assert "geheim" not in ended.stderr + ended.stdout
    assert not server.requests


def test_doctor_examines_the_server(shared: Desk, url: str) -> None:
    def examined() -> str:
        return start("doctor", "--state", str(shared.state), environment=shared.environment).stdout

    before = examined()
    assert "none yet; the first run creates it" in before or "format 1, 0 runs" in before
    shared("check", shared.rows("1"), "-m", shared.mapping())
    assert "format 1, 1 run" in (said := examined())
    assert "on PostgreSQL " in said
    assert "nothing is sending" in said
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE ledger SET version = 99")
    assert "a newer version of bulk-update (format 99" in " ".join(examined().split())
