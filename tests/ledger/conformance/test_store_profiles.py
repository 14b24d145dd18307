"""The profiles of plans, which later plans of the job are compared with."""

from __future__ import annotations

from store_runs import ACME, OK, OTHER, REFUSED, Row, close, finished, send, staged

from bulk_update.job.store import Store
from bulk_update.ledger import Run

LATER = 1 << 60


def profiled(store: Store, profile: str, *, job: str = "nightly", base_url: str = ACME) -> Run:
    run = finished(store, profile, job=job, base_url=base_url)
    store.runs.record_profile(run.id, profile)
    return run


def test_the_profiles_of_a_job_are_those_of_its_finished_runs_latest_first(store: Store) -> None:
    profiled(store, "first")
    profiled(store, "other job", job="weekly")
    profiled(store, "elsewhere", base_url=OTHER)
    finished(store, "without a profile")
    second = profiled(store, "second")
    assert store.runs.profiles(job="nightly", base_url=ACME, besides=0) == ["second", "first"]
    assert store.runs.profiles(job="nightly", base_url=ACME, besides=second.id) == ["first"]
    assert store.runs.get(second.id).profile == "second"


def test_a_profile_is_recorded_with_the_plan(store: Store) -> None:
    run = staged(store, Row(2), Row(3))
    store.runs.record_plan(run.id, data_rows=2, planned_at_us=2, profile="plan")
    assert store.runs.get(run.id).profile == "plan"
    assert store.runs.profiles(job="nightly", base_url=ACME, besides=0) == []
    send(store, store.runs.get(run.id), OK)
    assert store.runs.profiles(job="nightly", base_url=ACME, besides=0) == ["plan"]


def test_a_run_that_was_stopped_has_no_profile_for_others(store: Store) -> None:
    run = profiled(store, "some rows refused")
    send(store, staged(store, Row(2), run_id="refused"), REFUSED)
    close(store, store.runs.find("refused"), exit_code=1)
    store.runs.record_profile(store.runs.find("refused").id, "all rows refused")
    stopped = profiled(store, "stopped by a guard")
    close(store, stopped, exit_code=3)
    assert store.runs.profiles(job="nightly", base_url=ACME, besides=run.id) == ["all rows refused"]


def test_profiles_outlive_their_runs(store: Store) -> None:
    for profile in "first", "second":
        profiled(store, profile)
    stopped = profiled(store, "stopped")
    close(store, stopped, exit_code=3)
    assert store.housekeeping.apply_retention(job="nightly", before_us=LATER) == 3
    assert store.runs.all() == []
    profiled(store, "third")
    kept = store.runs.profiles(job="nightly", base_url=ACME, besides=0)
    assert kept == ["third", "second", "first"]
    assert store.housekeeping.prune(before_us=LATER) == 0


def test_only_the_latest_profiles_of_deleted_runs_are_kept(store: Store) -> None:
    weekly = profiled(store, "weekly", job="weekly")
    for number in range(40):
        profiled(store, f"night {number}")
    assert store.housekeeping.apply_retention(job="weekly", before_us=LATER) == 1
    assert store.housekeeping.apply_retention(job="nightly", before_us=LATER) == 40
    kept = store.runs.profiles(job="nightly", base_url=ACME, besides=0)
    assert kept == [f"night {number}" for number in range(39, 9, -1)]
    assert store.runs.profiles(job="weekly", base_url=ACME, besides=weekly.id) == []
    assert store.runs.profiles(job="weekly", base_url=ACME, besides=0) == ["weekly"]
