"""Private copies are removed at the end, and those of dead processes by the next run."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bulk_update.sources.copying import (
    COPIES,
    folder_for_copies,
    new_private_file,
    remove_abandoned_copies,
)

PROGRAM = """
import pathlib, sys, time
from bulk_update.sources.copying import folder_for_copies, new_private_file
with folder_for_copies(pathlib.Path(sys.argv[1])) as folder:
    with new_private_file(folder / "input.csv") as file:
        file.write(b"secret")
    print(folder, flush=True)
    time.sleep(60)
"""


def names(state: Path) -> list[str]:
    return sorted(path.name for path in (state / COPIES).iterdir())


@pytest.mark.skipif(os.name != "posix", reason="Windows has other permissions")
def test_only_the_owner_can_read_a_copy(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with folder_for_copies(tmp_path) as folder, new_private_file(folder / "copy") as file:
            file.write(b"secret")
            paths = tmp_path / COPIES, folder, folder / "copy"
            modes = [stat.S_IMODE(path.stat().st_mode) for path in paths]
    finally:
        os.umask(before)
    assert modes == [0o700, 0o700, 0o600]


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_a_copy_is_removed_whatever_happens(
    tmp_path: Path, error: type[BaseException] | None
) -> None:
    try:
        with folder_for_copies(tmp_path) as folder:
            (folder / "copy").write_bytes(b"secret")
            if error:
                raise error
    except (ValueError, KeyboardInterrupt):
        pass
    assert names(tmp_path) == []


def test_the_copies_of_a_killed_process_are_removed_and_those_of_a_living_one_are_not(
    tmp_path: Path,
) -> None:
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        folder = Path(process.stdout.readline().strip())
        remove_abandoned_copies(tmp_path)
        assert (folder / "input.csv").read_bytes() == b"secret"
    finally:
        process.kill()
        process.communicate()
    assert folder.exists()
    remove_abandoned_copies(tmp_path)
    assert names(tmp_path) == []


def test_nothing_is_removed_if_there_was_never_a_copy(tmp_path: Path) -> None:
    remove_abandoned_copies(tmp_path)
    assert list(tmp_path.iterdir()) == []
