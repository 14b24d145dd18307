"""The file of metrics on disk."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from bulk_update.metrics import Metrics, last_of, metrics_text, write_textfile
from bulk_update.metrics.textfile import Last

SUCCEEDED = Metrics("nightly", exit_code=0, ended_at=7.0, last_success_at=7.0)


def test_everybody_can_read_the_file_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "bulk-update.prom"
    before = os.umask(0o077)
    try:
        write_textfile(path, "x 1\n")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_the_file_is_replaced_and_no_other_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "bulk-update.prom"
    old = metrics_text(SUCCEEDED)
    write_textfile(path, old)
    with path.open(encoding="utf-8") as reader:
        write_textfile(path, "new\n")
        assert reader.read() == old
    assert path.read_bytes() == b"new\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_in_place_of_the_file_is_an_error_and_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    with pytest.raises(OSError, match="not a regular file"):
        write_textfile(tmp_path, "x 1\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content", [b"SQLite format 3\x00", b"ID;Miasto\n", b"# HELP node_x A metric.\n", b"\x00"]
)
def test_a_file_with_other_content_is_not_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger.sqlite3"
    path.write_bytes(content)
    with pytest.raises(OSError, match="other content"):
        write_textfile(path, metrics_text(SUCCEEDED))
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_an_empty_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "bulk-update.prom"
    path.touch()
    write_textfile(path, metrics_text(SUCCEEDED))
    assert last_of(path) == Last("nightly", 7.0)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes need POSIX")
def test_a_pipe_is_neither_read_nor_replaced(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    assert last_of(path) == Last()
    with pytest.raises(OSError, match="not a regular file"):
        write_textfile(path, "x 1\n")


@pytest.mark.parametrize("job", ["nightly", 'q"uote', "back\\slash", "line\nbreak", "", "Łódź"])
def test_the_file_says_when_its_job_last_succeeded(tmp_path: Path, job: str) -> None:
    path = tmp_path / "bulk-update.prom"
    write_textfile(path, metrics_text(Metrics(job, exit_code=1, ended_at=9, last_success_at=7.5)))
    assert last_of(path) == Last(job, 7.5)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 4096,
        b"\xff\xfe",
        b"not metrics",
        b'bulk_update_last_success_timestamp_seconds{job="x"} 1.2.3\n',
        b'bulk_update_last_success_timestamp_seconds{job="x"} NaN\n',
        b'bulk_update_last_success_timestamp_seconds{job="x',
        b'bulk_update_last_success_timestamp_seconds{job="' + b"\\" * 100_000,
        b'bulk_update_last_success_timestamp_seconds{job="x"} ' + b"9" * 400 + b"\n",
    ],
)
def test_a_damaged_file_is_read_as_one_without_a_success(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bulk-update.prom"
    path.write_bytes(content)
    assert last_of(path).success_at == 0.0


def test_any_part_of_a_file_can_be_read(tmp_path: Path) -> None:
    path, whole = tmp_path / "bulk-update.prom", metrics_text(SUCCEEDED).encode()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        assert last_of(path).success_at in {0.0, 7.0}


def test_a_missing_file_has_no_success(tmp_path: Path) -> None:
    assert last_of(tmp_path / "none.prom") == Last()
