"""The long tests are dealt out to the processes, and none is lost or listed in vain."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from long_tests import LONG, TESTS, dealt


@dataclass(frozen=True)
class Made:
    path: Path
    number: int


def made(*counts: tuple[str, int]) -> list[Any]:
    return [Made(TESTS / name, number) for name, count in counts for number in range(count)]


def test_every_file_in_the_list_exists() -> None:
    assert [name for name in LONG if not (TESTS / name).is_file()] == []


@pytest.mark.parametrize("processes", [1, 2, 3, 4])
def test_each_process_begins_with_long_tests_and_no_test_is_lost(processes: int) -> None:
    tests = made(("a.py", 61), *((name, 2) for name in LONG), ("z.py", 50))
    ordered = cast("list[Any]", dealt(tests, processes))
    assert sorted(ordered, key=tests.index) == tests
    begin = 0
    for process in range(processes):
        assert ordered[begin].path == TESTS / LONG[process]
        begin += (len(tests) - begin) // (processes - process)
    assert begin == len(tests)


def test_fewer_tests_than_processes_stay_in_order() -> None:
    tests = made(("a.py", 2))
    assert dealt(tests, 4) == tests
