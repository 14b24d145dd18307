from __future__ import annotations

import subprocess
import sys

import pytest
from fast_subset import FILES_OF_READERS, TESTS
from rooms import PURE


@pytest.fixture(scope="module")
def files() -> set[str]:
    """Return the files, relative to `tests`, whose tests `-m fast` runs."""
    command = ["-m", "pytest", "-n", "0", "-m", "fast", "--collect-only", "--assert=plain"]
    done = subprocess.run(  # noqa: S603 - this Python
        [sys.executable, *command], cwd=TESTS.parent, capture_output=True, text=True, check=True
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("tests/")]
    return {line.split(":")[0].removeprefix("tests/") for line in lines}


def test_every_pure_room_has_tests_in_the_fast_subset(files: set[str]) -> None:
    rooms = {file.split("/")[0].removeprefix("test_").removesuffix(".py") for file in files}
    assert PURE - rooms == set()


def test_the_fast_subset_has_the_tests_of_readers_that_start_no_process(files: set[str]) -> None:
    assert {file for file in files if file.startswith("readers/")} == {
        f"readers/{name}" for name in FILES_OF_READERS
    }
