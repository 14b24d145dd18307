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
    answered,
)

from bulk_update.policy import Halt, RefusalStreaks
from bulk_update.records import Reply

BAD = answered(400, "Bad request.")


def first_halt(
    replies: list[Reply], *, mapped_fields: tuple[str, ...] = ()
) -> tuple[int, Halt] | None:
    """Return how many replies it took to halt, and the halt; rows are numbered from 1."""
    streaks = RefusalStreaks(mapped_fields)
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


@pytest.mark.parametrize(
    ("status", "message", "halts"),
    [
        (400, 'Field "miasto" does not exist.', True),
        (422, "MIASTO: unknown", True),
        (422, "unknown status_id", True),
        (422, "No such field: saldo (PLN)", True),
        (422, "miasto2 does not exist", False),
        (422, "status_ids are wrong", False),
        (422, "Wrong format of phone number.", False),
        (404, "miasto does not exist", False),
        (403, "miasto is secret", False),
    ],
)
def test_the_first_refusal_that_names_a_mapped_field_halts(
    status: int, message: str, *, halts: bool
) -> None:
    fields = ("status_id", "miasto", "saldo (PLN)", "")
    assert (first_halt([answered(status, message)], mapped_fields=fields) is not None) is halts


def test_a_refusal_that_names_a_mapped_field_after_a_success_is_its_rows_affair() -> None:
    replies = [ACCEPTED, answered(422, "miasto is too long")]
    assert first_halt(replies, mapped_fields=("miasto",)) is None


def test_a_halt_says_what_to_look_at() -> None:
    named = first_halt([answered(422, "Miasto?")], mapped_fields=("miasto",))
    assert named == (
        1,
        Halt(
            "halted-canary",
            "refused with 422 before any success (1 in a row), and the answer names the mapped "
            'field "Miasto": look at the mapping, or at the first rows',
            (1,),
        ),
    )
    in_a_row = first_halt([BAD] * 5, mapped_fields=("miasto",))
    assert in_a_row
    assert in_a_row[1].message == (
        "refused with 400 before any success (5 in a row), and the answer is the same as before: "
        "look at the mapping, or at the first rows"
    )
    campaign = first_halt([NOT_FOUND] * 20)
    assert campaign
    assert "most likely the campaign's identifier is wrong" in campaign[1].message


def test_requests_go_one_by_one_until_the_first_success() -> None:
    streaks = RefusalStreaks(())
    seen = []
    for reply in [BUSY, REFUSED, ACCEPTED, REFUSED]:
        streaks.record(1, reply)
        seen.append(streaks.before_first_success)
    assert seen == [True, True, False, False]


@given(replies=st.lists(REPLIES, max_size=60))
def test_only_refusals_halt(replies: list[Reply]) -> None:
    found = first_halt(replies)
    if found:
        number, halt = found
        statuses = {replies[row_id - 1].status for row_id in halt.row_ids}
        assert statuses in ({403}, {404}, {422})
        assert halt.row_ids[-1] == number
