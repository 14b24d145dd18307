"""What a resume knows of the run's earlier invocations, and in which order it sends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from ledger_runs import BUSY, LOST, OK, UNREACHABLE, Row, close, journal_of, staged
from ledger_runs import REFUSED as CONFLICT

from bulk_update.ledger import Ledger, Run
from bulk_update.policy import outcome_of
from bulk_update.records import Attempt, Reply, RunHistory

NOT_FOUND = Reply(
    may_have_been_sent=True, status=404, code="http-404", params={"words": "no such record"}
)
FORBIDDEN = Reply(may_have_been_sent=True, status=403, code="http-403")
BAD = Reply(may_have_been_sent=True, status=400, code="http-400")


def invocation(ledger: Ledger, run: Run, replies: Sequence[Reply], *, halted: str = "") -> None:
    """Send a row for each reply and close; `halted` condemns all of these rows."""

    async def send() -> None:
        async with journal_of(ledger) as journal:
            for update, reply in zip(ledger.to_send(run.id), replies, strict=False):
                intent = await journal.record_intent(update.row_id)
                made = Attempt(intent.attempt_id, intent.departed_at_us, reply)
                journal.record_reply(made)
                attempts = (*update.earlier, made)
                journal.record_outcome(
                    outcome_of(update.row_id, attempts, halted=halted or None, finished_at_us=9)
                )

    asyncio.run(send())
    close(ledger, run)


@pytest.fixture
def run(ledger: Ledger) -> Run:
    return staged(ledger, *(Row(number) for number in range(2, 102)))


def refused_numbers(history: RunHistory) -> list[int]:
    return [row.row_id & 0xFFFFFFFF for row in history.refused]


def test_a_run_that_sent_nothing_has_no_history(ledger: Ledger, run: Run) -> None:
    assert ledger.run_history(run.id) == RunHistory()


@pytest.mark.parametrize(
    ("replies", "has_answer", "has_success", "refused"),
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
def test_a_resume_knows_which_streaks_go_on(
    ledger: Ledger,
    run: Run,
    replies: list[Reply],
    refused: list[int],
    *,
    has_answer: bool,
    has_success: bool,
) -> None:
    invocation(ledger, run, replies)
    history = ledger.run_history(run.id)
    assert (history.has_answer, history.has_success) == (has_answer, has_success)
    assert refused_numbers(history) == refused
    for row in history.refused:
        (attempt,) = row.attempts
        assert attempt.reply is not None
        assert attempt.reply.status == replies[(row.row_id & 0xFFFFFFFF) - 2].status


def test_streaks_add_up_over_several_invocations(ledger: Ledger, run: Run) -> None:
    for _ in range(3):
        invocation(ledger, run, [NOT_FOUND] * 3)
    assert refused_numbers(ledger.run_history(run.id)) == list(range(2, 11))


def test_other_runs_do_not_count(ledger: Ledger, run: Run) -> None:
    invocation(ledger, run, [FORBIDDEN])
    invocation(ledger, staged(ledger, Row(2), Row(3)), [OK, CONFLICT])
    assert refused_numbers(ledger.run_history(run.id)) == [2]
    assert not ledger.run_history(run.id).has_success


def test_rows_that_a_streak_has_halted_do_not_count_again_and_are_sent_last(
    ledger: Ledger, run: Run
) -> None:
    invocation(ledger, run, [NOT_FOUND] * 3, halted="halted-404")
    assert refused_numbers(ledger.run_history(run.id)) == []
    numbers = [update.number for update in ledger.to_send(run.id, size=10)]
    assert numbers == [*range(5, 102), 2, 3, 4]
    invocation(ledger, run, [*[OK] * 97, NOT_FOUND])
    updates = list(ledger.to_send(run.id))
    assert [update.number for update in updates] == [3, 4]
    assert [len(update.earlier) for update in updates] == [1, 1]


@pytest.mark.parametrize("size", [1, 2, 500])
def test_rows_that_are_halted_while_rows_are_fetched_come_no_second_time(
    ledger: Ledger, run: Run, size: int
) -> None:
    updates = ledger.to_send(run.id, size=size)
    assert [next(updates).number for _ in range(3)] == [2, 3, 4]
    invocation(ledger, run, [NOT_FOUND] * 3, halted="halted-404")
    assert [update.number for update in updates] == list(range(5, 102))


def test_rows_that_403_halted_keep_their_place(ledger: Ledger, run: Run) -> None:
    invocation(ledger, run, [FORBIDDEN] * 3, halted="halted-403")
    assert [update.number for update in ledger.to_send(run.id)] == list(range(2, 102))
