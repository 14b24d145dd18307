from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_update.limits import Limit, parse_duration, parse_limit


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("0", Limit(Decimal(0))),
        ("20", Limit(Decimal(20))),
        (" 20 ", Limit(Decimal(20))),
        ("5%", Limit(Decimal(5), percent=True)),
        ("0.5 %", Limit(Decimal("0.5"), percent=True)),
        ("100%", Limit(Decimal(100), percent=True)),
    ],
)
def test_a_limit_is_a_number_of_rows_or_a_share(text: str, limit: Limit) -> None:
    assert parse_limit(text) == limit


@pytest.mark.parametrize(
    "text", ["", "-1", "1.5", "100.1%", "5 percent", "٣", "1e3", "%", "5%%", "nan"]
)
def test_an_invalid_limit_is_rejected_with_the_text_found(text: str) -> None:
    with pytest.raises(ValueError, match="expected") as refusal:
        parse_limit(text)
    assert f'"{text}"' in str(refusal.value)


@pytest.mark.parametrize(
    ("limit", "count", "of", "exceeded"),
    [
        ("3", 3, 10, False),
        ("3", 4, 10, True),
        ("0", 0, 0, False),
        ("0", 1, 1, True),
        ("10%", 10, 100, False),
        ("10%", 11, 100, True),
        ("0.1%", 1, 1000, False),
        ("0.1%", 2, 1000, True),
        ("0%", 0, 0, False),
        ("100%", 7, 7, False),
    ],
)
def test_a_limit_is_exceeded_by_more_than_it_says(
    limit: str,
    count: int,
    of: int,
    exceeded: bool,  # noqa: FBT001 - a table
) -> None:
    assert parse_limit(limit).exceeded_by(count, of=of) is exceeded


@given(st.integers(0, 100), st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_share_is_compared_without_rounding(percent: int, count: int, of: int) -> None:
    assert parse_limit(f"{percent}%").exceeded_by(count, of=of) == (count * 100 > percent * of)


@pytest.mark.parametrize(("text", "shown"), [("20", "20"), ("5%", "5 %")])
def test_a_limit_is_shown_as_it_was_written(text: str, shown: str) -> None:
    assert str(parse_limit(text)) == shown


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("1.5 m", 90),
        ("3h", 10_800),
        ("2d", 172_800),
        ("0.25", 0.25),
        ("36500d", 3_153_600_000),
        (" 0 ", 0),
    ],
)
def test_a_duration_is_a_number_with_its_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    ["", "h", "-5s", "5 weeks", "5M", "1:30", "250ms", "inf", "1e3", "٣s", "36501d", "9" * 5000],
)
def test_an_invalid_duration_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a valid duration|is too long"):
        parse_duration(text)
