"""A signal at every moment of a run: none is swallowed, and no row is lost, or sent twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from subprocess import Popen
from types import FrameType
from typing import Any

import pytest
from command_line import SIGNALS, Desk, Ended, ended, killed_at_the_end, start
from kept_folder import Kept
from scripted_server import Reaction, Received, ScriptedServer, obliging

import bulk_update
from bulk_update.job.inspect import list_runs
from bulk_update.job.request import RunOptions
from bulk_update.settings import load_settings

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")

PACKAGE = str(Path(bulk_update.__file__).parent)
IDENTIFIERS = ["1", "2", "3", "4", "5", "6"]
WORKERS = 2
MOMENTS = {"check": 40, "run": 80, "apply": 40, "retry": 40}
"""How many moments of each command are tried; each with one of the signals, in turn."""
STAGES = 3
MOMENTS_OF_A_STAGE = 8
"""The moments that are tried in the life of a real process."""


@dataclass(frozen=True)
class Scene:
    """A desk, a server, and a command that brings all rows to their end."""

    desk: Desk
    server: ScriptedServer
    arguments: list[object]

    def sent(self) -> list[str]:
        return self.server.identifiers

    def disturbance(self, number: signal.Signals) -> Disturbance:
        """Describe the scene at the moment of a signal."""
        return Disturbance(number, len(self.sent()), self.has_summary())

    def has_summary(self) -> bool:
        return (self.desk.out / "summary.json").exists()


@dataclass(frozen=True)
class Disturbance:
    """A signal: how many requests had arrived when it came, and whether the run had ended."""

    number: signal.Signals
    sent_before: int
    after_the_end: bool


def scene(folder: Path, server: ScriptedServer, command: str) -> Scene:
    """Prepare what a command needs: a plan for `apply`, refused rows for `retry`."""
    folder.mkdir()
    server.forget()
    desk = Desk(folder, server.url)
    how = ["--workers", WORKERS, "--json"]
    file, mapping = desk.rows(*IDENTIFIERS), desk.mapping()
    if command == "check":
        return Scene(desk, server, ["check", file, "-m", mapping, "--json"])
    if command == "run":
        return Scene(desk, server, ["run", file, "-m", mapping, "--yes", *how])
    if command == "apply":
        plan = desk("check", file, "-m", mapping, "--json").summary["run_id"]
        shutil.rmtree(desk.out)
        return Scene(desk, server, ["apply", plan, *how])
    server.script = lambda _request, _count: Reaction(
        b"HTTP/1.1 409 No\r\nContent-Length: 0\r\n\r\n"
    )
    refused = desk("run", file, "-m", mapping, "--yes", "--json").summary["run_id"]
    server.script = obliging
    server.forget()
    shutil.rmtree(desk.out)
    return Scene(desk, server, ["retry", refused, "--yes", *how])


def assert_heeded(scene: Scene, done: Ended, came: Disturbance) -> None:
    """Compare the exit code, the files, the ledger and the server; then let a run finish."""
    desk, command = scene.desk, scene.arguments[0]
    details = f"{came}, exit code {done.exit_code}: {done.stdout}{done.stderr}"
    was_stopped = done.exit_code == 128 + came.number
    assert was_stopped or (done.exit_code == 0 and came.after_the_end), details
    assert len(scene.sent()) <= came.sent_before + WORKERS, details
    assert "Traceback" not in done.stderr
    if done.stdout:
        assert done.summary["exit_code"] == done.exit_code, details
    runs = list_runs(RunOptions(load_settings({"state": desk.state})))
    staged = [view.run for view in runs if command in {view.run.command, "apply"}]
    started = [run for run in staged if command != "apply" or run.state != "planned"]
    if not started:
        assert scene.sent() == []
        assert not scene.has_summary()
    else:
        assert started[0].exit_code == done.exit_code, details
        assert json.loads(desk.text("summary.json"))["exit_code"] == done.exit_code, details
        assert_the_files_are_true(scene, is_complete=not was_stopped)
    if command in {"run", "apply"}:
        again = desk(*map(str, scene.arguments))
        assert again.exit_code == 0, again.stderr
        assert Counter(scene.sent()) == Counter(IDENTIFIERS)


def assert_the_files_are_true(scene: Scene, *, is_complete: bool) -> None:
    lines = scene.desk.results()
    assert [line["identifier"] for line in lines] == IDENTIFIERS
    sent = set(scene.sent())
    if scene.arguments[0] == "check":
        assert (scene.desk.outcomes(), sent) == (["planned"] * len(IDENTIFIERS), set())
        return
    assert not is_complete or sent == set(IDENTIFIERS)
    for line in lines:
        settled = ("updated", "") if line["identifier"] in sent else ("not_sent", "signal")
        assert (line["outcome"], line["code"]) == settled


@contextmanager
def traced(act: Callable[[], None]) -> Iterator[None]:
    """Call something before every line of our code that the main thread executes."""

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        if event == "line":
            act()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


def start_with_signal(
    scene: Scene, *, at_line: int, number: signal.Signals
) -> tuple[Ended, Disturbance | None, int]:
    """Run the command within this process; also return how many lines it took."""
    lines = 0
    is_listening = False
    came: Disturbance | None = None

    def count() -> None:
        nonlocal lines, is_listening, came
        is_listening = is_listening or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        if not is_listening:
            return  # the very first lines: a signal would end this process
        lines += 1
        if lines == at_line:
            sys.settrace(None)
            came = scene.disturbance(number)
            signal.raise_signal(number)

    words = scene.desk.arguments(*map(str, scene.arguments))
    with traced(count):
        done = start(*words, environment=scene.desk.environment)
    return done, came, lines


@pytest.mark.filterwarnings(
    # A file that is interrupted between `open` and `with` is closed by the garbage collector.
    "ignore::pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.parametrize("command", MOMENTS)
def test_a_signal_before_any_line_of_the_program_is_heeded(
    tmp_path: Path, server: ScriptedServer, command: str
) -> None:
    prepared = scene(tmp_path / "desk", server, command)
    beginning = Kept(prepared.desk.folder)
    done, _, lines = start_with_signal(prepared, at_line=0, number=signal.SIGINT)
    assert done.exit_code == 0, done.stderr
    for moment in range(MOMENTS[command]):
        beginning.put_back()
        server.forget()
        done, came, _ = start_with_signal(
            prepared,
            at_line=1 + lines * moment // MOMENTS[command],
            number=SIGNALS[moment % len(SIGNALS)],
        )
        if came:  # else this run took fewer lines than the first
            assert_heeded(prepared, done, came)


def slowly(_request: Received, _count: int) -> Reaction:
    return Reaction(delay_seconds=0.05)


@dataclass
class Life:
    """The stages of a process that runs a scene, and how long each of them took, in seconds."""

    scene: Scene
    process: Popen[str]

    def stages(self) -> Iterator[float]:
        """Yield the duration of each stage when it is over: start, planning, sending."""
        for wait in (self._until_ledger, self._until_request, self.process.wait):
            began = time.monotonic()
            wait()
            yield time.monotonic() - began

    def _until_ledger(self) -> None:
        self.scene.desk.wait_for_ledger(seconds=60)

    def _until_request(self) -> None:
        self.scene.server.wait_for(1, seconds=60)


def live(scene: Scene) -> Life:
    """Run the command as a process of its own."""
    command, *given = scene.arguments
    return Life(scene, scene.desk.process(str(command), *given))


def live_with_signal(
    scene: Scene, *, stage: int, seconds: float, number: signal.Signals
) -> tuple[Ended, Disturbance]:
    """Send a signal that many seconds into a stage; the exit code is the one of shells."""
    life = live(scene)
    with killed_at_the_end(life.process) as process:
        list(islice(life.stages(), stage))
        time.sleep(seconds)
        process.send_signal(number)
        came = scene.disturbance(number)
        done = ended(process)
    if done.exit_code < 0 or "init_import_site" in done.stderr:  # Python was still starting
        done = Ended(128 + number, "", "")
    return done, came


@pytest.mark.parametrize("stage", range(STAGES), ids=["start", "planning", "sending"])
def test_a_signal_at_any_moment_of_a_process_is_obeyed(
    tmp_path: Path, server: ScriptedServer, stage: int
) -> None:
    server.script = slowly
    undisturbed = live(scene(tmp_path / "undisturbed", server, "run"))
    with killed_at_the_end(undisturbed.process):
        durations = list(undisturbed.stages())
    assert len(durations) == STAGES
    for step in range(MOMENTS_OF_A_STAGE):
        disturbed = scene(tmp_path / str(step), server, "run")
        done, came = live_with_signal(
            disturbed,
            stage=stage,
            seconds=durations[stage] * step / MOMENTS_OF_A_STAGE,
            number=SIGNALS[(stage * MOMENTS_OF_A_STAGE + step) % len(SIGNALS)],
        )
        assert_heeded(disturbed, done, came)
