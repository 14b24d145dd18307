"""Learned guards do not stop ordinary nights: whole histories of made-up jobs are replayed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from nights import Job, nights

from bulk_update.learned import Profile, unusual
from bulk_update.learned.judging import RUNS_COMPARED
from bulk_update.messages import sentences_of

NIGHTS = 200
MONDAY = date(2026, 11, 30)

JOBS = {
    "a full export that grows": Job(rows=10_000, month_end=1.1, weekend=0.95),
    "only changes": Job(
        rows=30_000, month_end=1.1, changed=0.08, changed_at_weekend=0.01, invalid=0.002
    ),
    "a small file": Job(rows=60, growth=1.0, noise=0.1, weekend=0.8, invalid=0.03, clears=0.02),
    "a tiny file": Job(rows=6, growth=1.0, noise=0.3, weekend=0.5, invalid=0.05),
    "a steady file without noise": Job(
        rows=5000, growth=1.0, noise=0.0, invalid=0.0, clears=0.0, statuses=(1.0,), blanks={}
    ),
}

QUIET_WEEKENDS = Job(rows=4000, growth=1.0, weekend=0.2, noise=0.08, month_end=1.15)


def stops(plans: Sequence[Profile]) -> list[str]:
    """Return why runs would be stopped, each judged by the ones before it."""
    stopped = []
    for night, plan in enumerate(plans):
        found = unusual(plan, plans[max(0, night - RUNS_COMPARED) : night])
        if found:
            stopped.append(f"night {night}: {sentences_of(found)}")
    return stopped


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_no_ordinary_night_is_stopped(job: Job, seed: int) -> None:
    first = MONDAY + timedelta(days=seed)
    assert stops(list(nights(job, first=first, count=NIGHTS, seed=seed))) == []


@pytest.mark.parametrize("seed", range(1, 7))
def test_a_job_with_quiet_weekends_is_not_stopped_once_it_has_learned_one(seed: int) -> None:
    first = MONDAY + timedelta(days=seed)  # from Tuesday on, five runs include a day of a weekend
    assert stops(list(nights(QUIET_WEEKENDS, first=first, count=NIGHTS, seed=seed))) == []


def test_a_job_that_begins_on_a_monday_is_stopped_on_its_first_quiet_saturday_only() -> None:
    plans = list(nights(QUIET_WEEKENDS, first=MONDAY, count=NIGHTS, seed=1))
    assert [stop.split(":")[0] for stop in stops(plans)] == ["night 5"]
