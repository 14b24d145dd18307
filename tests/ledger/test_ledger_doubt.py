"""Doubt stays with a row, over resumes and retries, until a final answer comes."""

from __future__ import annotations

import asyncio

import pytest
from ledger_runs import (
    BUSY,
    LOST,
    OK,
    REFUSED,
    UNREACHABLE,
    Row,
    crash,
    deliver,
    ends,
    journal_of,
    new_run,
    send,
    staged,
)

from bulk_update.ledger import Ledger, Run, RunState
from bulk_update.records import BodyKind, Reply, Status

PAGE = Reply(
    may_have_been_sent=True, status=200, code="http-200", message="a web page", body=BodyKind.HTML
)
UNAUTHORISED = Reply(may_have_been_sent=True, status=401, code="http-401", message="who?")


def retry_of(ledger: Ledger, parent: Run) -> Run:
    """Stage what a run sent in vain once more, as `retry` does."""
    key = ledger.begin(new_run(command="retry"), origin=parent.origin)
    data_rows = ledger.stage_again(key, parent=parent.id)
    ledger.update(key, state=RunState.PLANNED, data_rows=data_rows)
    return ledger.run(key)


@pytest.mark.parametrize("doubt", [LOST, PAGE])
@pytest.mark.parametrize(
    ("replies", "status", "resent"),
    [
        ([BUSY], "in_doubt", True),
        ([UNREACHABLE], "in_doubt", True),
        ([BUSY, UNREACHABLE], "in_doubt", True),
        ([LOST], "in_doubt", True),
        ([UNAUTHORISED], "in_doubt", True),
        ([REFUSED], "rejected", False),
        ([OK], "updated", False),
    ],
)
def test_a_row_in_doubt_that_is_retried_stays_so_until_a_final_answer(
    ledger: Ledger, doubt: Reply, replies: list[Reply], status: str, *, resent: bool
) -> None:
    first = staged(ledger, Row(2))
    send(ledger, first, doubt)
    retried = retry_of(ledger, first)
    send(ledger, retried, *replies)
    (row,) = ledger.projection(retried.id, waiting=Status.NOT_SENT).rows()
    assert row[3] == status
    assert row[8] == len(replies), "the attempts of the first run are not those of the retry"
    assert bool(ledger.count_to_send(retried.id)) is resent


def test_doubt_stays_over_a_retry_of_a_retry_and_its_resumes(ledger: Ledger) -> None:
    run = staged(ledger, Row(2))
    send(ledger, run, LOST)
    for reason in "timeout", "halted-interrupted":
        run = retry_of(ledger, run)
        send(ledger, run, BUSY)
        assert ends(ledger, run) == {2: f"in_doubt {reason}"}
        send(ledger, run, UNREACHABLE)
        assert ends(ledger, run) == {2: f"in_doubt {reason}"}
        crash(ledger, run, UNAUTHORISED)
        ledger.settle_dead_runs(now_us=50)
        assert ends(ledger, run) == {2: "in_doubt halted-interrupted"}
        send(ledger, run, BUSY)
    send(ledger, run, OK)
    assert ends(ledger, run) == {2: "updated"}


def test_a_retry_that_is_cut_off_before_an_answer_keeps_the_doubt(ledger: Ledger) -> None:
    first = staged(ledger, Row(2))
    crash(ledger, first)
    ledger.settle_dead_runs(now_us=50)
    retried = retry_of(ledger, first)
    send(ledger, retried, UNREACHABLE)
    assert ends(ledger, retried) == {2: "in_doubt halted-interrupted"}


def test_a_row_that_was_not_in_doubt_is_not_in_doubt_after_its_retry(ledger: Ledger) -> None:
    first = staged(ledger, Row(2), Row(3))
    send(ledger, first, LOST, REFUSED)
    retried = retry_of(ledger, first)
    send(ledger, retried, BUSY)
    assert ends(ledger, retried) == {2: "failed http-503", 3: "failed http-503"}


def test_a_retry_takes_the_rows_that_were_rejected_failed_or_left_in_doubt(ledger: Ledger) -> None:
    run = staged(ledger, *(Row(number) for number in range(2, 6)))
    replies = {2: OK, 3: REFUSED, 4: BUSY, 5: LOST}
    for number, reply in replies.items():
        send_one(ledger, run, number, reply)
    assert ends(ledger, run) == {
        2: "updated",
        3: "rejected http-409",
        4: "failed http-503",
        5: "in_doubt timeout",
    }
    assert list(ends(ledger, retry_of(ledger, run))) == [3, 4, 5]


def send_one(ledger: Ledger, run: Run, number: int, reply: Reply) -> None:
    async def deliver_one() -> None:
        async with journal_of(ledger) as journal:
            updates = {update.number: update for update in ledger.to_send(run.id)}
            await deliver(journal, updates[number], reply)

    asyncio.run(deliver_one())


def test_an_inherited_doubt_goes_with_its_run(ledger: Ledger) -> None:
    first = staged(ledger, Row(2))
    send(ledger, first, LOST)
    retried = retry_of(ledger, first)
    ledger.abandon(retried.id)
    again = retry_of(ledger, first)
    assert again.id != retried.id
    send(ledger, again, BUSY)
    assert ends(ledger, again) == {2: "in_doubt timeout"}
