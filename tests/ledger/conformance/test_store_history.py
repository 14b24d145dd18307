"""What a resume knows about earlier invocations of the run, and the order in which it sends."""

from __future__ import annotations

import pytest
from store_runs import BUSY, LOST, NOT_FOUND, OK, UNREACHABLE, Row, invocation, staged
from store_runs import REFUSED as CONFLICT

from bulk_update.job.store import Store
from bulk_update.ledger import Run
from bulk_update.records import Reply, RunHistory

FORBIDDEN = Reply(may_have_been_sent=True, status=403, code="http-403")
BAD = Reply(may_have_been_sent=True, status=400, code="http-400")


@pytest.fixture
def run(store: Store) -> Run:
    return staged(store, *(Row(number) for number in range(2, 102)))


@pytest.fixture
def numbers(store: Store, run: Run) -> dict[int, int]:
    """The numbers of the run's rows, by their keys in the store."""
    return {update.row_id: update.number for update in store.sending.to_send(run.id)}


def test_a_run_that_sent_nothing_has_no_history(store: Store, run: Run) -> None:
    assert store.sending.run_history(run.id) == RunHistory()


@pytest.mark.parametrize(
    ("replies", "has_response", "has_success", "refused"),
    [
        ([UNREACHABLE, LOST], False, False, []),
        ([BUSY], True, False, []),
        ([OK], True, True, []),
        ([NOT_FOUND, NOT_FOUND], True, False, [2, 3]),
        ([NOT_FOUND, CONFLICT, NOT_FOUND], True, False, [2, 4]),
        ([NOT_FOUND, OK, NOT_FOUND], True, True, []),
        ([BAD, BAD, BUSY, LOST, BAD], True, False, [2, 3, 6]),
        ([BAD, BAD, CONFLICT, BAD], True, False, [5]),
        ([BAD] * 5, True, False, []),
        ([BAD] * 6, True, False, [7]),
        ([OK, FORBIDDEN, FORBIDDEN], True, True, [3, 4]),
        ([FORBIDDEN, OK, FORBIDDEN], True, True, [4]),
        ([FORBIDDEN, CONFLICT, FORBIDDEN, BUSY], True, False, [4]),
        ([NOT_FOUND, BAD, FORBIDDEN], True, False, [2, 4]),
    ],
)
def test_a_resume_continues_open_streaks(
    store: Store,
    run: Run,
    numbers: dict[int, int],
    replies: list[Reply],
    refused: list[int],
    *,
    has_response: bool,
    has_success: bool,
) -> None:
    invocation(store, run, replies)
    history = store.sending.run_history(run.id)
    assert (history.has_response, history.has_success) == (has_response, has_success)
    assert [numbers[row.row_id] for row in history.refused] == refused
    for row in history.refused:
        (attempt,) = row.attempts
        assert attempt.reply is not None
        assert attempt.reply.status == replies[numbers[row.row_id] - 2].status


def test_streaks_add_up_over_several_invocations(
    store: Store, run: Run, numbers: dict[int, int]
) -> None:
    for _ in range(3):
        invocation(store, run, [NOT_FOUND] * 3)
    refused = store.sending.run_history(run.id).refused
    assert [numbers[row.row_id] for row in refused] == list(range(2, 11))


def test_other_runs_do_not_count(store: Store, run: Run, numbers: dict[int, int]) -> None:
    invocation(store, run, [FORBIDDEN])
    invocation(store, staged(store, Row(2), Row(3)), [OK, CONFLICT])
    history = store.sending.run_history(run.id)
    assert [numbers[row.row_id] for row in history.refused] == [2]
    assert not history.has_success


def test_rows_halted_by_a_streak_do_not_count_again_and_are_sent_last(
    store: Store, run: Run
) -> None:
    invocation(store, run, [NOT_FOUND] * 3, halted="halted-404")
    assert store.sending.run_history(run.id).refused == ()
    in_order = [update.number for update in store.sending.to_send(run.id)]
    assert in_order == [*range(5, 102), 2, 3, 4]
    invocation(store, run, [*[OK] * 97, NOT_FOUND])
    updates = list(store.sending.to_send(run.id))
    assert [update.number for update in updates] == [3, 4]
    assert [len(update.earlier) for update in updates] == [1, 1]


def test_rows_halted_by_a_403_keep_their_place(store: Store, run: Run) -> None:
    invocation(store, run, [FORBIDDEN] * 3, halted="halted-403")
    assert [update.number for update in store.sending.to_send(run.id)] == list(range(2, 102))


def test_rows_halted_while_rows_are_fetched_are_not_sent_twice(store: Store, run: Run) -> None:
    updates = store.sending.to_send(run.id)
    assert [next(updates).number for _ in range(3)] == [2, 3, 4]
    invocation(store, run, [NOT_FOUND] * 3, halted="halted-404")
    assert [update.number for update in updates] == list(range(5, 102))


def test_a_success_before_very_many_refusals_is_remembered(store: Store) -> None:
    run = staged(store, *map(Row, range(2, 703)))
    invocation(store, run, [OK, *[BAD] * 500])
    history = store.sending.run_history(run.id)
    assert (history.has_response, history.has_success) == (True, True)


def test_rows_far_apart_are_sent_in_input_order(store: Store) -> None:
    numbers = [2, 1999, 2002, 5000, 250_000, 250_001]
    run = staged(store, *map(Row, numbers))
    assert [each.number for each in store.sending.to_send(run.id)] == numbers
