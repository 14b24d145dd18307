from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_replies import (
    ACCEPTED,
    BUSY,
    FORBIDDEN,
    LOCKED,
    NOT_FOUND,
    PACED,
    PAGE,
    REFUSED,
    REPLIES,
    TIMEOUT,
    UNREACHABLE,
    reply_with,
)

from bulk_update.messages import sentence_of
from bulk_update.policy import Halt, RefusalStreaks, Verdict, open_streaks, verdict_of
from bulk_update.records import Attempt, RefusedRow, Reply, RunHistory

BAD = reply_with(400, "Bad request.")


def first_halt(replies: list[Reply]) -> tuple[int, Halt] | None:
    """Return the number of replies until the halt, and the halt; rows are numbered from 1."""
    streaks = RefusalStreaks()
    for number, reply in enumerate(replies, start=1):
        halt = streaks.record(number, reply)
        if halt:
            return number, halt
    return None


def condemned(replies: list[Reply]) -> tuple[int, str | None, tuple[int, ...]] | None:
    found = first_halt(replies)
    return found and (found[0], found[1].code, found[1].row_ids)


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        ([FORBIDDEN] * 19, None),
        ([FORBIDDEN] * 20, (20, "halted-403", tuple(range(1, 21)))),
        ([ACCEPTED] + [FORBIDDEN] * 20, (21, "halted-403", tuple(range(2, 22)))),
        ([FORBIDDEN] * 19 + [ACCEPTED] + [FORBIDDEN] * 19, None),
        ([FORBIDDEN] * 19 + [NOT_FOUND] + [FORBIDDEN] * 19, None),
        (
            [FORBIDDEN] * 19 + [BUSY, TIMEOUT, PAGE, FORBIDDEN],
            (23, "halted-403", (*range(1, 20), 23)),
        ),
        ([PACED] * 50, None),
        ([FORBIDDEN] * 19 + [PACED] * 50, None),
        (
            [FORBIDDEN] * 19 + [PACED, LOCKED, FORBIDDEN],
            (22, "halted-403", (*range(1, 20), 22)),
        ),
        ([NOT_FOUND] * 19, None),
        ([NOT_FOUND] * 20, (20, "halted-404", tuple(range(1, 21)))),
        (
            [NOT_FOUND] * 10 + [FORBIDDEN] + [NOT_FOUND] * 10,
            (21, "halted-404", (*range(1, 11), *range(12, 22))),
        ),
        ([NOT_FOUND] * 19 + [ACCEPTED] + [NOT_FOUND] * 50, None),
        ([ACCEPTED] + [NOT_FOUND] * 50, None),
        ([BAD, REFUSED] * 2, None),
        ([BAD, REFUSED] * 2 + [BAD], (5, "halted-canary", ())),
        ([BAD] * 4 + [UNREACHABLE, BUSY, BAD], (7, "halted-canary", ())),
        ([BAD] * 4 + [NOT_FOUND] + [BAD] * 4, None),
        ([BAD] * 4 + [ACCEPTED] + [BAD] * 50, None),
    ],
)
def test_a_streak_of_refusals_halts_the_run_and_names_its_rows(
    replies: list[Reply], expected: tuple[int, str, tuple[int, ...]] | None
) -> None:
    assert condemned(replies) == expected


def test_a_refusal_that_names_a_field_counts_like_any_other() -> None:
    naming = [reply_with(422, "status_id is unknown")]
    assert first_halt(naming * 4) is None
    assert condemned(naming * 5) == (5, "halted-canary", ())


def test_a_halt_says_what_to_look_at() -> None:
    in_a_row = first_halt([BAD] * 5)
    assert in_a_row
    assert sentence_of(in_a_row[1].reason) == (
        "5 consecutive refusals with 400 or 422 before any success: the mapping is probably wrong"
    )
    campaign = first_halt([NOT_FOUND] * 20)
    assert campaign
    assert "the campaign is probably wrong" in sentence_of(campaign[1].reason)


@given(replies=st.lists(REPLIES, max_size=60))
def test_only_refusals_make_a_streak_that_halts(replies: list[Reply]) -> None:
    found = first_halt(replies)
    if found:
        number, halt = found
        statuses = {replies[row_id - 1].status for row_id in halt.row_ids}
        assert statuses in (set(), {403}, {404})
        assert halt.row_ids[-1:] in ((), (number,))


# --- over several invocations


def history_of(replies: list[Reply]) -> RunHistory:
    """Return the history of an invocation that got these replies, one per row."""
    has_success = any(verdict_of(reply) is Verdict.ACCEPT for reply in replies)
    decided = {
        number: reply
        for number, reply in enumerate(replies, start=1)
        if verdict_of(reply) in {Verdict.ACCEPT, Verdict.REFUSE}
    }
    still_open = open_streaks(decided.items(), has_success=has_success)
    refused = [
        RefusedRow(number, (Attempt(number, number, decided[number]),)) for number in still_open
    ]
    return RunHistory(has_success=has_success, refused=tuple(refused))


@given(
    first=st.lists(REPLIES | st.sampled_from([NOT_FOUND, FORBIDDEN, BAD]), max_size=25),
    second=st.lists(REPLIES | st.sampled_from([NOT_FOUND, FORBIDDEN, BAD]), max_size=25),
)
def test_a_stop_in_between_does_not_change_where_a_run_halts(
    first: list[Reply], second: list[Reply]
) -> None:
    if first_halt(first):
        return
    resumed = RefusalStreaks(history_of(first))
    halts = (
        (number, halt)
        for number, reply in enumerate(second, start=len(first) + 1)
        if (halt := resumed.record(number, reply))
    )
    assert next(halts, None) == first_halt([*first, *second])


@pytest.mark.parametrize(
    ("before", "now", "halts"),
    [
        ([BAD] * 5, [BAD] * 4, False),
        ([BAD] * 5, [BAD] * 5, True),
        ([BAD] * 7, [BAD] * 3, True),
        ([NOT_FOUND] * 20, [NOT_FOUND] * 19, False),
        ([NOT_FOUND] * 25, [NOT_FOUND] * 15, True),
    ],
)
def test_refusals_that_halted_a_run_do_not_count_again(
    before: list[Reply], now: list[Reply], *, halts: bool
) -> None:
    resumed = RefusalStreaks(history_of(before))
    found = [resumed.record(number, reply) for number, reply in enumerate(now, start=100)]
    assert any(found) is halts
