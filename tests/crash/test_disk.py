"""Disks that are full, broken or read-only: sending stops, and nothing untrue is claimed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from command_line import Desk, Ended
from scripted_server import Reaction, Received, ScriptedServer, obliging

if sys.platform == "win32":
    pytest.skip("Windows can neither limit files nor mount small disks", allow_module_level=True)

import resource

ROWS = [f"id{number}" for number in range(2, 62)]
BREAKS_AT = 20
"""The request at which the disk fails."""
WORKERS = 3
DISK_BYTES = 32_000_000


class SmallDisk:
    """A disk in memory that a test may fill up."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._filler = path / "filler"

    def fill(self) -> None:
        """Leave not a byte free."""
        with self._filler.open("wb", buffering=0) as file:
            for size in (1_000_000, 4096, 1):
                with suppress(OSError):
                    while file.write(bytes(size)):
                        pass

    def make_room(self) -> None:
        self._filler.unlink()

    def make_read_only(self) -> None:
        _call("mount", "-o", "remount,ro", self._path)


@contextmanager
def small_disk_at(path: Path) -> Iterator[SmallDisk]:
    """Mount a small disk where a folder would be."""
    path.mkdir()
    try:
        _call("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", path)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a small disk takes Linux and its administrator")
    try:
        yield SmallDisk(path)
    finally:
        _call("umount", path)


@pytest.fixture
def state_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk_at(tmp_path / "state") as disk:
        yield disk


@pytest.fixture
def out_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk_at(tmp_path / "out") as disk:
        yield disk


def _call(*arguments: str | Path) -> None:
    subprocess.run(arguments, check=True, capture_output=True)  # noqa: S603 - fixed words


@contextmanager
def server_that_breaks(what: Callable[[], None]) -> Iterator[ScriptedServer]:
    """Serve, and let something happen when a certain request has arrived."""

    def script(request: Received, _count: int) -> Reaction:
        if len(server.requests) == BREAKS_AT:
            what()
        return obliging(request, 1)

    with ScriptedServer(script) as server:
        yield server


def run_to_the_end(desk: Desk, *more: str, on_start: Callable[[int], object] = id) -> Ended:
    """Run in a process of its own; `on_start` receives its id."""
    arguments = ["-m", desk.mapping(), "--yes", "--json", "--workers", WORKERS, *more]
    with desk.process("run", desk.rows(*ROWS), *arguments) as process:
        on_start(process.pid)
        stdout, stderr = process.communicate(timeout=60)
        return Ended(process.returncode, stdout, stderr)


def assert_nothing_more_was_sent(server: ScriptedServer) -> None:
    """Requests that were on the way may still arrive, and those whose intent was on disk."""
    assert BREAKS_AT <= len(server.requests) <= BREAKS_AT + 2 * WORKERS


def assert_continued(desk: Desk, server: ScriptedServer, run_id: str) -> None:
    """Check that `apply` finishes what the disk broke off."""
    again = desk("apply", run_id)
    assert (again.exit_code, desk.outcomes()) == (0, ["updated"] * len(ROWS))
    assert desk.names() == ["report.html", "results.csv", "summary.json"]
    counts = Counter(server.identifiers)
    assert set(counts) == set(ROWS)
    assert sum(count - 1 for count in counts.values()) <= WORKERS


def test_a_disk_that_fills_up_stops_the_run_and_the_results_claim_no_more_than_is_on_it(
    tmp_path: Path, state_disk: SmallDisk
) -> None:
    with server_that_breaks(state_disk.fill) as server:
        desk = Desk(tmp_path, server.url)
        ended = run_to_the_end(desk)
        assert (ended.exit_code, ended.summary["reason"]) == (5, "ledger")
        assert "the disk is full" in ended.stderr + desk.text("results.csv")
        assert_nothing_more_was_sent(server)
        ends = {line["identifier"]: line["outcome"] for line in desk.results()}
        assert list(ends) == ROWS
        assert {ends[identifier] for identifier in server.identifiers} <= {"updated", "in_doubt"}
        assert {end for row, end in ends.items() if row not in server.identifiers} == {"not_sent"}
        assert sum(end == "in_doubt" for end in ends.values()) <= 2 * WORKERS
        state_disk.make_room()
        assert_continued(desk, server, ended.summary["run_id"])


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux can break a file so")
def test_a_disk_that_reports_errors_stops_the_run(tmp_path: Path) -> None:
    pids: list[int] = []

    def break_every_file() -> None:
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.prlimit(pids[0], resource.RLIMIT_FSIZE, (0, hard))

    with server_that_breaks(break_every_file) as server:
        desk = Desk(tmp_path, server.url)
        ended = run_to_the_end(desk, on_start=pids.append)
        assert ended.exit_code == 5
        assert "the disk reports an error" in ended.stderr
        assert set(ended.summary["files"].values()) == {None}
        assert desk.names() == []
        assert_nothing_more_was_sent(server)
        assert_continued(desk, server, ended.summary["run_id"])


def test_a_full_results_folder_loses_only_the_files(tmp_path: Path, out_disk: SmallDisk) -> None:
    with server_that_breaks(out_disk.fill) as server:
        desk = Desk(tmp_path, server.url)
        ended = run_to_the_end(desk)
        assert (ended.exit_code, ended.summary["reason"]) == (5, "results")
        assert set(ended.summary["files"].values()) == {None}
        assert ended.summary["outcomes"]["updated"] == len(ROWS)
        assert desk.names() == ["filler"]
        out_disk.make_room()
        assert_continued(desk, server, ended.summary["run_id"])
        assert sorted(server.identifiers) == sorted(ROWS)


def test_run_also_writes_the_files_that_an_earlier_run_could_not(
    tmp_path: Path, out_disk: SmallDisk
) -> None:
    with server_that_breaks(out_disk.fill) as server:
        desk = Desk(tmp_path, server.url)
        run_to_the_end(desk)
        out_disk.make_room()
        ended = run_to_the_end(desk)
        assert (ended.exit_code, desk.outcomes()) == (0, ["updated"] * len(ROWS))
        assert sorted(server.identifiers) == sorted(ROWS)


def run_that_sends_nothing(desk: Desk, server: ScriptedServer) -> Ended:
    """Run a file of one row, and check that the run ends before its request."""
    ended = desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes")
    assert (ended.exit_code, server.requests) == (5, [])
    return ended


def test_nothing_is_sent_when_the_ledger_cannot_be_written(
    desk: Desk, server: ScriptedServer, state_disk: SmallDisk
) -> None:
    state_disk.make_read_only()
    assert "cannot be used" in run_that_sends_nothing(desk, server).stderr


def test_nothing_is_sent_when_the_results_cannot_be_written(
    desk: Desk, server: ScriptedServer, out_disk: SmallDisk
) -> None:
    out_disk.make_read_only()
    assert "the results cannot be written" in run_that_sends_nothing(desk, server).stdout


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to the administrator")
@pytest.mark.parametrize("folder", ["state", "out"])
def test_nothing_is_sent_without_permission_to_write_to_a_folder(
    desk: Desk, server: ScriptedServer, folder: str
) -> None:
    (desk.folder / folder).mkdir(mode=0o500)
    run_that_sends_nothing(desk, server)


def test_nothing_is_sent_when_the_disk_has_no_room_for_the_run(
    desk: Desk, server: ScriptedServer, state_disk: SmallDisk
) -> None:
    state_disk.fill()
    run_that_sends_nothing(desk, server)
