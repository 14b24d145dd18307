"""Deleting old runs without blocking other writers."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing

import pytest
from store_runs import BUSY, OK, Row, finished, names, new_run, send, staged

from bulk_update.ledger import Ledger, Run, RunState, pruning

LATER = 1 << 60


def test_a_run_of_many_rows_is_deleted_in_parts_so_that_others_can_write(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest after each part is not visible, and is deleted later if there is a crash."""
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
    """Return the numbers of rows, attempts and outcomes of a run."""
    keys = {"first": run.id << 32, "last": (run.id + 1) << 32}
    with closing(sqlite3.connect(ledger.path)) as connection:
        found: tuple[int, int, int] = connection.execute(COUNTS, keys).fetchone()
        return found


def test_another_writer_gets_its_turn_during_a_long_deletion(
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


def test_runs_that_are_still_being_read_are_kept(ledger: Ledger) -> None:
    ledger.runs.begin(new_run(run_id="reading"))
    assert ledger.housekeeping.prune(before_us=LATER) == 0
    staging = RunState.STAGING
    with closing(sqlite3.connect(ledger.path)) as connection:
        assert connection.execute("SELECT state FROM run").fetchall() == [(staging,)]
