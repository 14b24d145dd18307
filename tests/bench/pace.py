"""`pace`: how much of a rate is used, and whether a second ever sees more of it."""

from __future__ import annotations

import random
from bisect import bisect_left
from pathlib import Path

from answering import NO_CONTENT, answering
from measuring import Table, bulk_update
from spreadsheets import write_csv, write_mapping

RATE = 200
ROWS = 4000
LATENCY_SECONDS = (0.03, 0.07)


def bench_pace(folder: Path) -> Table:
    """Send at a rate to a server that needs 30 to 70 ms, and look at the arrivals."""
    file, mapping = write_csv(folder / "crm.csv", ROWS), write_mapping(folder / "crm.yaml")
    arrivals: list[float] = []

    def answer(now: float) -> tuple[float, bytes]:
        arrivals.append(now)
        return random.uniform(*LATENCY_SECONDS), NO_CONTENT

    with answering(answer) as base_url:
        bulk_update(
            "run", str(file), "-m", str(mapping), "--yes", "--quiet", "--no-progress",
            "--base-url", base_url, "--username", "bench", "--rate", str(RATE),
            "--workers", "64", "--out", str(folder / "out"), state=folder / "state",
        )  # fmt: skip
    used = (len(arrivals) - 1) / (arrivals[-1] - arrivals[0]) / RATE
    busiest = max(bisect_left(arrivals, at + 1.0) - i for i, at in enumerate(arrivals))
    table = Table(("what", "share of the rate", "wanted"))
    table.add("rate used, over the whole run", f"{used:.1%}", "at least 97 %")
    table.add("busiest second at the server", f"{busiest / RATE:.1%}", "at most 105 %")
    return table
