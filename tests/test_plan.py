from __future__ import annotations

from dataclasses import replace

import pytest

from bulk_update.exits import RunEnd
from bulk_update.limits import parse_limit
from bulk_update.messages import sentences_of
from bulk_update.plan import (
    ANY_NUMBER_OF_ROWS,
    FieldPlan,
    Guards,
    Plan,
    judge_data_rows,
    judge_duration,
    judge_failures,
    judge_invalid,
    judge_plan,
)


def code(stopped: RunEnd | None) -> str | None:
    assert stopped is None or sentences_of(stopped.reasons)
    return stopped.code if stopped else None


@pytest.mark.parametrize(
    ("expected", "rows", "stopped"),
    [
        (None, 0, "no-rows"),
        (None, 1, None),
        ((0, 0), 0, None),
        ((0, 0), 1, "expect-rows"),
        ((0, 5), 0, None),
        ((1, 5), 0, "no-rows"),
        ((900, 1200), 899, "expect-rows"),
        ((900, 1200), 900, None),
        ((900, 1200), 1200, None),
        ((900, 1200), 1201, "expect-rows"),
        (ANY_NUMBER_OF_ROWS, 0, None),
        (ANY_NUMBER_OF_ROWS, 10**7, None),
    ],
)
def test_the_number_of_data_rows_is_checked_as_in_the_table(
    expected: tuple[int, int] | None, rows: int, stopped: str | None
) -> None:
    assert code(judge_data_rows(Guards(expect_rows=expected), rows)) == stopped


@pytest.mark.parametrize(("expected", "words"), [((5, 5), "is 5:"), ((5, 9), "is 5 to 9:")])
def test_an_unexpected_number_of_rows_is_reported_with_the_expected_one(
    expected: tuple[int, int], words: str
) -> None:
    stopped = judge_data_rows(Guards(expect_rows=expected), 2)
    assert stopped is not None
    said = sentences_of(stopped.reasons)
    assert "the file has 2 data rows" in said
    assert words in said


SHARES = [
    (None, 100, 100, False),
    ("5", 5, 6, False),
    ("5", 6, 6, True),
    ("0", 1, 1, True),
    ("10%", 19, 19, False),
    ("10%", 2, 20, False),
    ("10%", 3, 20, True),
    ("0%", 1, 20, True),
]
"""A number always counts, a share only from 20 rows on."""


@pytest.mark.parametrize(("limit", "count", "of", "is_stopped"), SHARES)
def test_max_invalid_is_relative_to_the_data_rows(
    limit: str | None,
    count: int,
    of: int,
    is_stopped: bool,  # noqa: FBT001 - a table
) -> None:
    guards = Guards(max_invalid=limit and parse_limit(limit))  # type: ignore[arg-type] # "" is none
    assert code(judge_invalid(guards, invalid=count, data_rows=of)) == (
        "max-invalid" if is_stopped else None
    )


@pytest.mark.parametrize(("limit", "count", "of", "is_stopped"), SHARES)
def test_max_failures_is_relative_to_the_rows_sent(
    limit: str | None,
    count: int,
    of: int,
    is_stopped: bool,  # noqa: FBT001 - a table
) -> None:
    guards = Guards(max_failures=limit and parse_limit(limit))  # type: ignore[arg-type] # "" is none
    assert code(judge_failures(guards, failures=count, sent=of)) == (
        "max-failures" if is_stopped else None
    )


@pytest.mark.parametrize(
    ("guards", "to_send", "clears", "stopped"),
    [
        (Guards(), 10**6, 0, None),
        (Guards(), 1, 1, "max-clears"),
        (Guards(max_clears=parse_limit("2")), 5, 2, None),
        (Guards(max_clears=parse_limit("2")), 5, 3, "max-clears"),
        (Guards(max_clears=None), 5, 3, None),
        (Guards(max_rows=parse_limit("5")), 5, 0, None),
        (Guards(max_rows=parse_limit("5")), 6, 0, "max-rows"),
        (Guards(max_rows=parse_limit("5")), 6, 1, "max-rows"),
    ],
)
def test_the_rows_to_send_are_checked_as_in_the_table(
    guards: Guards, to_send: int, clears: int, stopped: str | None
) -> None:
    assert code(judge_plan(guards, to_send=to_send, clears=clears)) == stopped


@pytest.mark.parametrize(
    ("allowed", "seconds", "stopped"),
    [(None, 1e9, None), (10.0, 9.9, None), (10.0, 10.0, "max-duration")],
)
def test_sending_may_take_as_long_as_max_duration(
    allowed: float | None, seconds: float, stopped: str | None
) -> None:
    assert code(judge_duration(Guards(max_duration_seconds=allowed), seconds=seconds)) == stopped


def test_a_plan_counts_the_fields_that_it_clears() -> None:
    plan = Plan(
        data_rows=9,
        counts={},
        to_send=9,
        campaigns=(("00001", 9),),
        fields=(FieldPlan("a", sets=1, clears=2), FieldPlan("b", sets=0, clears=3)),
    )
    assert plan.clears == 5
    assert replace(plan, fields=()).clears == 0
