"""What is usual, given earlier values; and which runs are compared with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bulk_update.learned import FileCounts, Profile, ended_well, history_of, is_expected, unusual
from bulk_update.learned.usual import Part, Usual, chance_of_all, usual_range, usual_share
from bulk_update.records import Status

PLAN = Profile(shape="s", rows=100, sent=100)


@pytest.mark.parametrize(
    ("values", "floor", "usual"),
    [
        ([100] * 10, 20, Usual(80, 120)),
        ([100] * 9 + [900], 20, Usual(80, 120)),  # one extreme value changes nothing
        ([100] * 9 + [0], 20, Usual(80, 120)),
        ([100] * 8 + [10, 12], 5, Usual(7, 105)),  # a weekend
        ([100] * 5 + [10], 5, Usual(5, 105)),  # the first day of a weekend
        ([100], 20, Usual(80, 120)),
    ],
)
def test_the_usual_range_covers_what_was_seen_and_a_floor(
    values: list[float], floor: float, usual: Usual
) -> None:
    assert usual_range(values, floor=floor) == usual


def test_the_usual_range_is_six_deviations_wide() -> None:
    low, high = usual_range([98, 99, 99, 100, 100, 100, 101, 101, 102, 100], floor=0)
    assert (low, high) == pytest.approx((100 - 6 * 1.4826, 100 + 6 * 1.4826))


@pytest.mark.parametrize(
    ("share", "of", "high"),
    [
        (0.0, 1000, 0.05),
        (0.0, 50, 0.2),  # 10 rows
        (0.4, 10_000, 0.5),  # a quarter of the share
        (0.98, 10_000, 1.03),
        (0.5, 100, 0.75),  # five deviations of a sample
    ],
)
def test_a_share_has_more_room_in_a_small_file(share: float, of: int, high: float) -> None:
    earlier = [Part(round(share * 10_000), 10_000)] * 10
    assert usual_share(Part(0, of), earlier, floor=0.05).high == pytest.approx(high)


def test_a_few_blank_rows_may_be_chance() -> None:
    full, sparse = Part(0, 100), Part(90, 100)
    assert chance_of_all(Part(1, 1), [full]) > 1e-4 > chance_of_all(Part(3, 3), [full])
    assert chance_of_all(Part(50, 50), [full, sparse]) > 1e-4
    assert chance_of_all(Part(200, 200), [full, sparse]) < 1e-4


def test_the_history_is_the_ten_latest_comparable_profiles() -> None:
    other = replace(PLAN, shape="other")
    stopped = replace(PLAN, is_unusual=True)
    passed = replace(stopped, let_through=True, ended_well=True)
    stored = [profile.stored() for profile in (other, stopped, passed, *[PLAN] * 12)]
    assert history_of(stored, shape="s") == (passed, *[PLAN] * 9)


def test_a_field_or_a_column_that_is_new_is_judged_as_if_it_had_been_empty() -> None:
    file = FileCounts(changes=100, statuses={"status_id": {"5": 30}}, blanks={"New": (100, 100)})
    found = unusual(replace(PLAN, file=file), [replace(PLAN, file=FileCounts(changes=100))] * 5)
    assert [issue.code for issue in found] == ["unusual-status"]


def blank(count: int, of: int) -> Profile:
    return replace(PLAN, file=FileCounts(blanks={"Miasto": (count, of)}))


def test_a_column_that_has_been_blank_before_may_be_blank() -> None:
    history = [blank(0, 1000), blank(10, 10)]
    assert unusual(blank(1000, 1000), history) == ()


def test_a_blank_column_is_reported_once() -> None:
    found = unusual(blank(1000, 1000), [blank(0, 1000)] * 5)
    assert [issue.code for issue in found] == ["blank-column"]


def test_a_job_whose_file_rarely_changes_is_not_stopped_when_it_does() -> None:
    idle = replace(PLAN, sent=0, unchanged=100)
    assert unusual(PLAN, [*[idle] * 9, PLAN]) == ()


@pytest.mark.parametrize(
    ("count", "expected", "answer"),
    [
        (0, 0, True),
        (1, 0, False),
        (99, 99, True),
        (99, 100, True),
        (100, 99, False),
        (101, 100, True),
        (102, 100, False),
        (41_200, 41_000, True),
        (41_411, 41_000, False),
    ],
)
def test_a_number_of_rows_is_expected_within_one_per_cent(
    count: int, expected: int, *, answer: bool
) -> None:
    assert is_expected(count, expected=expected) is answer


@pytest.mark.parametrize(
    ("exit_code", "updated", "rejected", "answer"),
    [(0, 100, 0, True), (1, 95, 5, True), (1, 94, 6, False), (3, 100, 0, False), (0, 0, 0, True)],
)
def test_a_run_ended_well_if_nearly_all_rows_were_taken(
    exit_code: int, updated: int, rejected: int, *, answer: bool
) -> None:
    counts = {
        **dict.fromkeys(Status, 0),
        Status.UPDATED: updated,
        Status.REJECTED: rejected,
    }
    assert ended_well(exit_code, counts) is answer
