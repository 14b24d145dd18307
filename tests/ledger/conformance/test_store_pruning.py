"""Which runs may be deleted."""

from __future__ import annotations

import pytest
from store_runs import (
    ACME,
    LOST,
    OK,
    OTHER,
    REFUSED,
    Row,
    close,
    crash,
    finished,
    names,
    new_run,
    send,
    staged,
)

from bulk_update.errors import UsageError
from bulk_update.job.store import Store
from bulk_update.ledger import KnownBefore, Run
from bulk_update.records import Reply

LATER = 1 << 60


def test_old_runs_are_deleted_except_the_latest_successful_one_of_each_job(store: Store) -> None:
    for name, job, base_url in [
        ("a1", "a", ACME),
        ("a2", "a", ACME),
        ("b1", "b", ACME),
        ("a-elsewhere", "a", OTHER),
    ]:
        finished(store, name, job=job, base_url=base_url)
    send(store, staged(store, Row(2), run_id="a3", job="a"), REFUSED)
    close(store, store.runs.find("a3"), exit_code=1)
    staged(store, Row(2), run_id="plan", job="a")
    assert store.housekeeping.prune(before_us=1) == 0
    assert store.housekeeping.prune(before_us=LATER) == 3
    assert names(store) == ["a2", "b1", "a-elsewhere"]


def test_a_run_in_use_is_not_deleted(store: Store) -> None:
    plan, waiting = staged(store, Row(2)), staged(store, Row(2), claimed=True)
    sending = staged(store, Row(2))
    crash(store, sending)
    store.runs.claim(plan.id)
    assert store.housekeeping.prune(before_us=LATER) == 0
    store.sending.settle_dead_runs(now_us=50)  # by the next process with the lock
    assert store.housekeeping.prune(before_us=LATER) == 3
    assert [store.runs.all(), plan.id != waiting.id] == [[], True]


def test_a_single_run_is_deleted_unless_it_is_in_use_or_compared_with(store: Store) -> None:
    for name in ("a1", "a2"):
        finished(store, name, job="a", base_url=ACME)
    claimed = staged(store, Row(2), run_id="plan", claimed=True)
    assert not store.housekeeping.delete(claimed.run_id, now_us=LATER)
    assert not store.housekeeping.delete("a2", now_us=LATER)
    deleted: list[Run] = []
    assert store.housekeeping.delete("a1", now_us=LATER, on_deletion=deleted.append)
    assert not store.housekeeping.delete("a1", now_us=LATER)
    assert [run.run_id for run in deleted] == ["a1"]
    assert names(store) == ["a2", "plan"]


def test_a_released_run_can_be_deleted_again(store: Store) -> None:
    plan = staged(store, Row(2))
    store.runs.claim(plan.id)
    assert store.housekeeping.prune(before_us=1 << 60) == 0
    store.runs.release(plan.id)
    assert store.housekeeping.prune(before_us=1 << 60) == 1


def test_a_deleted_run_cannot_be_claimed(store: Store) -> None:
    plan = staged(store, Row(2))
    assert store.housekeeping.prune(before_us=LATER) == 1
    with pytest.raises(UsageError, match="was deleted"):
        store.runs.claim(plan.id)
    key = store.runs.begin(new_run(command="retry"))
    with pytest.raises(UsageError, match="was deleted"):
        store.planning.stage_again(key, parent=plan.id)


def test_retention_deletes_only_old_finished_runs_of_the_job(store: Store) -> None:
    finished(store, "old")
    finished(store, "other job", job="weekly")
    send(store, staged(store, Row(2), run_id="refused"), REFUSED)
    staged(store, Row(2), run_id="plan")
    send(store, staged(store, Row(3), run_id="in doubt"), LOST)
    superseded = staged(store, Row(4), run_id="in doubt, superseded")
    send(store, superseded, LOST)
    halted = Reply(may_have_been_sent=True, status=401, code="http-401")
    send(store, staged(store, Row(5), run_id="halted"), halted)
    send(store, staged(store, Row(4), run_id="supersedes"), OK)
    store.planning.judge(superseded, KnownBefore())
    close(store, superseded)
    recent = finished(store, "recent")
    close(store, recent, now_us=100)
    assert store.housekeeping.apply_retention(job="nightly", before_us=5) == 0
    assert store.housekeeping.apply_retention(job="nightly", before_us=50) == 3
    assert names(store) == [
        "other job",
        "plan",
        "in doubt",
        "in doubt, superseded",
        "halted",
        "recent",
    ]
