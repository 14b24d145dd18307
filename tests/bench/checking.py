"""`check`, `only-changed`, `growth`: reading, planning and writing, without a network."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from measuring import Measured, Table, bulk_update, measured
from sending import nginx
from spreadsheets import write_csv, write_mapping, write_workbook

_READ_CSV = "import pandas, sys; pandas.read_csv(sys.argv[1], sep=';', dtype=str)"
_READ_WORKBOOK = """
import openpyxl, sys
for row in openpyxl.load_workbook(sys.argv[1], read_only=True).active.iter_rows(values_only=True):
    pass
"""
MEGABYTE = 1_000_000
GROWTH = (1_000, 10_000, 100_000, 1_000_000)
FEW_ROWS = 10_000
ROUNDS = 5
"""How often a short run is measured: its start alone takes longer than its rows."""


def bench_check(folder: Path) -> Table:
    """Check a million CSV rows and a hundred thousand workbook rows, beside the bare readers."""
    table = Table(("what", "s", "most memory of a process", "times the bare reader", "wanted"))
    mapping = write_mapping(folder / "crm.yaml")
    for name, file, bare, wanted in (
        ("100,000 CSV rows", write_csv(folder / "s.csv", 100_000), _READ_CSV, ""),
        ("1,000,000 CSV rows", write_csv(folder / "m.csv", 1_000_000), _READ_CSV, "at most 11"),
        (
            "100,000 workbook rows",
            write_workbook(folder / "h.xlsx", 100_000),
            _READ_WORKBOOK,
            "at most 0.6",
        ),
    ):
        alone = _median(measured([sys.executable, "-c", bare, str(file)]) for _ in range(3))
        ours = check(file, mapping, folder / name)
        table.add(name, ours.seconds, _megabytes(ours), ours.seconds / alone, wanted)
    return table


def _median(found: Iterable[Measured]) -> float:
    return statistics.median(each.seconds for each in found)


def _megabytes(found: Measured) -> str:
    return f"{found.peak_bytes / MEGABYTE:.0f} MB"


def check(file: Path, mapping: Path, folder: Path) -> Measured:
    """Check a file in a fresh ledger."""
    return bulk_update(
        "check", str(file), "-m", str(mapping), "--quiet", "--no-progress",
        "--out", str(folder / "out"), state=folder / "state",
    )  # fmt: skip


def send(
    file: Path, mapping: Path, base_url: str, folder: Path, *given: str, workers: int = 32
) -> Measured:
    """Run a file as fast as the server takes it."""
    return bulk_update(
        "run", str(file), "-m", str(mapping), "--yes", "--quiet", "--no-progress",
        "--base-url", base_url, "--username", "bench", "--rate", "unlimited",
        "--workers", str(workers), *given, "--out", str(folder / "out"), state=folder / "state",
    )  # fmt: skip


def bench_only_changed(folder: Path) -> Table:
    """Send a million rows, then run the same file again: nothing is to be sent."""
    file, mapping = write_csv(folder / "m.csv", 1_000_000), write_mapping(folder / "crm.yaml")
    checked = check(file, mapping, folder / "check").seconds
    with nginx(folder) as base_url:
        arguments = ("--only-changed", "--again")
        first = send(file, mapping, base_url, folder / "runs", *arguments).seconds
        second = send(file, mapping, base_url, folder / "runs", *arguments).seconds
    table = Table(("what", "s", "times check", "wanted"))
    table.add("check", checked, 1.0, "")
    table.add("first run, all sent", first, first / checked, "")
    table.add("second run, nothing sent", second, second / checked, "at most 1.2")
    return table


def bench_growth(folder: Path) -> Table:
    """Check and send more and more rows, and with more and more workers."""
    mapping = write_mapping(folder / "crm.yaml")
    files = {rows: write_csv(folder / f"{rows}.csv", rows) for rows in (1, *GROWTH)}
    table = Table(
        ("what", "s", "µs a row beyond the start", "times that of the first", "most memory")
    )

    def add(what: str, measure: Callable[[int, Path], Measured], amounts: Iterable[int]) -> None:
        """Measure each amount of rows, the small ones more often."""
        start = _median(measure(1, folder / f"{what}-1-{n}") for n in range(ROUNDS))
        first = 0.0
        for rows in amounts:
            rounds = ROUNDS if rows <= FEW_ROWS else 1
            found = [measure(rows, folder / f"{what}-{rows}-{n}") for n in range(rounds)]
            seconds = _median(found)
            per_row = (seconds - start) / rows * 1_000_000
            first = first or per_row
            table.add(
                f"{what}, {rows:,} rows", seconds, per_row, per_row / first, _megabytes(found[-1])
            )

    add("check", lambda rows, state: check(files[rows], mapping, state), GROWTH)
    with nginx(folder) as base_url:

        def run(rows: int, state: Path, *, workers: int = 32) -> Measured:
            return send(files[rows], mapping, base_url, state, workers=workers)

        add("run", run, GROWTH)
        for workers in (8, 128):
            add(f"run with {workers} workers", partial(run, workers=workers), GROWTH[2:3])
    return table
