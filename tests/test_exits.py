from __future__ import annotations

import pytest

from bulk_update.exits import (
    NEEDS_ATTENTION,
    SUCCESS,
    RunEnd,
    end_of_rows,
    most_severe,
    severity_rank,
)
from bulk_update.limits import parse_limit
from bulk_update.messages import sentences_of
from bulk_update.records import Issue, Status

FIRST = (Issue("first"), Issue("second"))
SECOND = (Issue("second"),)
GOOD = {Status.UPDATED, Status.UNCHANGED, Status.FILTERED, Status.NOT_SENT, Status.PLANNED}


def exit_code(
    counts: dict[Status, int], *, identical: int = 0, tolerate: dict[Status, str] | None = None
) -> int:
    limits = {status: parse_limit(text) for status, text in (tolerate or {}).items()}
    return end_of_rows(counts, identical=identical, tolerate=limits).exit_code


@pytest.mark.parametrize("status", list(Status))
def test_the_outcome_of_one_row_determines_the_exit_code(status: Status) -> None:
    assert exit_code({Status.UPDATED: 99, status: 1}) == (0 if status in GOOD else 1)
    assert (status in NEEDS_ATTENTION) == (status not in GOOD)


@pytest.mark.parametrize(
    ("counts", "identical", "tolerate", "code"),
    [
        ({}, 0, {}, 0),
        ({Status.DUPLICATE: 3}, 3, {}, 0),
        ({Status.DUPLICATE: 3}, 2, {}, 1),
        ({Status.DUPLICATE: 3}, 2, {Status.DUPLICATE: "1"}, 0),
        ({Status.DUPLICATE: 100}, 0, {Status.DUPLICATE: "100%"}, 0),
        ({Status.INVALID: 5}, 0, {Status.INVALID: "5"}, 0),
        ({Status.INVALID: 6}, 0, {Status.INVALID: "5"}, 1),
        ({Status.REJECTED: 1, Status.UPDATED: 99}, 0, {Status.REJECTED: "1%"}, 0),
        ({Status.REJECTED: 1, Status.UPDATED: 98}, 0, {Status.REJECTED: "1%"}, 1),
        ({Status.REJECTED: 1, Status.INVALID: 1}, 0, {Status.REJECTED: "1"}, 1),
    ],
)
def test_tolerated_rows_do_not_change_the_exit_code(
    counts: dict[Status, int], identical: int, tolerate: dict[Status, str], code: int
) -> None:
    assert exit_code(counts, identical=identical, tolerate=tolerate) == code


def test_the_end_lists_the_outcomes_that_need_attention() -> None:
    counts = {Status.UPDATED: 5, Status.IN_DOUBT: 2, Status.INVALID: 3, Status.DUPLICATE: 1}
    end = end_of_rows(counts, identical=1, tolerate={})
    assert (end.exit_code, end.code) == (1, "rows")
    assert sentences_of(end.reasons) == "3 invalid, 2 in_doubt"


def test_the_most_severe_of_several_exit_codes_wins() -> None:
    codes = [129, 130, 143, 70, 5, 4, 3, 2, 1, 0]
    ends = [RunEnd(code, (Issue(str(code)),)) for code in codes]
    for index, end in enumerate(ends):
        assert most_severe(*reversed(ends[index:])) == end


def test_the_first_of_equally_severe_ends_wins() -> None:
    assert most_severe(RunEnd(3, FIRST), RunEnd(3, SECOND), SUCCESS).code == "first"


def test_an_unknown_exit_code_is_as_severe_as_a_bug() -> None:
    assert severity_rank(99) == severity_rank(70)
