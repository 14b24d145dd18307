"""The daily window of sending, by the local clock, also in the nights in which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bulk_update.invalid_value import InvalidValueError
from bulk_update.window import DailyHours, SendingWindow, parse_hours

WARSAW = ZoneInfo("Europe/Warsaw")
MINUTE_US = 60_000_000

SPRING = datetime(2027, 3, 28, tzinfo=UTC)
"""The day in which 02:00 in Warsaw is followed by 03:00, at 01:00 UTC."""
AUTUMN = datetime(2026, 10, 25, tzinfo=UTC)
"""The day in which 03:00 in Warsaw is followed by 02:00, at 01:00 UTC."""


def us(moment: datetime) -> int:
    return round(moment.timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("20:00-06:00", "20:00-06:00"),
        ("8:05-16:00", "08:05-16:00"),
        (" 20:00 - 06:00 ", "20:00-06:00"),
        ("20:00-24:00", "20:00-00:00"),
        ("00:00-00:01", "00:00-00:01"),
    ],
)
def test_hours_are_two_times_of_day(text: str, hours: str) -> None:
    assert str(parse_hours(text)) == hours


@pytest.mark.parametrize(
    "text",
    ["", "20:00", "20-06", "25:00-06:00", "20:60-06:00", "24:00-06:00", "20:00-06:00-07:00", "x-y",
     "20:00\u201306:00", "20:00-20:00", "00:00-24:00", "20.00-06.00"],
)  # fmt: skip
def test_other_texts_and_equal_times_are_refused(text: str) -> None:
    with pytest.raises(InvalidValueError):
        parse_hours(text)


def open_minutes(hours: str, day: datetime) -> list[str]:
    """Return the UTC spans of a day, from noon before to noon, in which a window is open."""
    window, begins = SendingWindow(parse_hours(hours), WARSAW), day - timedelta(hours=12)
    spans: list[str] = []
    was_open = False
    for number in range(24 * 60 + 1):
        moment = begins + timedelta(minutes=number)
        is_open = number < 24 * 60 and window.is_open(us(moment))
        if is_open is not was_open:
            spans.append(f"{moment:%H:%M}")
        was_open = is_open
    return ["-".join(pair) for pair in zip(spans[::2], spans[1::2], strict=True)]


@pytest.mark.parametrize(
    ("hours", "day", "spans"),
    [
        ("20:00-06:00", SPRING, ["19:00-04:00"]),
        ("20:00-06:00", AUTUMN, ["18:00-05:00"]),
        ("20:00-02:30", SPRING, ["19:00-01:00"]),
        ("20:00-02:30", AUTUMN, ["18:00-00:30", "01:00-01:30"]),
        ("02:30-05:00", SPRING, ["01:00-03:00"]),
        ("02:30-05:00", AUTUMN, ["00:30-01:00", "01:30-04:00"]),
        ("02:15-02:45", SPRING, []),
        ("02:15-02:45", AUTUMN, ["00:15-00:45", "01:15-01:45"]),
        ("08:00-10:00", SPRING, ["06:00-08:00"]),
    ],
)
def test_the_local_clock_decides_in_the_nights_in_which_clocks_change(
    hours: str, day: datetime, spans: list[str]
) -> None:
    assert open_minutes(hours, day) == spans


def test_the_next_opening_is_said_in_local_time() -> None:
    window = SendingWindow(parse_hours("02:15-02:45"), WARSAW)
    outside = window.outside(us(datetime(2027, 3, 28, 0, 0, tzinfo=UTC)))
    assert outside is not None
    assert outside.params == {
        "begins": "02:15",
        "ends": "02:45",
        "zone": "Europe/Warsaw",
        "opens": "2027-03-29 02:15",
    }


minutes = st.integers(0, 24 * 60 - 1)
windows = st.builds(
    SendingWindow,
    st.tuples(minutes, minutes).filter(lambda pair: pair[0] != pair[1]).map(
        lambda pair: DailyHours(*pair)
    ),
    st.sampled_from(
        ["Europe/Warsaw", "Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC",
         "America/St_Johns", "Pacific/Apia"]
    ).map(ZoneInfo),
)  # fmt: skip
moments = st.integers(
    us(SPRING - timedelta(days=400)), us(SPRING + timedelta(days=400))
) | st.builds(
    lambda day, minute, rest: us(day) + minute * MINUTE_US + rest,
    st.sampled_from([SPRING, AUTUMN]),
    st.integers(-1500, 1500),
    st.integers(0, MINUTE_US - 1),
)


def local_clock(now_us: int, zone: ZoneInfo) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=now_us)).astimezone(
        zone
    ).strftime("%H:%M")  # fmt: skip


@given(windows, moments)
@example(
    SendingWindow(DailyHours(0, 1), ZoneInfo("Pacific/Apia")),
    us(datetime(2011, 12, 29, 22, tzinfo=UTC)),
)
def test_a_window_is_open_exactly_while_the_local_clock_is_within_its_hours(
    window: SendingWindow, now_us: int
) -> None:
    opens, closes = str(window.hours).split("-")
    now = local_clock(now_us, window.zone)
    inside = opens <= now < closes if opens < closes else now >= opens or now < closes
    assert window.is_open(now_us) is inside
    change = window.changes_at_us(now_us)
    assert change > now_us
    assert window.is_open(change) is not inside
    assert all(window.is_open(at) is inside for at in range(now_us, change, 7 * MINUTE_US))
    assert window.is_open(change - 1) is inside
