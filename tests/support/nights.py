"""Nights of made-up jobs: profiles of plans as they would be if nothing ever went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.random import Generator

from bulk_update.learned import FileCounts, Profile

_SATURDAY = 5
_LAST_DAYS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a job's nights are like, apart from noise.

    `weekend` and `month_end` multiply the number of rows. Shares are those of an ordinary night;
    at the end of a month, `late_invalid` times as many rows are invalid.
    """

    rows: int
    growth: float = 1.01
    weekend: float = 1.0
    month_end: float = 1.0
    noise: float = 0.03
    invalid: float = 0.01
    late_invalid: float = 3.0
    changed: float = 1.0
    changed_at_weekend: float = 1.0
    statuses: tuple[float, ...] = (0.55, 0.3, 0.1, 0.05)
    clears: float = 0.005
    blanks: dict[str, float] = field(
        default_factory=lambda: {"ID": 0.0, "Miasto": 0.03, "Opiekun": 0.4, "Uwagi": 0.97}
    )


def nights(job: Job, *, first: date, count: int, seed: int) -> Iterator[Profile]:
    """Yield the profile of each night."""
    random = np.random.default_rng(seed)
    for night in range(count):
        yield _night(job, first + timedelta(days=night), job.rows * job.growth**night, random)


def is_weekend(day: date) -> bool:
    return day.weekday() >= _SATURDAY


def _is_month_end(day: date) -> bool:
    return (day + timedelta(days=_LAST_DAYS)).month != day.month


def _night(job: Job, day: date, mean: float, random: Generator) -> Profile:
    mean *= job.weekend if is_weekend(day) else 1.0
    mean *= job.month_end if _is_month_end(day) else 1.0
    rows = max(1, round(mean * random.normal(1, job.noise)))

    def some(of: int, share: float) -> int:
        """Return a share of rows, which is a little different each night."""
        if share > 1 / 2:
            return of - some(of, 1 - share)
        return int(random.binomial(of, max(0.0, share * random.normal(1, 0.06))))

    invalid = some(rows, job.invalid * (job.late_invalid if _is_month_end(day) else 1.0))
    changes = rows - invalid
    changed = job.changed_at_weekend if is_weekend(day) else job.changed
    unchanged = changes - some(changes, changed) if changed < 1 else 0
    shares = random.dirichlet(np.array(job.statuses) * 800)
    statuses = random.multinomial(changes, shares).tolist()
    return Profile(
        shape="same",
        rows=rows,
        invalid=invalid,
        sent=changes - unchanged,
        unchanged=unchanged,
        file=FileCounts(
            changes=changes,
            statuses={"status_id": {str(n): rows for n, rows in enumerate(statuses, start=1)}},
            clears={"record_fields.miasto": some(changes, job.clears)},
            blanks={name: (some(rows, share), rows) for name, share in job.blanks.items()},
        ),
    )
