"""The commands that the page starts: once each, whatever happens to the page."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import Desk, python
from web_runs import good_rows, wait_for

from bulk_update.errors import LedgerError
from bulk_update.job.inspect import show_progress, show_run
from bulk_update.job.request import RunOptions
from bulk_update.records import Status
from bulk_update.sandbox import RunningSandbox, running_sandbox
from bulk_update.settings import Settings
from bulk_update.web.liveness import CHILD, STOPPING, pid_in
from bulk_update.web.progress import Phase, Progress, progress_of
from bulk_update.web.sending import SENDING, Command, Commands, Errand, TurnTakenError, Verb

CALLERS = 8

DYING_PAGE = """
import os, signal, subprocess, sys
from pathlib import Path
from bulk_update.web.sending import SENDING, Commands, Errand, Verb

class Popen(subprocess.Popen):
    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        os.kill(os.getpid(), signal.SIGKILL)

subprocess.Popen = Popen
state, run_id = Path(sys.argv[1]), sys.argv[2]
Commands(state).start(Errand(Verb.APPLY, run_id, SENDING), turn=0, environment=os.environ)
print("survived", flush=True)
"""
"""A page that is killed as soon as it has started a process."""

PAGE = """
import json, os, sys
from pathlib import Path
from bulk_update.web.sending import SENDING, Commands, Errand, Verb

state, run_id = Path(sys.argv[1]), sys.argv[2]
Commands(state).start(Errand(Verb.APPLY, run_id, SENDING), turn=0, environment=os.environ)
print("started", flush=True)
sys.stdin.read()
"""
"""A page that starts a command and then waits for its end."""


class Office:
    """A plan in a ledger, and the environment of the commands that send it."""

    def __init__(self, desk: Desk, sandbox: RunningSandbox) -> None:
        self.desk, self.sandbox = desk, sandbox
        self.commands = Commands(desk.state)
        self.options = RunOptions(settings=Settings(state=desk.state))
        self.environment = {
            **os.environ,
            "BULK_UPDATE_BASE_URL": sandbox.url,
            "BULK_UPDATE_USERNAME": "sandbox",
            "BULK_UPDATE_PASSWORD": "sandbox",
        }

    def plan(self, rows: int, *, rate: float) -> str:
        """Plan so many rows; return the run's id."""
        text = "".join(f"{row}\n" for row in ("ID;Status;Miasto", *good_rows(rows)))
        mapping = self.desk.mapping(delivery={"rate": rate})
        ended = self.desk("check", self.desk.file(text), "-m", mapping, "--json")
        return str(ended.summary["run_id"])

    def start(self, run_id: str, *, turn: int) -> Command:
        """Start an `apply` for a run."""
        errand = Errand(Verb.APPLY, run_id, SENDING)
        return self.commands.start(errand, turn=turn, environment=self.environment)

    def found(self, run_id: str) -> Command:
        """Return the latest command, as a page that knows only the folder finds it."""
        found = Commands(self.desk.state).latest(run_id)
        assert found is not None
        return found

    def progress(self, run_id: str) -> Progress:
        command = self.found(run_id)
        is_running = command.is_running
        return progress_of(command, show_progress(run_id, self.options), is_running=is_running)

    def updated(self, run_id: str) -> int:
        return show_progress(run_id, self.options).counts[Status.UPDATED]

    def puts(self) -> list[str]:
        """Return the paths of the records that were sent to, in order."""
        return [each.raw_path for each in self.sandbox.received if each.method == "PUT"]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with running_sandbox() as sandbox:
        yield Office(Desk(tmp_path, sandbox.url), sandbox)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_command_outlives_the_page_and_is_found_by_the_next_one(office: Office) -> None:
    run_id = office.plan(8, rate=2)
    page = python("-c", PAGE, office.desk.state, run_id, environment=office.environment, stdin=-1)
    assert page.stdout is not None
    assert page.stdout.readline() == "started\n"
    wait_for(lambda: office.updated(run_id))
    page.kill()
    page.communicate()

    assert office.found(run_id).is_running
    assert office.progress(run_id).phase is Phase.SENDING
    with pytest.raises(TurnTakenError):
        office.start(run_id, turn=0)
    with pytest.raises(TurnTakenError):  # the one before it has not ended
        office.start(run_id, turn=1)
    wait_for(lambda: not office.found(run_id).is_running)
    assert (office.updated(run_id), len(office.puts())) == (8, 8)
    ended = office.progress(run_id)
    assert (ended.phase, ended.done, ended.percent) == (Phase.ENDED, 8, 100)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_command_whose_page_died_as_it_started_can_be_stopped(office: Office) -> None:
    run_id = office.plan(30, rate=2)
    page = python(
        "-c", DYING_PAGE, office.desk.state, run_id, environment=office.environment, stdin=-1
    )
    said, _ = page.communicate()
    assert (page.returncode, said) == (-signal.SIGKILL, "")

    wait_for(lambda: office.updated(run_id))
    found = office.found(run_id)
    assert found.is_running
    assert found.errand == Errand(Verb.APPLY, run_id, SENDING)
    assert found.shown.startswith(f"bulk-update apply {run_id} --yes")
    found.stop()
    wait_for(lambda: not office.found(run_id).is_running)
    stopped = office.progress(run_id)
    assert stopped.ended is not None
    assert (stopped.phase, stopped.ended["exit_code"]) == (Phase.ENDED, 143)
    assert show_progress(run_id, office.options).left_to_send > 0


@pytest.mark.skipif(sys.platform == "win32", reason="locks are not inherited")
def test_a_command_that_is_stopped_before_it_has_written_its_id_does_not_begin(
    tmp_path: Path,
) -> None:
    (tmp_path / STOPPING).touch()
    words = ["-m", CHILD, str(tmp_path / "alive"), "bulk_update", "--version"]
    child = python(*words, environment=dict(os.environ), stdin=-1)
    said, _ = child.communicate()
    assert (child.returncode, said) == (0, "")
    assert pid_in(tmp_path / "alive") == child.pid


def test_of_many_starts_at_once_one_starts_a_process(office: Office) -> None:
    run_id = office.plan(3, rate=50)

    def attempt(_caller: int) -> bool:
        try:
            office.start(run_id, turn=0)
        except TurnTakenError:
            return False
        return True

    with ThreadPoolExecutor(CALLERS) as callers:
        started = list(callers.map(attempt, range(CALLERS)))

    assert started.count(True) == 1
    wait_for(lambda: not office.found(run_id).is_running)
    assert not office.found(run_id).last_words()
    assert len(office.puts()) == len(set(office.puts())) == 3
    with pytest.raises(TurnTakenError):  # a reload of the form, after the end
        office.start(run_id, turn=0)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_command_is_interrupted_and_a_stopped_one_stopped_and_both_go_on(
    office: Office,
) -> None:
    run_id = office.plan(12, rate=3)
    first = office.start(run_id, turn=0)
    wait_for(lambda: office.updated(run_id))
    assert first.pid is not None
    os.kill(first.pid, signal.SIGKILL)
    wait_for(lambda: not office.found(run_id).is_running)
    assert office.progress(run_id).phase is Phase.DIED
    assert show_run(run_id, office.options).is_interrupted

    second = office.start(run_id, turn=1)
    known = office.updated(run_id)
    wait_for(lambda: office.updated(run_id) > known)
    second.stop()
    wait_for(lambda: not office.found(run_id).is_running)
    stopped = office.progress(run_id)
    assert stopped.ended is not None
    assert (stopped.phase, stopped.ended["exit_code"]) == (Phase.ENDED, 143)
    assert 0 < show_progress(run_id, office.options).left_to_send < 12

    office.start(run_id, turn=2)
    wait_for(lambda: not office.found(run_id).is_running)
    assert office.updated(run_id) == 12
    assert len(set(office.puts())) == 12
    assert len(office.puts()) <= 12 + 4  # at most `workers` rows are sent twice


def test_another_run_that_sends_is_a_status_and_not_an_error(office: Office) -> None:
    run_id = office.plan(2, rate=50)
    with office.desk.holding_the_lock():
        command = office.start(run_id, turn=0)
        wait_for(lambda: office.progress(run_id).phase is Phase.WAITING)
        waiting = office.progress(run_id)
    wait_for(lambda: not office.found(run_id).is_running)

    assert "jan" in waiting.waits[0]
    assert office.updated(run_id) == 2
    assert command.shown.startswith(f"bulk-update apply {run_id} --yes --snapshot --state ")


def test_what_is_kept_of_a_deleted_runs_commands_is_deleted_except_files_of_other_runs(
    office: Office,
) -> None:
    run_id = office.plan(1, rate=50)
    folder = office.start(run_id, turn=0).folder
    wait_for(lambda: not office.found(run_id).is_running)
    run = show_run(run_id, office.options).run
    undo = folder.with_name("1") / "results"
    undo.mkdir(parents=True)
    (undo / "results.csv").touch()

    office.commands.forget(run)
    kept = sorted(path.name for path in (office.desk.state / "commands").rglob("*"))
    assert kept == ["1", run_id, "results", "results.csv"]
    office.commands.forget(replace(run, run_id="undo", out=str(undo)))
    assert not list((office.desk.state / "commands").rglob("*"))


def test_a_folder_that_cannot_be_written_is_said_so(office: Office) -> None:
    office.desk.state.mkdir()
    (office.desk.state / "commands").write_text("in the way")
    with pytest.raises(LedgerError, match="commands"):
        office.start("run", turn=0)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_what_is_kept_of_commands_is_for_its_owner_alone(office: Office) -> None:
    run_id = office.plan(1, rate=2)
    before = os.umask(0)
    try:
        office.start(run_id, turn=0)
    finally:
        os.umask(before)
    wait_for(lambda: not office.found(run_id).is_running)
    commands = office.desk.state / "commands"
    kept = [commands, *commands.rglob("*")]
    assert {path.name for path in kept} >= {"command.json", "events.jsonl"}
    assert [path.name for path in kept if path.stat().st_mode & 0o077] == []
