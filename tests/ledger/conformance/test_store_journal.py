"""Intents, replies and outcomes that must be durable are visible to the next opener."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from store_runs import BUSY, OK, Row, crash, deliver, ends, journal_of, staged

from bulk_update.job.store import Store
from bulk_update.ledger import Run, RunState
from bulk_update.records import Attempt, Status

Open = Callable[[], AbstractContextManager[Store]]


def seen_by_another(open_store: Open, run: Run) -> dict[int, str]:
    """Return the outcomes of the rows, read by opening the store again."""
    with open_store() as another:
        return ends(another, run, waiting=Status.NOT_SENT)


def test_an_intent_is_durable_before_its_request_is_sent(store: Store, open_store: Open) -> None:
    run = staged(store, Row(2), Row(3))

    async def record_one() -> None:
        async with journal_of(store) as journal:
            await journal.record_intent(next(store.sending.to_send(run.id)).row_id)
            seen = seen_by_another(open_store, run)
            assert seen == {2: "in_doubt halted-interrupted", 3: "not_sent"}

    asyncio.run(record_one())


def test_intents_that_wait_at_the_same_time_are_all_durable(store: Store, open_store: Open) -> None:
    run = staged(store, *(Row(number) for number in range(2, 66)))

    async def record_all() -> None:
        async with journal_of(store) as journal:
            updates = list(store.sending.to_send(run.id))
            await asyncio.gather(*(journal.record_intent(update.row_id) for update in updates))
            assert set(seen_by_another(open_store, run).values()) == {"in_doubt halted-interrupted"}

    asyncio.run(record_all())


def test_an_outcome_is_durable_when_the_next_intent_is(store: Store, open_store: Open) -> None:
    """A worker waits for the disk once per row: its next intent also covers its last outcome."""
    run = staged(store, Row(2), Row(3))

    async def send_one_and_begin_the_next() -> None:
        async with journal_of(store) as journal:
            one, other = store.sending.to_send(run.id)
            await deliver(journal, one, OK)
            await journal.record_intent(other.row_id)
            seen = seen_by_another(open_store, run)
            assert seen == {2: "updated", 3: "in_doubt halted-interrupted"}

    asyncio.run(send_one_and_begin_the_next())


def test_the_last_entries_are_durable_when_the_journal_is_closed(
    store: Store, open_store: Open
) -> None:
    run = staged(store, Row(2))

    async def send() -> None:
        async with journal_of(store) as journal:
            (update,) = store.sending.to_send(run.id)
            await deliver(journal, update, BUSY, OK)

    asyncio.run(send())
    with open_store() as another:
        detail = another.projection(run.id, waiting=Status.NOT_SENT).detail(2)
        assert detail is not None
        assert detail.result.outcome == "updated"
        assert [attempt.reply for attempt in detail.attempts] == [BUSY, OK]


def test_the_next_process_continues_a_run_whose_process_died(open_store: Open) -> None:
    with open_store() as store:
        run = staged(store, Row(2), Row(3))
        crash(store, run, BUSY)
    with open_store() as store:
        assert store.runs.get(run.id).state is RunState.SENDING
        store.sending.settle_dead_runs(now_us=50)
        assert store.runs.get(run.id).state is RunState.UNFINISHED
        updates = list(store.sending.to_send(run.id))
        assert [update.number for update in updates] == [2, 3]
        for update in updates:
            assert [attempt.reply for attempt in update.earlier] == [BUSY, None]


def test_settling_one_run_does_not_change_others(store: Store) -> None:
    dead, other = staged(store, Row(2)), staged(store, Row(2))
    crash(store, dead)
    crash(store, other)
    store.sending.settle(dead.id, now_us=50)
    times = {}
    for run in (dead, other):
        row = store.projection(run.id, waiting=Status.NOT_SENT).row(2)
        assert row is not None
        assert (row.outcome, row.code) == ("in_doubt", "halted-interrupted")
        times[run.id] = row.finished_at_us
    assert times == {dead.id: 50, other.id: None}


def test_attempts_of_all_runs_are_numbered_in_the_order_they_are_sent(store: Store) -> None:
    runs = [staged(store, Row(2)) for _ in range(3)]

    async def send_all() -> list[int]:
        numbers = []
        for run in reversed(runs):
            async with journal_of(store) as journal:
                (update,) = store.sending.to_send(run.id)
                numbers.append((await journal.record_intent(update.row_id)).attempt_id)
        return numbers

    numbers = asyncio.run(send_all())
    assert numbers == sorted(set(numbers))


def test_a_withdrawn_intent_leaves_no_trace(store: Store) -> None:
    run = staged(store, Row(2))

    async def withdraw() -> None:
        async with journal_of(store) as journal:
            (update,) = store.sending.to_send(run.id)
            journal.withdraw(await journal.record_intent(update.row_id))

    asyncio.run(withdraw())
    projection = store.projection(run.id, waiting=Status.NOT_SENT)
    assert projection.attempts() == 0
    assert ends(store, run) == {2: "planned"}
    (update,) = store.sending.to_send(run.id)
    assert update.earlier == ()


def test_recording_an_attempt_without_a_reply_is_an_error(store: Store) -> None:
    async def record() -> None:
        async with journal_of(store) as journal:
            journal.record_reply(Attempt(1, 1))

    with pytest.raises(ValueError, match="no reply to record"):
        asyncio.run(record())
