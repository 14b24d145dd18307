"""A file is read only when its size and time have not changed for two seconds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bulk_update.errors import InputError
from bulk_update.sources import Found, source_of
from bulk_update.sources.at_rest import require_at_rest, seconds_to_watch

NOW_US = 1_800_000_000_000_000
HOUR = 3600.0


@pytest.mark.parametrize(
    ("age_seconds", "own_clock", "expected"),
    [
        (0.0, False, 2.0),
        (0.5, False, 1.5),
        (2.0, False, 0.0),
        (30.0, False, 0.0),
        (-300.0, False, 2.0),
        (0.0, True, 2.0),
        (30.0, True, 2.0),
        (HOUR - 1, True, 2.0),
        (HOUR, True, 0.0),
        (-HOUR, True, 2.0),
    ],
)
def test_a_file_is_watched_for_as_long_as_its_time_does_not_prove_that_it_is_quiet(
    age_seconds: float, *, own_clock: bool, expected: float
) -> None:
    assert seconds_to_watch(age_seconds, has_own_clock=own_clock) == expected


class Shelf:
    """A source whose file changes while somebody sleeps."""

    def __init__(self, *later: Found | None) -> None:
        self.slept: list[float] = []
        self._later = list(later)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def matching(self) -> list[Found]:
        raise NotImplementedError

    def seen_again(self, found: Found) -> Found | None:
        assert self.slept, "looked again before any time had passed"
        return self._later.pop(0) if self._later else found

    def has(self, name: str) -> bool:
        raise NotImplementedError(name)

    def fetch(self, found: Found, target: Path) -> None:
        raise NotImplementedError(found, target)

    def archive(self, found: Found, folder: str, *, run_id: str) -> str:
        raise NotImplementedError(found, folder, run_id)

    def close(self) -> None:
        raise NotImplementedError


def found(*, age: float = 0.0, size: int = 9, name: str = "crm.csv", version: str = "") -> Found:
    return Found(name, size, NOW_US - round(age * 1_000_000), version)


def watched(shelf: Shelf, file: Found) -> Found:
    return require_at_rest(shelf, file, now_us=lambda: NOW_US, sleep=shelf.sleep)


def test_a_new_file_that_stays_the_same_is_read_after_two_seconds() -> None:
    shelf = Shelf()
    assert watched(shelf, found()) == found()
    assert shelf.slept == [2.0]


@pytest.mark.parametrize("later", [None, found(size=10), found(age=-1.0)])
def test_a_file_that_grows_changes_or_disappears_is_still_being_written(
    later: Found | None,
) -> None:
    with pytest.raises(InputError, match=r"crm\.csv is still being written") as refused:
        watched(Shelf(later), found())
    assert (refused.value.reason, refused.value.exit_code) == ("still-written", 2)


def test_an_old_file_costs_no_time() -> None:
    shelf = Shelf()
    watched(shelf, found(age=60))
    assert shelf.slept == []


def test_a_remote_file_is_watched_even_if_its_clock_says_that_it_is_old() -> None:
    shelf = Shelf()
    watched(shelf, found(age=600, name="sftp://host/in/crm.csv"))
    assert shelf.slept == [2.0]


def test_a_version_is_whole_by_definition() -> None:
    shelf = Shelf()
    watched(shelf, found(name="s3://bucket/crm.csv", version="v1"))
    assert shelf.slept == []


def test_a_process_that_still_writes_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "crm.csv"
    program = (
        "import sys, time\n"
        "with open(sys.argv[1], 'a') as file:\n"
        "    while True:\n"
        "        file.write('1;2;3\\n'); file.flush(); time.sleep(0.05)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", program, str(path)])  # noqa: S603 - our own
    try:
        while not (path.exists() and path.stat().st_size):
            time.sleep(0.01)
        source = source_of(str(path))
        [file] = source.matching()
        with pytest.raises(InputError, match="still being written"):
            require_at_rest(
                source, file, now_us=lambda: time.time_ns() // 1000, sleep=lambda _: time.sleep(0.3)
            )
    finally:
        writer.kill()
        writer.wait()
    os.utime(path, (1_700_000_000, 1_700_000_000))
    [file] = source.matching()
    assert require_at_rest(source, file, now_us=lambda: NOW_US, sleep=time.sleep) == file
