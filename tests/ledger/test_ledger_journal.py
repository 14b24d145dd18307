from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from store_runs import OK, Row, journal_of, staged

from bulk_update.errors import LedgerError
from bulk_update.ledger import Ledger
from bulk_update.ledger.connection import open_database
from bulk_update.ledger.journal import JournalWriter
from bulk_update.policy import outcome_of
from bulk_update.records import Attempt


def seen_by_another(path: Path, question: str) -> list[tuple[object, ...]]:
    """Query over a separate connection, which sees only committed data."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(question).fetchall()


def test_an_intent_is_durable_before_record_intent_returns(ledger: Ledger) -> None:
    run = staged(ledger, Row(2))

    async def depart() -> None:
        async with journal_of(ledger) as journal:
            (update,) = ledger.sending.to_send(run.id)
            await journal.record_intent(update.row_id)
            found = seen_by_another(ledger.path, "SELECT row_id, answered FROM attempt")
            assert found == [(update.row_id, 0)]

    asyncio.run(depart())


def test_the_connection_that_writes_intents_survives_a_power_cut(ledger: Ledger) -> None:
    """2 is FULL: the write-ahead log is synced at each commit."""
    opened: list[sqlite3.Connection] = []

    def opener(path: Path) -> sqlite3.Connection:
        opened.append(open_database(path))
        return opened[-1]

    writer = JournalWriter(ledger.path, patience_seconds=1, opener=opener)
    with closing(writer):
        assert opened[-1].execute("PRAGMA synchronous").fetchone() == (2,)
        assert opened[-1].execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_intents_that_wait_at_the_same_time_are_all_on_disk(ledger: Ledger) -> None:
    run = staged(ledger, *(Row(number) for number in range(2, 66)))

    async def depart_all() -> None:
        async with journal_of(ledger) as journal:
            updates = list(ledger.sending.to_send(run.id))
            await asyncio.gather(*(journal.record_intent(update.row_id) for update in updates))
            question = "SELECT count(DISTINCT row_id) FROM attempt"
            assert seen_by_another(ledger.path, question) == [(64,)]

    asyncio.run(depart_all())


def test_a_reply_and_its_outcome_are_in_one_commit(ledger: Ledger) -> None:
    """Entries that a task adds without awaiting are not written before it awaits."""
    run = staged(ledger, Row(2))

    async def send() -> None:
        async with journal_of(ledger) as journal:
            (update,) = ledger.sending.to_send(run.id)
            intent = await journal.record_intent(update.row_id)
            attempts = (Attempt(intent.attempt_id, intent.departed_at_us, OK),)
            journal.record_reply(attempts[0])
            time.sleep(0.05)  # noqa: ASYNC251 - gives the writer time to write too early
            assert seen_by_another(ledger.path, "SELECT answered FROM attempt") == [(0,)]
            outcome = outcome_of(update.row_id, attempts, halted=None, finished_at_us=9)
            journal.record_outcome(outcome)

    asyncio.run(send())
    assert seen_by_another(ledger.path, "SELECT answered FROM attempt") == [(1,)]
    assert seen_by_another(ledger.path, "SELECT outcome FROM outcome") == [("updated",)]


def test_a_failed_commit_reaches_all_waiting_and_all_later_callers(ledger: Ledger) -> None:
    run = staged(ledger, *(Row(number) for number in range(2, 10)))

    async def send() -> list[BaseException | Attempt]:
        async with journal_of(ledger) as journal:
            updates = list(ledger.sending.to_send(run.id))
            with closing(sqlite3.connect(ledger.path)) as vandal:
                vandal.execute("DROP TABLE attempt")
            waiting = [journal.record_intent(update.row_id) for update in updates]
            results = await asyncio.gather(*waiting, return_exceptions=True)
            with pytest.raises(LedgerError):
                await journal.record_intent(updates[0].row_id)
            return results

    with pytest.raises(LedgerError) as failure:
        asyncio.run(send())
    assert "attempt" in failure.value.message
    assert failure.value.exit_code == 5


def test_a_failure_while_closing_does_not_hide_an_earlier_error(ledger: Ledger) -> None:
    run = staged(ledger, Row(2))

    async def send() -> None:
        async with journal_of(ledger) as journal:
            (update,) = ledger.sending.to_send(run.id)
            with closing(sqlite3.connect(ledger.path)) as vandal:
                vandal.execute("DROP TABLE attempt")
            await asyncio.gather(journal.record_intent(update.row_id), return_exceptions=True)
            raise KeyError("the first error")

    with pytest.raises(KeyError, match="the first error"):
        asyncio.run(send())


def test_an_error_in_a_write_reaches_the_waiting_caller(ledger: Ledger) -> None:
    async def depart() -> None:
        async with journal_of(ledger) as journal:
            await journal.record_intent("no number")  # type: ignore[arg-type]

    with pytest.raises((LedgerError, TypeError)):
        asyncio.run(depart())
