"""`start`: how long until help, and until a small file's first request."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from answering import NO_CONTENT, answering
from measuring import Table, bulk_update, measured
from spreadsheets import write_csv, write_mapping

ROUNDS = 5


def bench_start(folder: Path) -> Table:
    """Time `--help` and a run of one row."""
    file, mapping = write_csv(folder / "crm.csv", 1), write_mapping(folder / "crm.yaml")
    helped = [
        measured([sys.executable, "-m", "bulk_update", "--help"]).seconds for _ in range(ROUNDS)
    ]
    with answering(lambda _: (0.05, NO_CONTENT)) as base_url:
        runs = [
            bulk_update(
                "run", str(file), "-m", str(mapping), "--yes", "--quiet", "--again",
                "--base-url", base_url, "--username", "bench", "--out", str(folder / "out"),
                state=folder / f"state-{number}",
            ).seconds
            for number in range(ROUNDS)
        ]  # fmt: skip
    table = Table(("what", "s (median)", "wanted"))
    table.add("--help", statistics.median(helped), "at most 0.15")
    table.add(
        "run of one row, from start to end", statistics.median(runs), "first request within 2"
    )
    return table
