"""The files whose tests take longest, dealt out so that every process begins with some of them.

A process whose last test takes a minute would let the others wait for it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

LONG = (
    "web/test_walk.py",
    "job/test_history_model.py",
    "e2e/test_signal_sweep.py",
    "e2e/test_way_back.py",
    "e2e/test_processes.py",
    "e2e/test_week.py",
    "samples/test_container.py",
    "crash/test_every_write.py",
    "runner/test_outages.py",
    "runner/test_runner.py",
    "web/test_pictures.py",
    "job/test_law.py",
    "ledger/conformance/test_store_retention.py",
)
"""Longest first."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that were selected in their order."""
    items[:] = dealt(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def dealt(tests: Sequence[pytest.Item], processes: int) -> list[pytest.Item]:
    """Return the tests in an order of which pytest-xdist hands each process an equal part."""
    long: dict[str, list[pytest.Item]] = {name: [] for name in LONG}
    others: list[pytest.Item] = []
    for test in tests:
        name = test.path.relative_to(TESTS).as_posix()
        long.get(name, others).append(test)
    files = list(filter(None, long.values()))
    ordered: list[pytest.Item] = []
    for process in range(processes):
        first = [test for file in files[process::processes] for test in file]
        part = (len(tests) - len(ordered)) // (processes - process)
        taken = max(0, part - len(first))
        ordered += first + others[:taken]
        del others[:taken]
    return ordered + others
