"""The current state of a run's rows, from which every file and view is made."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from random import Random
from unittest.mock import ANY

import pytest
from store_runs import (
    BUSY,
    OK,
    REFUSED,
    Row,
    crash,
    deliver,
    ends,
    invalid,
    journal_of,
    new_run,
    staged,
)
from words import verbatim

from bulk_update.errors import UsageError
from bulk_update.job.store import Store
from bulk_update.ledger import ResultRow, Run, RunState
from bulk_update.records import Status

NOTHING_SENT = (None, 0, None, None, None, None)


@pytest.fixture
def mixed(store: Store) -> Run:
    """A run with a row in each state, just after a crash."""
    run = staged(
        store,
        Row(2, identifier="a"),
        Row(3, identifier="b"),
        Row(4, identifier="c"),
        Row(5, identifier="d"),
        Row(6, identifier="d"),
        invalid(7),
        Row(8, None, "f", "filtered"),
        Row(10, campaign_id="00002"),
    )
    store.planning.mark_duplicates(run.id, policy="error")

    async def send_some() -> None:
        async with journal_of(store) as journal:
            updates = list(store.sending.to_send(run.id))
            await deliver(journal, updates[0], BUSY, OK)
            await deliver(journal, updates[1], REFUSED)
            await journal.record_intent(updates[2].row_id)

    store.sending.begin(run.id, now_us=3)
    asyncio.run(send_some())
    return run


STOPPED = verbatim("signal", "stopped")


def test_every_row_ends_with_exactly_one_outcome_in_input_order(store: Store, mixed: Run) -> None:
    projection = store.projection(
        mixed.id, waiting=Status.NOT_SENT, waiting_code="signal", waiting_reasons=STOPPED
    )
    rows = [ResultRow(*row) for row in projection.rows()]
    assert [(row.number, row.outcome, row.code) for row in rows] == [
        (2, "updated", ""),
        (3, "rejected", "http-409"),
        (4, "in_doubt", "halted-interrupted"),
        (5, "not_sent", "signal"),
        (6, "duplicate", "identical"),
        (7, "invalid", "bad-date"),
        (8, "filtered", "bad-date"),
        (10, "not_sent", "signal"),
    ]
    assert rows[0] == ResultRow(
        2, "00001", "a", "updated", "", "[]", None, 204, 2, None, 1000, 9, 0
    )
    assert rows[1][7:] == (409, 1, None, 1002, 9, 0, None)
    assert rows[2][7:] == (None, 1, None, 1003, None, None, None)
    assert rows[3] == ResultRow(5, "00001", "d", "not_sent", "signal", STOPPED, None, *NOTHING_SENT)
    assert projection.row(5) == rows[3]
    assert projection.row(9) is None


def test_the_counts_add_up_to_the_number_of_rows_and_include_every_outcome(
    store: Store, mixed: Run
) -> None:
    counts = store.projection(mixed.id, waiting=Status.NOT_SENT).tally().counts
    assert list(counts) == list(Status)
    assert {status: count for status, count in counts.items() if count} == {
        Status.UPDATED: 1,
        Status.REJECTED: 1,
        Status.IN_DOUBT: 1,
        Status.INVALID: 1,
        Status.DUPLICATE: 1,
        Status.FILTERED: 1,
        Status.NOT_SENT: 2,
    }


def test_failed_rows_come_with_their_cells(store: Store, mixed: Run) -> None:
    found = list(store.projection(mixed.id, waiting=Status.NOT_SENT).failed_rows())
    assert [row[:4] for row in found] == [
        (3, b'["cell 3"]', "rejected", "http-409"),
        (4, b'["cell 4"]', "in_doubt", "halted-interrupted"),
        (7, b'["cell 7"]', "invalid", "bad-date"),
    ]


def test_the_counts_of_a_run_do_not_include_other_runs(store: Store, mixed: Run) -> None:
    crash(store, staged(store, Row(2), Row(3)))
    projection = store.projection(mixed.id, waiting=Status.NOT_SENT)
    assert projection.attempts() == 4
    tally = projection.tally()
    assert tally.identical == 1
    assert tally.campaign_ids == ("00001", "00002")
    assert ("rejected", "http-409", 1) in tally.codes


def test_only_waiting_rows_have_a_body(store: Store) -> None:
    run = staged(store, Row(2, b"{}", "a"), invalid(3), Row(4, b'{"x":"1"}', "b"))
    projection = store.projection(run.id, waiting=Status.PLANNED)
    planned = ("planned", "", "[]")
    assert list(projection.rows(with_bodies=True)) == [
        (2, "00001", "a", *planned, b"{}"),
        (3, "00001", "id3", "invalid", "bad-date", ANY, None),
        (4, "00001", "b", *planned, b'{"x":"1"}'),
    ]
    assert ends(store, run) == {2: "planned", 3: "invalid bad-date", 4: "planned"}
    tally = projection.tally()
    assert tally.masks == [(b"\x80", 2)]
    assert tally.campaigns == [("00001", 2)]
    assert tally.to_send == 2
    assert store.sending.count_to_send(run.id) == 2


def test_the_detail_of_a_row_is_everything_known_about_it(store: Store, mixed: Run) -> None:
    detail = store.projection(mixed.id, waiting=Status.NOT_SENT).detail(2)
    assert detail is not None
    assert detail.cells == ("cell 2",)
    assert detail.body == b'{"status_id":"3"}'
    assert [attempt.reply for attempt in detail.attempts] == [BUSY, OK]
    assert detail.result.outcome == "updated"
    assert store.projection(mixed.id, waiting=Status.NOT_SENT).detail(9) is None


def test_leftovers_of_a_crash_while_reading_are_deleted_after_a_day(store: Store) -> None:
    day_us = 24 * 3600 * 1_000_000
    stale = store.runs.begin(new_run(created_at_us=1))
    store.runs.begin(new_run(created_at_us=day_us))
    assert store.runs.get(stale).state is RunState.STAGING
    store.runs.begin(new_run(created_at_us=day_us + 2))
    with pytest.raises(UsageError, match="was deleted"):
        store.runs.get(stale)


def some_rows(chance: Random) -> Iterator[Row]:
    """Create rows for several batches, in some of which all rows are alike."""
    for number in range(2, 3500):
        names, campaigns = (NAMES, CAMPAIGNS) if number % 1000 < 200 else (["a"], ["00001"])
        is_invalid = number < 1200 and chance.random() < 0.3
        yield Row(
            number + number // 9,
            None if is_invalid else f'{{"x":"{number} Ł"}}'.encode(),
            f"{chance.choice(names)}{number}",
            "invalid" if is_invalid else None,
            campaign_id=chance.choice(campaigns),
        )


NAMES = ["a", "a b", "Ł", "a;b", 'a"b', "=1", "a/b"]
CAMPAIGNS = ["00001", "00002"]


def test_rows_and_counts_are_the_same_before_and_after_the_first_attempt(store: Store) -> None:
    run = staged(store, *some_rows(Random(1)))
    projection = store.projection(run.id, waiting=Status.PLANNED)
    short = [ResultRow(*row) for row in projection.rows(with_bodies=True)]
    numbers = [row.number for row in short]
    counts = Counter(row.outcome for row in short)
    assert {str(k): n for k, n in projection.tally().counts.items() if n} == counts
    without_bodies = [row._replace(body=None) for row in short]
    assert [ResultRow(*row) for row in projection.rows()] == without_bodies
    assert [projection.row(number) for number in numbers[:100]] == without_bodies[:100]
    first = next(iter(store.sending.to_send(run.id)))

    async def begin() -> None:
        async with journal_of(store) as journal:
            await journal.record_intent(first.row_id)

    asyncio.run(begin())
    whole = [ResultRow(*row) for row in projection.rows(with_bodies=True)]
    assert [row for row in whole if row.number != first.number] == [
        row for row in short if row.number != first.number
    ]
    assert [
        (row.number, row.campaign_id, row.identifier, row.body) for row in short if row.body
    ] == [
        (update.number, update.campaign_id, update.identifier, update.body)
        for update in store.sending.to_send(run.id)
    ]
