"""A row stays in doubt, over resumes and retries, until there is a final response."""

from __future__ import annotations

import asyncio

import pytest
from store_runs import (
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

from bulk_update.job.store import Store
from bulk_update.ledger import Run
from bulk_update.records import BodyKind, Reply, Status

PAGE = Reply(
    may_have_been_sent=True, status=200, code="http-200", variant="page", body=BodyKind.HTML
)
UNAUTHORISED = Reply(may_have_been_sent=True, status=401, code="http-401", params={"words": "who?"})


def retry_of(store: Store, parent: Run) -> Run:
    """Stage the unsuccessful rows of a run again, as `retry` does."""
    key = store.runs.begin(new_run(command="retry"), origin=parent.origin)
    data_rows = store.planning.stage_again(key, parent=parent.id)
    store.runs.record_plan(key, data_rows=data_rows, planned_at_us=2)
    return store.runs.get(key)


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
def test_a_retried_row_stays_in_doubt_until_a_final_response(
    store: Store, doubt: Reply, replies: list[Reply], status: str, *, resent: bool
) -> None:
    first = staged(store, Row(2))
    send(store, first, doubt)
    retried = retry_of(store, first)
    send(store, retried, *replies)
    (row,) = store.projection(retried.id, waiting=Status.NOT_SENT).rows()
    assert row[3] == status
    assert row[8] == len(replies), "the attempts of the first run are not those of the retry"
    assert bool(store.sending.count_to_send(retried.id)) is resent


def test_doubt_lasts_over_a_retry_of_a_retry_and_its_resumes(store: Store) -> None:
    run = staged(store, Row(2))
    send(store, run, LOST)
    for reason in "timeout", "halted-interrupted":
        run = retry_of(store, run)
        send(store, run, BUSY)
        assert ends(store, run) == {2: f"in_doubt {reason}"}
        send(store, run, UNREACHABLE)
        assert ends(store, run) == {2: f"in_doubt {reason}"}
        crash(store, run, UNAUTHORISED)
        store.sending.settle_dead_runs(now_us=50)
        assert ends(store, run) == {2: "in_doubt halted-interrupted"}
        send(store, run, BUSY)
    send(store, run, OK)
    assert ends(store, run) == {2: "updated"}


def test_a_retry_interrupted_before_a_response_keeps_the_doubt(store: Store) -> None:
    first = staged(store, Row(2))
    crash(store, first)
    store.sending.settle_dead_runs(now_us=50)
    retried = retry_of(store, first)
    send(store, retried, UNREACHABLE)
    assert ends(store, retried) == {2: "in_doubt halted-interrupted"}


def test_a_retry_does_not_put_a_row_in_doubt_that_was_not(store: Store) -> None:
    first = staged(store, Row(2), Row(3))
    send(store, first, LOST, REFUSED)
    retried = retry_of(store, first)
    send(store, retried, BUSY)
    assert ends(store, retried) == {2: "failed http-503", 3: "failed http-503"}


def test_a_retry_stages_the_rejected_failed_and_doubtful_rows(store: Store) -> None:
    run = staged(store, *(Row(number) for number in range(2, 6)))
    replies = {2: OK, 3: REFUSED, 4: BUSY, 5: LOST}
    for number, reply in replies.items():
        send_one(store, run, number, reply)
    assert ends(store, run) == {
        2: "updated",
        3: "rejected http-409",
        4: "failed http-503",
        5: "in_doubt timeout",
    }
    assert list(ends(store, retry_of(store, run))) == [3, 4, 5]


def send_one(store: Store, run: Run, number: int, reply: Reply) -> None:
    async def deliver_one() -> None:
        async with journal_of(store) as journal:
            updates = {update.number: update for update in store.sending.to_send(run.id)}
            await deliver(journal, updates[number], reply)

    asyncio.run(deliver_one())


def test_an_inherited_doubt_is_deleted_with_its_run(store: Store) -> None:
    first = staged(store, Row(2))
    send(store, first, LOST)
    retried = retry_of(store, first)
    store.runs.abandon(retried.id)
    again = retry_of(store, first)
    assert again.id != retried.id
    send(store, again, BUSY)
    assert ends(store, again) == {2: "in_doubt timeout"}
