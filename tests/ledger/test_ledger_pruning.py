"""Deleting old runs: which, and without holding up others."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing

import pytest
from ledger_runs import (
    ACME,
    BUSY,
    LOST,
    OK,
    OTHER,
    REFUSED,
    Row,
    close,
    crash,
    new_run,
    send,
    staged,
)

from bulk_update.errors import UsageError
from bulk_update.ledger import KnownBefore, Ledger, Run, RunState, pruning
from bulk_update.records import Reply

LATER = 1 << 60


def names(ledger: Ledger) -> list[str]:
    return [run.run_id for run in reversed(ledger.runs.all())]


def finished(ledger: Ledger, name: str, *, job: str = "nightly", base_url: str = ACME) -> Run:
    run = staged(ledger, Row(2), run_id=name, job=job, base_url=base_url)
    send(ledger, run, OK)
    return run


def test_old_runs_are_deleted_but_the_latest_of_each_job_that_went_well(ledger: Ledger) -> None:
    for name, job, base_url in [
        ("a1", "a", ACME),
        ("a2", "a", ACME),
        ("b1", "b", ACME),
        ("a-elsewhere", "a", OTHER),
    ]:
        finished(ledger, name, job=job, base_url=base_url)
    send(ledger, staged(ledger, Row(2), run_id="a3", job="a"), REFUSED)
    close(ledger, ledger.runs.find("a3"), exit_code=1)
    staged(ledger, Row(2), run_id="plan", job="a")
    assert ledger.housekeeping.prune(before_us=1) == 0
    assert ledger.housekeeping.prune(before_us=LATER) == 3
    assert names(ledger) == ["a2", "b1", "a-elsewhere"]


def test_a_run_that_is_worked_on_is_not_deleted(ledger: Ledger) -> None:
    plan, waiting = staged(ledger, Row(2)), staged(ledger, Row(2), claimed=True)
    sending = staged(ledger, Row(2))
    crash(ledger, sending)
    ledger.runs.claim(plan.id)
    assert ledger.housekeeping.prune(before_us=LATER) == 0
    ledger.sending.settle_dead_runs(now_us=50)  # by whoever gets the lock next
    assert ledger.housekeeping.prune(before_us=LATER) == 3
    assert [ledger.runs.all(), plan.id != waiting.id] == [[], True]


def test_a_run_that_was_deleted_meanwhile_cannot_be_worked_on(ledger: Ledger) -> None:
    plan = staged(ledger, Row(2))
    assert ledger.housekeeping.prune(before_us=LATER) == 1
    with pytest.raises(UsageError, match="was deleted"):
        ledger.runs.claim(plan.id)
    key = ledger.runs.begin(new_run(command="retry"))
    with pytest.raises(UsageError, match="was deleted"):
        ledger.planning.stage_again(key, parent=plan.id)


def test_retention_deletes_finished_runs_of_the_job_that_ended_longer_ago(ledger: Ledger) -> None:
    finished(ledger, "old")
    finished(ledger, "other job", job="weekly")
    send(ledger, staged(ledger, Row(2), run_id="refused"), REFUSED)
    staged(ledger, Row(2), run_id="plan")
    send(ledger, staged(ledger, Row(3), run_id="in doubt"), LOST)
    superseded = staged(ledger, Row(4), run_id="in doubt, superseded")
    send(ledger, superseded, LOST)
    halted = Reply(may_have_been_sent=True, status=401, code="http-401")
    send(ledger, staged(ledger, Row(5), run_id="halted"), halted)
    send(ledger, staged(ledger, Row(4), run_id="supersedes"), OK)
    ledger.planning.judge(superseded, KnownBefore())
    close(ledger, superseded)
    recent = finished(ledger, "recent")
    close(ledger, recent, now_us=100)
    assert ledger.housekeeping.apply_retention(job="nightly", before_us=5) == 0
    assert ledger.housekeeping.apply_retention(job="nightly", before_us=50) == 3
    assert names(ledger) == [
        "other job",
        "plan",
        "in doubt",
        "in doubt, superseded",
        "halted",
        "recent",
    ]


def test_a_run_of_many_rows_is_deleted_in_parts_between_which_others_write(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left after each part is not seen by anybody, and a crash there leaves no rest."""
    monkeypatch.setattr(pruning, "_ROWS_A_PART", 4)
    run = staged(ledger, *(Row(number) for number in range(2, 32)))
    send(ledger, run, BUSY, OK)
    finished(ledger, "latest")
    parts = 0
    delete_some = pruning.delete_some

    def delete_and_look(connection: sqlite3.Connection, key: int) -> bool:
        nonlocal parts
        parts += 1
        assert names(ledger) == ["latest"]
        if parts == 10:
            raise KeyboardInterrupt
        return delete_some(connection, key)

    monkeypatch.setattr(pruning, "delete_some", delete_and_look)
    with pytest.raises(KeyboardInterrupt):
        ledger.housekeeping.prune(before_us=LATER)
    assert counts(ledger, run) != (0, 0, 0)
    ledger.runs.begin(new_run())
    assert parts > 30
    assert counts(ledger, run) == (0, 0, 0)


COUNTS = """
SELECT (SELECT count(*) FROM row WHERE id BETWEEN :first AND :last),
       (SELECT count(*) FROM attempt WHERE row_id BETWEEN :first AND :last),
       (SELECT count(*) FROM outcome WHERE row_id BETWEEN :first AND :last)
"""


def counts(ledger: Ledger, run: Run) -> tuple[int, int, int]:
    """Return how many rows, attempts and outcomes of a run there are."""
    keys = {"first": run.id << 32, "last": (run.id + 1) << 32}
    with closing(sqlite3.connect(ledger.path)) as connection:
        found: tuple[int, int, int] = connection.execute(COUNTS, keys).fetchone()
        return found


def test_another_writer_gets_its_turn_while_much_is_deleted(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "_ROWS_A_PART", 1)
    run = staged(ledger, *(Row(number) for number in range(2, 102)))
    writes = 0

    def write_as_others_do() -> None:
        nonlocal writes
        with closing(sqlite3.connect(ledger.path, timeout=20, isolation_level=None)) as other:
            while counts(ledger, run)[0]:
                other.execute("BEGIN IMMEDIATE")
                other.execute("COMMIT")
                writes += 1

    writer = threading.Thread(target=write_as_others_do)
    writer.start()
    ledger.housekeeping.prune(before_us=LATER)
    writer.join()
    assert writes > 5


def test_runs_that_still_are_read_stay(ledger: Ledger) -> None:
    ledger.runs.begin(new_run(run_id="reading"))
    assert ledger.housekeeping.prune(before_us=LATER) == 0
    staging = RunState.STAGING
    with closing(sqlite3.connect(ledger.path)) as connection:
        assert connection.execute("SELECT state FROM run").fetchall() == [(staging,)]
