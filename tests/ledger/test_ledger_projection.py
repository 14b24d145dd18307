from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from store_runs import (
    LOST,
    Row,
    crash,
    staged,
)

from bulk_update.errors import LedgerError
from bulk_update.ledger import Ledger
from bulk_update.records import Status


def test_a_run_whose_file_could_not_be_read_completely_leaves_nothing(ledger: Ledger) -> None:
    run = staged(ledger, Row(2))
    crash(ledger, run, LOST)
    ledger.runs.abandon(run.id)
    assert ledger.runs.all() == []
    with closing(sqlite3.connect(ledger.path)) as connection:
        for table in ("run", "row", "attempt", "outcome"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608 - own names


def test_every_read_that_fails_raises_a_ledger_error(ledger: Ledger) -> None:
    run = staged(ledger, Row(2))
    projection = ledger.projection(run.id, waiting=Status.PLANNED)
    with closing(sqlite3.connect(ledger.path)) as vandal:
        vandal.execute("DROP VIEW to_send")
        vandal.execute("DROP TABLE outcome")
        vandal.execute("DROP TABLE attempt")
    for question in (
        projection.tally,
        lambda: list(projection.rows()),
        lambda: list(ledger.sending.to_send(run.id)),
        lambda: projection.row(2),
        lambda: ledger.sending.count_to_send(run.id),
    ):
        with pytest.raises(LedgerError, match=r"ledger\.sqlite3"):
            question()


def test_a_failed_transaction_leaves_nothing_behind(ledger: Ledger) -> None:
    run = staged(ledger, Row(2))
    with pytest.raises(LedgerError):
        ledger.runs.record_exit_code(run.id, "not a number")  # type: ignore[arg-type] # on purpose
    ledger.runs.record_exit_code(run.id, 1)
    assert ledger.runs.get(run.id).exit_code == 1
