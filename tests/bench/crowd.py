"""`crowd`: 64 workers at a service that takes 8 requests at once, beside 8 workers."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from answering import NO_CONTENT, answering
from measuring import Table, bulk_update
from spreadsheets import write_csv, write_mapping

ROWS = 2000
SEATS = 8
LATENCY_SECONDS = (0.03, 0.07)


@dataclass
class Crowded:
    """Responds with 429 while every seat is taken."""

    retry_after: str
    responses: Counter[int] = field(default_factory=Counter)
    first: float = 0.0
    last: float = 0.0
    free_at: list[float] = field(default_factory=list)

    def __call__(self, now: float) -> tuple[float, bytes]:
        self.first = self.first or now
        self.free_at = [moment for moment in self.free_at if moment > now]
        if len(self.free_at) >= SEATS:
            self.responses[429] += 1
            return 0.0, f"HTTP/1.1 429 Too Many Requests\r\n{self.retry_after}".encode() + (
                b"Content-Length: 0\r\n\r\n"
            )
        self.responses[204] += 1
        seconds = random.uniform(*LATENCY_SECONDS)
        self.last = now + seconds
        self.free_at.append(self.last)
        return seconds, NO_CONTENT

    @property
    def rows_a_second(self) -> float:
        return self.responses[204] / (self.last - self.first)


def bench_crowd(folder: Path) -> Table:
    """Send the same rows with 8 and with 64 workers, with and without a `Retry-After`."""
    table = Table(
        ("the 429 says", "8 workers, rows/s", "64 workers", "ratio", "429s of all responses")
    )
    for retry_after in ("", "Retry-After: 1\r\n"):
        few, many = (_sent(folder, workers=workers, retry_after=retry_after) for workers in (8, 64))
        table.add(
            retry_after.strip() or "nothing",
            few.rows_a_second,
            many.rows_a_second,
            f"{many.rows_a_second / few.rows_a_second:.0%} (wanted: 80 %)",
            f"{many.responses[429] / many.responses.total():.1%} (at most 10 %)",
        )
    return table


def _sent(folder: Path, *, workers: int, retry_after: str) -> Crowded:
    file, mapping = write_csv(folder / "crm.csv", ROWS), write_mapping(folder / "crm.yaml")
    service = Crowded(retry_after)
    with answering(service) as base_url:
        bulk_update(
            "run", str(file), "-m", str(mapping), "--yes", "--quiet", "--no-progress", "--again",
            "--base-url", base_url, "--username", "bench", "--rate", "unlimited",
            "--workers", str(workers), "--out", str(folder / "out"),
            state=folder / f"state-{workers}-{bool(retry_after)}",
        )  # fmt: skip
    return service
