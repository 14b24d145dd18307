from __future__ import annotations

import pytest

from bulk_update.messages import counted, duration, moment, number, size


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"), (0.04, "0 s"), (0.25, "0.2 s"), (3, "3 s"), (3.0, "3 s"), (2.55, "2.5 s"),
        (9.97, "10 s"), (59.4, "59 s"), (59.6, "1 min"), (60, "1 min"), (130, "2 min 10 s"),
        (3599.7, "1 h"), (3600, "1 h"), (3900, "1 h 5 min"), (86_399, "23 h 59 min"),
        (86_400, "1 d"), (183_600, "2 d 3 h"), (36_500 * 86_400, "36,500 d"),
    ],
)  # fmt: skip
def test_a_duration_is_shown_in_suitable_units(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1 KB"), (1234, "1.2 KB"),
        (9940, "9.9 KB"), (9960, "10 KB"), (28_324, "28 KB"), (999_499, "999 KB"),
        (999_501, "1 MB"), (20_000_000, "20 MB"), (1_500_000_000, "1.5 GB"),
        (5 * 10**15, "5,000 TB"),
    ],
)  # fmt: skip
def test_a_size_is_shown_in_a_suitable_unit(count: int, shown: str) -> None:
    assert size(count) == shown


def test_counts_have_thousands_separators_and_the_noun_is_singular_only_for_one() -> None:
    assert [counted(count, "row") for count in (0, 1, 2, 1000, 1_234_567)] == [
        "0 rows", "1 row", "2 rows", "1,000 rows", "1,234,567 rows",
    ]  # fmt: skip
    assert number(999) == "999"


def test_a_time_is_shown_in_utc_and_says_so() -> None:
    assert moment(1_772_331_300_999_999) == "2026-03-01 02:15:00 UTC"
    assert moment(None) == "-"
