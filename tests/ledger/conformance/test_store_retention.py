"""What is deleted and what outlives it: the next plans judge their rows as if nothing had gone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

import pytest
from hypothesis import strategies as st
from store_runs import (
    ACME,
    LOST,
    OK,
    REFUSED,
    Row,
    close,
    crash,
    ends,
    finished,
    invocation,
    names,
    send,
    staged,
)
from stores import Opener, on_every_store

from bulk_update.job.store import Store
from bulk_update.ledger import KnownBefore, Run, RunState
from bulk_update.records import Reply, Status

CHANGED_ONLY = KnownBefore(compared_at=ACME)
LATER = 1 << 60


def body(value: str) -> bytes:
    return f'{{"status_id":"{value}"}}'.encode()


class Ending(Enum):
    """How far a run gets."""

    SENT = auto()
    DIED = auto()
    STOPPED = auto()
    HALTED = auto()


@dataclass(frozen=True)
class Night:
    """What one run does: its job, the records and values that it sends, and how it ends.

    `continues` lets the unfinished runs of earlier nights be judged again first. `deletes` is how
    old runs may become, in nights.
    """

    job: str
    values: tuple[tuple[str, str], ...]
    reply: Reply
    ending: Ending
    exit_code: int
    continues: bool
    deletes: int | None

    @property
    def rows(self) -> list[Row]:
        return [
            Row(number, body(value), identifier)
            for number, (identifier, value) in enumerate(self.values, start=2)
        ]


nights = st.builds(
    Night,
    job=st.sampled_from(["a", "b"]),
    values=st.lists(
        st.tuples(st.sampled_from("xyz"), st.sampled_from("123")),
        min_size=1,
        max_size=3,
        unique_by=lambda pair: pair[0],
    ).map(tuple),
    reply=st.sampled_from([OK, OK, REFUSED, LOST]),
    ending=st.sampled_from([Ending.SENT, *Ending]),
    exit_code=st.sampled_from([0, 1]),
    continues=st.booleans(),
    deletes=st.none() | st.integers(0, 2),
)


@contextmanager
def two_stores(opener: Opener) -> Iterator[tuple[Store, Store]]:
    with ExitStack() as opened:
        folders = [opened.enter_context(tempfile.TemporaryDirectory()) for _ in range(2)]
        one, other = (opened.enter_context(opener(Path(folder))) for folder in folders)
        yield one, other


def live_through(store: Store, number: int, night: Night, *, deletes: bool) -> None:
    now_us = number * 10
    for earlier in store.runs.all() if night.continues else ():
        if earlier.state is RunState.UNFINISHED:
            store.planning.judge(earlier, CHANGED_ONLY)
            close(store, earlier, now_us=now_us, exit_code=1)
    run = staged(store, *night.rows, run_id=f"run-{number}", job=night.job, known=CHANGED_ONLY)
    store.planning.judge(run, CHANGED_ONLY)
    store.sending.begin(run.id, now_us=now_us)
    match night.ending:
        case Ending.SENT:
            invocation(store, run, [night.reply] * len(night.values))
        case Ending.STOPPED:
            invocation(store, run, [night.reply])
        case Ending.HALTED:
            invocation(store, run, [night.reply], halted="halted-signal")
        case Ending.DIED:
            crash(store, run)
            store.sending.settle_dead_runs(now_us=now_us)
    if night.ending is not Ending.DIED:
        close(store, run, now_us=now_us, exit_code=night.exit_code)
    if deletes and night.deletes is not None:
        before_us = now_us - night.deletes * 10 + 1
        store.housekeeping.apply_retention(job=night.job, before_us=before_us)


def must_stay(store: Store, run: Run) -> bool:
    """Say, from what users can see of a run, whether retention has to leave it alone."""
    rows = store.projection(run.id, waiting=Status.NOT_SENT).rows()
    outcomes = [(row[3], str(row[4])) for row in rows]
    return any(
        status in {Status.NOT_SENT, Status.IN_DOUBT} or code.startswith("halted-")
        for status, code in outcomes
    )


@on_every_store(examples=60, history=st.lists(nights, min_size=1, max_size=7))
def test_later_plans_judge_the_same_whether_or_not_old_runs_were_deleted(
    opener: Opener, history: list[Night]
) -> None:
    with two_stores(opener) as (whole, pruned):
        for number, night in enumerate(history, start=1):
            live_through(whole, number, night, deletes=False)
            live_through(pruned, number, night, deletes=True)
        kept = names(pruned)
        for run in whole.runs.all():
            if must_stay(whole, run):
                assert run.run_id in kept
        for run in pruned.runs.all():
            twin = whole.runs.find(run.run_id)
            assert ends(pruned, run) == ends(whole, twin)
            assert pruned.sending.count_to_send(run.id) == whole.sending.count_to_send(twin.id)
        for value in "123":
            probes = [Row(number, body(value), each) for number, each in enumerate("xyz", start=2)]
            judged = [
                ends(store, staged(store, *probes, known=CHANGED_ONLY)) for store in (whole, pruned)
            ]
            assert judged[0] == judged[1]


@on_every_store(examples=30, history=st.lists(nights, min_size=2, max_size=6))
def test_retention_deletes_every_old_finished_run_of_the_job_and_no_other(
    opener: Opener, history: list[Night]
) -> None:
    with two_stores(opener) as (store, _):
        for number, night in enumerate(history, start=1):
            live_through(store, number, night, deletes=False)
        last, now = history[-1], len(history) * 10
        expected = [
            run.run_id
            for run in reversed(store.runs.all())
            if run.job != last.job or must_stay(store, run) or (run.finished_at_us or now) >= now
        ]
        store.housekeeping.apply_retention(job=last.job, before_us=now)
        assert names(store) == expected


def test_a_deleted_run_is_handed_over_once_it_no_longer_counts(store: Store) -> None:
    run = finished(store, "old")
    store.runs.record_own_folder(run.id, "/results/old")
    store.runs.record_own_folder(run.id, "/elsewhere/old")
    store.runs.record_own_folder(run.id, "/results/old")
    handed_over: list[tuple[str, str, list[str]]] = []

    def on_deletion(deleted: Run) -> None:
        handed_over.append((deleted.run_id, deleted.own_folders, names(store)))

    store.housekeeping.apply_retention(job="nightly", before_us=LATER, on_deletion=on_deletion)
    assert handed_over == [("old", '["/results/old","/elsewhere/old"]', [])]


def test_an_interrupted_deletion_is_finished_later_with_the_runs_files(store: Store) -> None:
    for name in ("a", "b"):
        store.runs.record_own_folder(finished(store, name).id, f"/results/{name}")

    def on_deletion(_deleted: Run) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.housekeeping.apply_retention(job="nightly", before_us=LATER, on_deletion=on_deletion)
    assert names(store) == []
    finished(store, "later")
    handed_over: list[str] = []
    for _ in range(2):
        store.housekeeping.finish_deletions(on_deletion=lambda run: handed_over.append(run.run_id))
    assert handed_over == ["a", "b"]
    assert names(store) == ["later"]


def test_a_deletion_that_another_process_finishes_first_is_no_error(store: Store) -> None:
    for name in ("a", "b"):
        store.runs.record_own_folder(finished(store, name).id, f"/results/{name}")
    handed_over: list[str] = []

    def on_deletion(deleted: Run) -> None:
        handed_over.append(deleted.run_id)
        if len(handed_over) == 1:
            store.housekeeping.finish_deletions()

    assert store.housekeeping.apply_retention(
        job="nightly", before_us=LATER, on_deletion=on_deletion
    ) == len(["a", "b"])
    assert handed_over == ["a"]


def test_compacting_gives_much_unused_space_back_and_loses_nothing(store: Store) -> None:
    rows = [Row(number, body("7" * 200), f"id{number}") for number in range(2, 3000)]
    send(store, staged(store, *rows, run_id="large"), REFUSED)
    close(store, store.runs.find("large"), exit_code=1)
    kept = finished(store, "kept")
    before = ends(store, kept)
    assert store.housekeeping.compact() == 0
    assert store.housekeeping.prune(before_us=LATER) == 1
    assert store.housekeeping.compact() > 100_000
    assert store.housekeeping.compact() == 0
    assert (names(store), ends(store, kept)) == (["kept"], before)


def test_without_an_upgrade_there_is_no_copy_to_delete(store: Store) -> None:
    finished(store, "run")
    assert store.housekeeping.delete_copies(before_us=LATER) == 0
    assert names(store) == ["run"]


def test_a_correction_is_superseded_by_a_later_run_that_has_been_deleted_since(
    store: Store,
) -> None:
    """Only the value that the record has now is left of that run."""
    first = staged(store, Row(2, body("1"), "x"), Row(3, body("1"), "y"), run_id="first")
    send(store, first, LOST)
    send(store, staged(store, Row(2, body("2"), "x"), Row(3, body("2"), "y"), run_id="later"), OK)
    corrected = staged(store, Row(2, body("3"), "x"), Row(3, body("2"), "y"), run_id="corrected")
    store.planning.record_corrections(corrected.id, {2: first.id, 3: first.id})
    store.housekeeping.apply_retention(job="nightly", before_us=LATER)
    assert names(store) == ["first", "corrected"]
    store.planning.judge_corrections(corrected)
    assert ends(store, corrected) == {2: "superseded superseded", 3: "planned"}


def test_rows_of_a_corrected_file_stay_as_old_as_the_deleted_run_that_they_come_from(
    store: Store,
) -> None:
    first = staged(store, Row(2, body("1"), "x"), run_id="first", exported_at_us=7)
    send(store, first, OK)
    second = staged(store, Row(2, body("1"), "x"), run_id="second", exported_at_us=90)
    store.planning.record_corrections(second.id, {2: first.id})
    other = staged(store, Row(2, body("1"), "x"), run_id="other", exported_at_us=90)
    store.housekeeping.apply_retention(job="nightly", before_us=LATER)
    exported = [store.runs.get(run.id).exported_at_us for run in (second, other)]
    assert exported == [7, 90]
