"""`check`, `only-changed`, `growth`: reading, planning and writing, without a network."""

from __future__ import annotations

import sys
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


def bench_check(folder: Path) -> Table:
    """Check a million CSV rows and a hundred thousand workbook rows, beside the bare readers."""
    table = Table(("what", "s", "most memory of a process", "times the bare reader", "wanted"))
    mapping = write_mapping(folder / "crm.yaml")
    for name, file, bare, wanted in (
        ("1,000,000 CSV rows", write_csv(folder / "m.csv", 1_000_000), _READ_CSV, 12.0),
        ("100,000 workbook rows", write_workbook(folder / "h.xlsx", 100_000), _READ_WORKBOOK, 2.5),
    ):
        alone = measured([sys.executable, "-c", bare, str(file)]).seconds
        ours = check(file, mapping, folder / name)
        memory = f"{ours.peak_bytes / MEGABYTE:.0f} MB"
        table.add(name, ours.seconds, memory, ours.seconds / alone, f"at most {wanted}")
    return table


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
    table = Table(("what", "s", "µs a row beyond the start", "most memory of a process"))
    one = write_csv(folder / "1.csv", 1)
    start = min(check(one, mapping, folder / f"start-{n}").seconds for n in range(3))

    def add(what: str, rows: int, found: Measured) -> None:
        per_row = (found.seconds - start) / rows * 1_000_000
        table.add(what, found.seconds, per_row, f"{found.peak_bytes / MEGABYTE:.0f} MB")

    with nginx(folder) as base_url:
        for rows in (1_000, 10_000, 100_000, 1_000_000):
            file = write_csv(folder / f"{rows}.csv", rows)
            add(f"check {rows:,} rows", rows, check(file, mapping, folder / f"check-{rows}"))
        for rows in (1_000, 10_000, 100_000, 1_000_000):
            found = send(folder / f"{rows}.csv", mapping, base_url, folder / f"run-{rows}")
            add(f"run of {rows:,} rows", rows, found)
        for workers in (8, 32, 128):
            state = folder / f"workers-{workers}"
            found = send(folder / "100000.csv", mapping, base_url, state, workers=workers)
            add(f"run of 100,000 rows, {workers} workers", 100_000, found)
    return table
