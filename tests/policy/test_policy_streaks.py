from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_replies import (
    ACCEPTED,
    BUSY,
    FORBIDDEN,
    NOT_FOUND,
    PAGE,
    REFUSED,
    REPLIES,
    TIMEOUT,
    UNREACHABLE,
    answered,
)

from bulk_update.policy import Halt, RefusalStreaks
from bulk_update.records import Reply

BAD = answered(400, "Bad request.")


def first_halt(replies: list[Reply]) -> tuple[int, Halt] | None:
    """Return how many replies it took to halt, and the halt; rows are numbered from 1."""
    streaks = RefusalStreaks()
    for number, reply in enumerate(replies, start=1):
        halt = streaks.record(number, reply)
        if halt:
            return number, halt
    return None


def condemned(replies: list[Reply]) -> tuple[int, str, tuple[int, ...]] | None:
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
        ([NOT_FOUND] * 19, None),
        ([NOT_FOUND] * 20, (20, "halted-404", tuple(range(1, 21)))),
        (
            [NOT_FOUND] * 10 + [FORBIDDEN] + [NOT_FOUND] * 10,
            (21, "halted-404", (*range(1, 11), *range(12, 22))),
        ),
        ([NOT_FOUND] * 19 + [ACCEPTED] + [NOT_FOUND] * 50, None),
        ([ACCEPTED] + [NOT_FOUND] * 50, None),
        ([BAD, REFUSED] * 2, None),
        ([BAD, REFUSED] * 2 + [BAD], (5, "halted-canary", (1, 2, 3, 4, 5))),
        ([BAD] * 4 + [UNREACHABLE, BUSY, BAD], (7, "halted-canary", (1, 2, 3, 4, 7))),
        ([BAD] * 4 + [NOT_FOUND] + [BAD] * 4, None),
        ([BAD] * 4 + [ACCEPTED] + [BAD] * 50, None),
    ],
)
def test_a_streak_of_refusals_halts_the_run_and_names_its_rows(
    replies: list[Reply], expected: tuple[int, str, tuple[int, ...]] | None
) -> None:
    assert condemned(replies) == expected


def test_a_halt_says_what_to_look_at() -> None:
    in_a_row = first_halt([BAD] * 5)
    assert in_a_row
    assert in_a_row[1].message == (
        "the first 5 rows were refused with 400 or 422: look at the mapping, or at these rows"
    )
    campaign = first_halt([NOT_FOUND] * 20)
    assert campaign
    assert "most likely the campaign's identifier is wrong" in campaign[1].message


def test_requests_go_one_by_one_until_the_first_success() -> None:
    streaks = RefusalStreaks()
    seen = []
    for reply in [BUSY, REFUSED, ACCEPTED, REFUSED]:
        streaks.record(1, reply)
        seen.append(streaks.before_first_success)
    assert seen == [True, True, False, False]


def test_the_rows_of_streaks_that_are_not_over_are_remembered() -> None:
    streaks = RefusalStreaks()
    seen = []
    for number, reply in enumerate([NOT_FOUND, FORBIDDEN, REFUSED, ACCEPTED, FORBIDDEN], start=1):
        streaks.record(number, reply)
        seen.append(sorted(streaks.row_ids))
    assert seen == [[1], [1, 2], [1, 3], [], [5]]


@given(replies=st.lists(REPLIES, max_size=60))
def test_only_refusals_halt(replies: list[Reply]) -> None:
    found = first_halt(replies)
    if found:
        number, halt = found
        statuses = {replies[row_id - 1].status for row_id in halt.row_ids}
        assert statuses in ({403}, {404}, {422})
        assert halt.row_ids[-1] == number
