"""A service that takes eight requests at once: `--workers` is a ceiling, not a demand.

How well the service is used, beside 8 workers, is judged where time is virtual (`tests/runner`):
between real processes that depends on the machine.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest
from command_line import Desk
from scripted_server import Reaction, Received, ScriptedServer, response

SEATS = 8
SECONDS = 0.02
ROWS = 400


class Crowded:
    """Responds with 429 while every seat is taken."""

    def __init__(self, *, retry_after: str) -> None:
        self.responses: Counter[int] = Counter()
        self.most_taken = 0
        self._refusal = response(429, headers=retry_after and f"Retry-After: {retry_after}\r\n")
        self._free_at: list[float] = []

    def __call__(self, _request: Received, _count: int) -> Reaction:
        now = time.monotonic()
        self._free_at = [moment for moment in self._free_at if moment > now]
        if len(self._free_at) >= SEATS:
            self.responses[429] += 1
            return Reaction(self._refusal)
        self._free_at.append(now + SECONDS)
        self.most_taken = max(self.most_taken, len(self._free_at))
        self.responses[204] += 1
        return Reaction(delay_seconds=SECONDS)

    @property
    def refused(self) -> float:
        """The share of responses that were 429."""
        return self.responses[429] / self.responses.total()


def crowded_by(folder: Path, *, workers: int, retry_after: str) -> Crowded:
    folder.mkdir()
    service = Crowded(retry_after=retry_after)
    with ScriptedServer(service) as server:
        desk = Desk(folder, server.url)
        file = desk.rows(*(f"id{number}" for number in range(ROWS)))
        ended = desk("run", file, "-m", desk.mapping(), "--yes", "--workers", workers)
        assert (ended.exit_code, desk.outcomes()) == (0, ["updated"] * ROWS)
    return service


@pytest.mark.parametrize("retry_after", ["", "0"])
def test_64_workers_hardly_ever_crowd_a_service_for_8(tmp_path: Path, retry_after: str) -> None:
    few = crowded_by(tmp_path / "few", workers=8, retry_after=retry_after)
    many = crowded_by(tmp_path / "many", workers=64, retry_after=retry_after)
    assert few.responses[429] == 0
    assert min(few.most_taken, many.most_taken) > SEATS / 2
    assert many.refused <= 0.1
