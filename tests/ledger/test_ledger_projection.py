from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import chain
from random import Random
from typing import Any

import pytest
from ledger_runs import (
    BUSY,
    LOST,
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

from bulk_update.errors import LedgerError
from bulk_update.ledger import Ledger, ResultRow, Run, RunState
from bulk_update.reasons import verbatim
from bulk_update.records import RowGroup, Status

NOTHING_SENT = (None, 0, None, None, None, None)


@pytest.fixture
def mixed(ledger: Ledger) -> Run:
    """A run with a row in each state, which a crash has just ended."""
    run = staged(
        ledger,
        Row(2, identifier="a"),
        Row(3, identifier="b"),
        Row(4, identifier="c"),
        Row(5, identifier="d"),
        Row(6, identifier="d"),
        invalid(7),
        Row(8, None, "f", "filtered"),
        Row(10, campaign_id="00002"),
    )
    ledger.mark_duplicates(run.id, policy="error")

    async def send_some() -> None:
        async with journal_of(ledger) as journal:
            updates = list(ledger.to_send(run.id))
            await deliver(journal, updates[0], BUSY, OK)
            await deliver(journal, updates[1], REFUSED)
            await journal.record_intent(updates[2].row_id)

    ledger.update(run.id, state=RunState.SENDING)
    asyncio.run(send_some())
    return run


STOPPED = verbatim("signal", "stopped")


def test_every_row_ends_with_exactly_one_outcome_in_input_order(ledger: Ledger, mixed: Run) -> None:
    projection = ledger.projection(
        mixed.id, waiting=Status.NOT_SENT, waiting_code="signal", waiting_message="stopped"
    )
    rows = [ResultRow(*row) for row in projection.rows()]  # type: ignore[arg-type]
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
    assert rows[0] == ResultRow(2, "00001", "a", "updated", "", "[]", 204, 2, None, 1000, 9, 0)
    assert rows[1][6:] == (409, 1, None, 1002, 9, 0)
    assert rows[2][6:] == (None, 1, None, 1003, None, None)
    assert rows[3] == ResultRow(5, "00001", "d", "not_sent", "signal", STOPPED, *NOTHING_SENT)
    assert projection.row(5) == rows[3]
    assert projection.row(9) is None


def test_the_counts_add_up_to_the_rows_and_name_every_outcome(ledger: Ledger, mixed: Run) -> None:
    counts = ledger.projection(mixed.id, waiting=Status.NOT_SENT).tally().counts
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


def test_the_rows_that_need_a_person_come_with_their_cells(ledger: Ledger, mixed: Run) -> None:
    found = list(ledger.projection(mixed.id, waiting=Status.NOT_SENT).failed_rows())
    assert [(cells, outcome, code) for cells, outcome, code, _ in found] == [
        (b'["cell 3"]', "rejected", "http-409"),
        (b'["cell 4"]', "in_doubt", "halted-interrupted"),
        (b'["cell 7"]', "invalid", "bad-date"),
    ]


def test_the_numbers_of_a_run_are_its_own(ledger: Ledger, mixed: Run) -> None:
    crash(ledger, staged(ledger, Row(2), Row(3)))
    projection = ledger.projection(mixed.id, waiting=Status.NOT_SENT)
    assert projection.attempts() == 4
    tally = projection.tally()
    assert tally.identical == 1
    assert tally.campaign_ids == ("00001", "00002")
    assert ("rejected", "http-409", 1) in tally.codes


def test_the_requests_are_those_of_the_rows_that_wait(ledger: Ledger) -> None:
    run = staged(ledger, Row(2, b"{}", "a"), invalid(3), Row(4, b'{"x":"1"}', "b"))
    projection = ledger.projection(run.id, waiting=Status.PLANNED)
    assert list(projection.requests()) == [
        [RowGroup("00001", None, None, None, "2\x1e4", "a\x1eb", b'{}\x1e{"x":"1"}')]
    ]
    assert ends(ledger, run) == {2: "planned", 3: "invalid bad-date", 4: "planned"}
    tally = projection.tally()
    assert tally.masks == [(b"\x80", 2)]
    assert tally.campaigns == [("00001", 2)]
    assert tally.to_send == 2
    assert ledger.count_to_send(run.id) == 2


def test_everything_known_about_a_row_can_be_asked(ledger: Ledger, mixed: Run) -> None:
    detail = ledger.row_detail(mixed.id, 2, waiting=Status.NOT_SENT)
    assert detail is not None
    assert detail.cells == ("cell 2",)
    assert detail.body == b'{"status_id":"3"}'
    assert [attempt.reply for attempt in detail.attempts] == [BUSY, OK]
    assert detail.result.outcome == "updated"
    assert ledger.row_detail(mixed.id, 9, waiting=Status.NOT_SENT) is None


def test_a_run_that_could_not_be_read_to_its_end_leaves_nothing(ledger: Ledger) -> None:
    run = staged(ledger, Row(2))
    crash(ledger, run, LOST)
    ledger.abandon(run.id)
    assert ledger.runs() == []
    with closing(sqlite3.connect(ledger.path)) as connection:
        for table in ("run", "row", "attempt", "outcome"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608 - own names


def test_leftovers_of_a_crash_while_reading_go_after_a_day(ledger: Ledger) -> None:
    day_us = 24 * 3600 * 1_000_000
    stale = ledger.begin(new_run(created_at_us=1))
    ledger.begin(new_run(created_at_us=day_us))
    assert ledger.run(stale).state is RunState.STAGING
    ledger.begin(new_run(created_at_us=day_us + 2))
    with pytest.raises(ValueError, match="not enough values"):
        ledger.run(stale)


def test_what_cannot_be_read_is_a_ledger_error_wherever_it_comes_up(ledger: Ledger) -> None:
    run = staged(ledger, Row(2))
    projection = ledger.projection(run.id, waiting=Status.PLANNED)
    with closing(sqlite3.connect(ledger.path)) as vandal:
        vandal.execute("DROP VIEW to_send")
        vandal.execute("DROP TABLE outcome")
        vandal.execute("DROP TABLE attempt")
    for question in (
        projection.tally,
        lambda: list(projection.rows()),
        lambda: list(projection.requests()),
        lambda: list(ledger.to_send(run.id)),
        lambda: projection.row(2),
        lambda: ledger.count_to_send(run.id),
    ):
        with pytest.raises(LedgerError, match=r"ledger\.sqlite3"):
            question()


def some_rows(chance: Random) -> Iterator[Row]:
    """Make enough rows for several batches, some of which hold only rows that are alike."""
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


def test_rows_grouped_by_outcome_are_the_same_as_one_by_one(ledger: Ledger) -> None:
    run = staged(ledger, *some_rows(Random(1)))
    projection = ledger.projection(run.id, waiting=Status.PLANNED)
    told = chain.from_iterable(map(one_by_one, projection.unsent_rows()))
    assert list(told) == [
        (*row[:3], *((None, None, None) if row[3] == "planned" else row[3:6]), b"")
        for row in projection.rows()
    ]
    requests = list(chain.from_iterable(map(one_by_one, projection.requests())))
    assert [(row[0], row[1], row[2], row[6]) for row in requests] == [
        (update.number, update.campaign_id, update.identifier, update.body)
        for update in ledger.to_send(run.id)
    ]


def one_by_one(span: list[RowGroup]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for alike in span:
        texts = (alike.numbers.split("\x1e"), alike.identifiers.split("\x1e"))
        bodies = alike.bodies.split(b"\x1e") if alike.bodies else [b""] * len(texts[0])
        ended = (alike.outcome, alike.code, alike.reasons)
        rows += [
            (int(number), alike.campaign_id, identifier, *ended, body)
            for number, identifier, body in zip(*texts, bodies, strict=True)
        ]
    return sorted(rows)


def test_a_transaction_that_fails_leaves_nothing_behind(ledger: Ledger) -> None:
    run = staged(ledger, Row(2))
    with pytest.raises(LedgerError):
        ledger.update(run.id, no_such_column=1)
    ledger.update(run.id, exit_code=1)
    assert ledger.run(run.id).exit_code == 1
