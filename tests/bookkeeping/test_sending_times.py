"""Counting attempts by spans of time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bulk_update.bookkeeping.sending_times import Pause, SendingTimes, span_between

A_SECOND = 1_000_000


@given(
    first=st.integers(0, 10**15), length=st.integers(0, 10**13), most=st.integers(1, 500)
)  # fmt: skip
def test_spans_cover_all_attempts_and_are_no_more_than_asked_for(
    first: int, length: int, most: int
) -> None:
    span = span_between(first, first + length, most_spans=most)
    assert span >= A_SECOND
    spans = SendingTimes.counted(first, first + length, span, {}, []).counts
    assert 1 <= len(spans) <= most
    assert len(spans) * span > length


def test_spans_without_an_attempt_count_zero_and_pauses_are_in_order() -> None:
    found = SendingTimes.counted(0, 3 * A_SECOND, A_SECOND, {0: 2, 3: 1}, [(5, 9), (1, 4)])
    assert found.counts == (2, 0, 0, 1)
    assert found.pauses == (Pause(1, 4), Pause(5, 9))
