"""Results appear whole and stay: a temporary name, a sync, a rename, and a sync of the folder."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
from command_line import Desk
from scripted_server import ScriptedServer

from bulk_update.results import OutputFolder, RunFile


class Watch:
    """Sees what this process does to the files of one folder, in order.

    Python's audit events tell of opening, renaming and removing; that of `fsync` there is none,
    and a profiler sees the call.
    """

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._folder: str | None = None
        sys.addaudithook(self._audit)  # it stays for good, and mostly looks away

    @contextmanager
    def over(self, folder: Path) -> Iterator[list[str]]:
        self.seen, self._folder = [], str(folder)
        profiler = sys.getprofile()
        sys.setprofile(self._profile)
        try:
            yield self.seen
        finally:
            sys.setprofile(profiler)
            self._folder = None

    def _audit(self, event: str, values: tuple[object, ...]) -> None:
        if self._folder is None or not str(values[0] if values else "").startswith(self._folder):
            return
        name = os.path.relpath(str(values[0]), self._folder)
        if event == "open":
            self.seen.append(f"open {name}")
        elif event == "os.rename":
            self.seen.append(f"rename {name} to {os.path.relpath(str(values[1]), self._folder)}")
        elif event == "os.remove":
            self.seen.append(f"remove {name}")

    def _profile(self, _frame: FrameType, event: str, function: object) -> None:
        if event == "c_call" and getattr(function, "__name__", "") == "fsync":
            self.seen.append("fsync")


WATCH = Watch()

FOLDER_SYNC = ["open .", "fsync"] if os.name == "posix" else []


def test_every_file_is_synced_before_it_gets_its_name_and_then_the_folder(tmp_path: Path) -> None:
    (tmp_path / "failed.csv").write_text("of an earlier run", encoding="utf-8")
    leftover = tmp_path / ".results.csv.earlier.tmp"
    leftover.write_text("left by a crash", encoding="utf-8")
    os.utime(leftover, (time.time() - 90_000,) * 2)
    with WATCH.over(tmp_path) as seen, OutputFolder(tmp_path, run_id="r1") as folder:
        for name in (RunFile.RESULTS, RunFile.SUMMARY):
            with folder.text(name) as file:
                file.write("text")
        folder.commit()
    assert seen == [
        "remove .results.csv.r1.tmp",
        "open .results.csv.r1.tmp",
        "fsync",
        "remove .summary.json.r1.tmp",
        "open .summary.json.r1.tmp",
        "fsync",
        "remove failed.csv",
        "remove failed.xlsx",
        "remove requests.jsonl",
        "remove report.html",
        "remove .results.csv.earlier.tmp",
        "rename .results.csv.r1.tmp to results.csv",
        "rename .summary.json.r1.tmp to summary.json",
        *FOLDER_SYNC,
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results.csv", "summary.json"]


def test_what_was_not_committed_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_text("of an earlier run", encoding="utf-8")
    with (
        pytest.raises(ZeroDivisionError),
        OutputFolder(tmp_path, run_id="r1") as folder,
        folder.text(RunFile.RESULTS) as file,
    ):
        file.write(str(1 / 0))
    assert [path.name for path in tmp_path.iterdir()] == ["results.csv"]
    assert (tmp_path / "results.csv").read_text(encoding="utf-8") == "of an earlier run"


def test_a_run_writes_its_files_once_and_its_summary_last(tmp_path: Path) -> None:
    with ScriptedServer() as server:
        desk = Desk(tmp_path, server.url)
        file, mapping = desk.rows("", "1"), desk.mapping()
        with WATCH.over(desk.out) as seen:
            desk("run", file, "-m", mapping, "--yes")
    renamed = [entry.partition(" to ")[2] for entry in seen if entry.startswith("rename")]
    assert renamed == ["results.csv", "failed.csv", "failed.xlsx", "report.html", "summary.json"]
    last_rename = max(index for index, entry in enumerate(seen) if entry.startswith("rename"))
    assert seen[last_rename + 1 :] == FOLDER_SYNC
