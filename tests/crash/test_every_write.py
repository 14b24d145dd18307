"""Killed at every single write of the ledger and every change of a file, in a real process."""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Desk
from kept_folder import Kept
from mortal import DIED, live_until
from scripted_server import NO_CONTENT, Reaction, Received, ScriptedServer, response

from bulk_update.ledger import Ledger, RunState

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork server")

IDENTIFIERS = [f"id{number}" for number in range(3, 10)]
REFUSED = "id5"
WORKERS = 2
ENDS = ["invalid no-identifier", "updated", "updated", "rejected http-409", *["updated"] * 4]
FILES = ["failed.csv", "failed.xlsx", "report.html", "results.csv", "summary.json"]

SHARDS = 4
"""The moments are dealt out, so that several processors can work on them."""


def script(request: Received, _count: int) -> Reaction:
    return Reaction(response(409) if request.identifier == REFUSED else NO_CONTENT)


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(script) as running:
        yield running


def run_of(desk: Desk) -> list[str]:
    file, mapping = desk.rows("", *IDENTIFIERS), desk.mapping()
    return ["run", str(file), "-m", str(mapping), "--yes", "--workers", str(WORKERS)]


def die(desk: Desk, moment: int, *arguments: str) -> bool:
    """Start a command that dies at a moment; return whether it reached that moment."""
    given = desk.arguments(*arguments)
    code = live_until(moment, given, folder=desk.folder, environment=desk.environment)
    assert code in {DIED, 1}
    return code == DIED


@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_run_killed_at_any_write_is_continued_and_loses_nothing(
    tmp_path: Path, server: ScriptedServer, shard: int
) -> None:
    wrong = []
    for moment in itertools.count(shard + 1, SHARDS):
        desk = Desk(tmp_path / str(moment), server.url)
        desk.folder.mkdir()
        server.forget()
        if not die(desk, moment, *run_of(desk)):
            break
        left = Kept(desk.folder)
        dead = before = len(server.identifiers)
        for command in ("run", "apply"):
            left.put_back()
            desk(*continuation(desk, command))
            received = server.identifiers
            found = complaints(desk, Counter(received[:dead] + received[before:]))
            wrong += [f"moment {moment}, continued by {command}: {what}" for what in found]
            before = len(received)
    assert wrong == []
    assert moment > 40


def continuation(desk: Desk, command: str) -> list[str]:
    """Return the same command again, or `apply` with the name of the run, if there is one yet."""
    with Ledger(desk.state) as ledger:
        runs = ledger.runs.all()
    return ["apply", runs[0].run_id] if command == "apply" and runs else run_of(desk)


def complaints(desk: Desk, counts: Counter[str]) -> Iterator[str]:
    if desk.outcomes() != ENDS:
        yield f"the rows ended as {desk.outcomes()}"
    if set(counts) != set(IDENTIFIERS):
        yield f"{sorted(counts)} were sent"
    twice = [identifier for identifier, count in counts.items() if count > 1]
    if len(twice) > WORKERS or max(counts.values()) > 2:
        yield f"{counts} is more than the {WORKERS} workers' rows sent twice"
    # What the killed process left under a temporary name is its own for hours.
    if [name for name in desk.names() if not name.endswith(".tmp")] != FILES:
        yield f"the results' folder holds {desk.names()}"
    with Ledger(desk.state) as ledger:
        states = [run.state for run in ledger.runs.all() if run.started_at_us]
    if states != [RunState.FINISHED]:
        yield f"the runs are {states}"
