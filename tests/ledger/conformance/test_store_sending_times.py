"""When a run sent: its attempts over time, and its pauses."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from store_runs import OK, Row, close, deliver, staged

from bulk_update.job.store import Store
from bulk_update.ledger import Run, SendingTimes
from bulk_update.records import Status

SECOND = 1_000_000


def sent_at(store: Store, run: Run, seconds: Sequence[int]) -> None:
    """Send a row at each of these times."""
    times = iter(seconds)

    async def send() -> None:
        clock = store.sending.journal(now_us=lambda: next(times) * SECOND)
        async with clock as journal:
            for update in list(store.sending.to_send(run.id))[: len(seconds)]:
                await deliver(journal, update, OK)

    store.sending.begin(run.id, now_us=3)
    asyncio.run(send())
    close(store, run)


def times_of(store: Store, run: Run, *, most_spans: int = 60, most_pauses: int = 5) -> object:
    projection = store.projection(run.id, waiting=Status.NOT_SENT)
    return projection.sending_times(most_spans=most_spans, most_pauses=most_pauses)


def test_a_run_that_sent_nothing_has_no_times(store: Store) -> None:
    assert times_of(store, staged(store, Row(2))) is None


def test_attempts_are_counted_by_the_second_in_a_short_run(store: Store) -> None:
    run = staged(store, *map(Row, range(2, 6)))
    sent_at(store, run, [100, 100, 101, 103])
    assert times_of(store, run) == SendingTimes(
        100 * SECOND, 103 * SECOND, SECOND, (2, 1, 0, 1), ()
    )


def test_a_long_run_has_longer_spans_and_every_attempt_counts(store: Store) -> None:
    run = staged(store, *map(Row, range(2, 7)))
    sent_at(store, run, [0, 1, 50, 51, 99])
    found = times_of(store, run, most_spans=10)
    assert isinstance(found, SendingTimes)
    assert len(found.counts) <= 10
    assert sum(found.counts) == 5


def test_the_longest_pauses_are_found_in_the_order_of_time(store: Store) -> None:
    run = staged(store, *map(Row, range(2, 8)))
    sent_at(store, run, [0, 9, 19, 100, 112, 200])
    found = times_of(store, run, most_pauses=3)
    assert isinstance(found, SendingTimes)
    assert [(pause.from_us // SECOND, pause.until_us // SECOND) for pause in found.pauses] == [
        (19, 100), (100, 112), (112, 200),
    ]  # fmt: skip


def test_attempts_of_other_runs_do_not_count(store: Store) -> None:
    first, second = staged(store, Row(2)), staged(store, Row(2), Row(3))
    sent_at(store, first, [5])
    sent_at(store, second, [7, 8])
    assert times_of(store, first) == SendingTimes(5 * SECOND, 5 * SECOND, SECOND, (1,), ())
