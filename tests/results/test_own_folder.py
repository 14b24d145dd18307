"""Removing what a run wrote, and nothing else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bulk_update.results import RunFile, files_size, remove_own_folder

RUN = "20260301-021500-k3f9"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the files of a run, among them what a crash left."""
    folder = tmp_path / RUN
    folder.mkdir()
    for name in RunFile:
        (folder / name).write_text("12345")
    (folder / f"results-{RUN}.csv").write_text("aside")
    (folder / f".results.csv.{RUN}.tmp").write_text("half")
    (folder / RunFile.SUMMARY).write_text(json.dumps({"run_id": RUN}))
    return folder


def test_the_files_of_a_run_go_with_their_folder(folder: Path) -> None:
    remove_own_folder(folder, run_id=RUN)
    assert not folder.exists()
    assert folder.parent.exists()


def test_files_that_others_wrote_or_changed_stay(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    written = (folder / RunFile.SUMMARY).stat().st_mtime
    os.utime(folder / RunFile.FAILED, (written + 60, written + 60))
    remove_own_folder(folder, run_id=RUN)
    assert sorted(path.name for path in folder.iterdir()) == ["failed.csv", "notes.txt"]


def test_a_file_that_cannot_be_removed_does_not_keep_the_others(folder: Path) -> None:
    (folder / RunFile.RESULTS).unlink()
    (folder / RunFile.RESULTS).mkdir()  # in place of a file that is open on Windows
    os.utime(folder / RunFile.RESULTS, (0, 0))
    remove_own_folder(folder, run_id=RUN)
    assert [path.name for path in folder.iterdir()] == [RunFile.RESULTS]


def test_a_folder_with_another_name_or_the_files_of_another_run_stays(folder: Path) -> None:
    before = sorted(folder.iterdir())
    remove_own_folder(folder, run_id="20260301-021500-aaaa")
    assert sorted(folder.iterdir()) == before
    (folder / RunFile.SUMMARY).write_text(json.dumps({"run_id": "another"}))
    remove_own_folder(folder, run_id=RUN)
    assert sorted(folder.iterdir()) == [path for path in before if path.suffix != ".tmp"]


def test_a_link_and_a_missing_folder_are_left_alone(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    link = other / RUN
    link.symlink_to(folder)
    remove_own_folder(link, run_id=RUN)
    assert (folder / RunFile.RESULTS).exists()
    remove_own_folder(tmp_path / "nowhere" / RUN, run_id=RUN)


@pytest.mark.parametrize("summary", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000])
def test_without_a_summary_only_temporary_files_are_removed(folder: Path, summary: bytes) -> None:
    (folder / RunFile.SUMMARY).write_bytes(summary)
    remove_own_folder(folder, run_id=RUN)
    assert (folder / RunFile.RESULTS).exists()
    assert not list(folder.glob(".*"))


def test_the_size_is_that_of_the_files_of_this_run(folder: Path) -> None:
    summary = (folder / RunFile.SUMMARY).stat().st_size
    assert files_size(folder, run_id=RUN) == 5 * (len(RunFile) - 1) + summary
    assert files_size(folder, run_id="another") == 0
    assert files_size(folder / "missing", run_id=RUN) == 0
