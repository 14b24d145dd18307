"""What `runs` and `show` say of a run while it is sending, and after its process was killed."""

from __future__ import annotations

from collections.abc import Iterator
from subprocess import Popen

import pytest
from command_line import Desk, killed_at_the_end
from scripted_server import Reaction, ScriptedServer, obliging


@pytest.fixture
def sending(desk: Desk, server: ScriptedServer) -> Iterator[Popen[str]]:
    """Start a run whose first row is updated, and whose second waits for its response."""
    server.script = lambda each, _count: Reaction(None) if each.identifier == "2" else Reaction()
    words = ("run", desk.rows("1", "2", "3"), "-m", desk.mapping(), "--yes", "--workers", "1")
    with killed_at_the_end(desk.process(*map(str, words))) as process:
        server.wait_for(2)
        yield process


def run_id_of(desk: Desk) -> str:
    return desk("runs").stdout.splitlines()[1].split()[0]


def test_rows_in_flight_of_a_run_that_is_sending_are_not_in_doubt(
    desk: Desk, sending: Popen[str]
) -> None:
    listed = desk("runs").stdout.splitlines()[1]
    assert "1 updated, 1 not_sent, 1 sending now  sending now" in listed
    run_id = run_id_of(desk)
    shown = desk("show", run_id).stdout
    assert f"{run_id} (run, sending now)" in shown
    assert f" UTC, by process {sending.pid} on " in shown
    assert "1     sending now\n" in shown
    assert "in_doubt" not in shown + listed
    row = desk("show", run_id, "--row", 3).stdout
    assert row.endswith("outcome\n  sending now\n")


def test_a_run_whose_process_was_killed_is_interrupted(
    desk: Desk, server: ScriptedServer, sending: Popen[str]
) -> None:
    run_id = run_id_of(desk)
    sending.kill()
    sending.wait(timeout=20)
    listed = desk("runs").stdout.splitlines()[1]
    assert "1 updated, 1 in_doubt, 1 not_sent  interrupted" in listed
    shown = desk("show", run_id).stdout
    assert f"{run_id} (run, interrupted)" in shown
    assert "UTC, until its process died" in shown
    assert "-> `run` or `apply` continues" in shown
    assert "in_doubt  halted-interrupted" in shown
    assert "exit code" not in shown
    assert "in_doubt (halted-interrupted)" in desk("show", run_id, "--row", 3).stdout

    server.script = obliging
    assert desk("apply", run_id).exit_code == 0
    assert desk.outcomes() == ["updated"] * 3
    shown = desk("show", run_id).stdout
    assert f"{run_id} (run, finished)" in shown
    assert "died" not in shown


def test_the_end_of_an_earlier_invocation_is_not_reported_for_one_that_was_killed(
    desk: Desk, server: ScriptedServer, sending: Popen[str]
) -> None:
    sending.kill()
    sending.wait(timeout=20)
    run_id = run_id_of(desk)
    server.script = obliging
    assert desk("apply", run_id, "--limit", 1).exit_code == 0
    assert "stopped    limit" in desk("show", run_id).stdout
    server.script = lambda _each, _count: Reaction(None)
    seen = len(server.identifiers)
    with killed_at_the_end(desk.process("apply", run_id)) as process:
        server.wait_for(seen + 1)
        assert "limit" not in desk("show", run_id).stdout
        process.kill()
        process.wait(timeout=20)
        shown = desk("show", run_id).stdout
    assert "(run, interrupted)" in shown
    assert "limit" not in shown
    assert "exit code" not in shown


def test_showing_a_run_does_not_keep_a_run_from_starting(desk: Desk) -> None:
    desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes")
    desk.change_ledger("UPDATE run SET state = 'sending'")
    assert "interrupted" in desk("runs").stdout
    with desk.holding_the_lock():
        assert "by process 4711 on vm, user jan" in desk("show", run_id_of(desk)).stdout
        assert "sending now" in desk("runs").stdout
