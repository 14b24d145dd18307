"""When an ending is news."""

from __future__ import annotations

import pytest

from bulk_update.exits import ExitCode, RunEnd, end_of_stop
from bulk_update.records import Issue
from bulk_update.stop_request import StopCause
from bulk_update.telling.changes import News, NotifyOn, Standing, news_of, says_nothing

OK, ROWS = Standing(0), Standing(1, "rows")
REFUSED, OUTAGE = Standing(4, "halted-401"), Standing(4, "patience")

CHANGES: list[tuple[Standing | None, Standing, News | None, News]] = [
    # told before, ending, news on a change, news always
    (None, OK, None, News.SUCCEEDED),
    (None, ROWS, News.FAILED, News.FAILED),
    (OK, OK, None, News.SUCCEEDED),
    (OK, ROWS, News.FAILED, News.FAILED),
    (ROWS, ROWS, None, News.FAILED_AGAIN),
    (ROWS, REFUSED, News.FAILED_OTHERWISE, News.FAILED_OTHERWISE),
    (REFUSED, OUTAGE, News.FAILED_OTHERWISE, News.FAILED_OTHERWISE),
    (OUTAGE, OK, News.RECOVERED, News.RECOVERED),
]


@pytest.mark.parametrize(("told", "now", "on_change", "always"), CHANGES)
def test_a_first_failure_another_reason_and_a_recovery_are_news(
    told: Standing | None, now: Standing, on_change: News | None, always: News
) -> None:
    assert news_of(now, told=told, notify_on=NotifyOn.CHANGE) is on_change
    assert news_of(now, told=told, notify_on=NotifyOn.ALWAYS) is always


DAY_US = 24 * 60 * 60 * 1_000_000


def locked(since_us: int | None) -> Issue:
    holder = Issue("locked", {"since": since_us} if since_us else {}, "process")
    return Issue("locked", {"folder": "state", "holder": holder}, "by")


@pytest.mark.parametrize(
    ("reasons", "is_no_news"),
    [
        ((), False),
        ((Issue("rows"),), False),
        ((locked(since_us=5 * DAY_US),), True),
        ((locked(since_us=4 * DAY_US),), True),
        ((locked(since_us=4 * DAY_US - 1),), False),
        ((locked(since_us=None),), True),
        ((Issue("no-consent"),), True),
        ((Issue("no-consent", variant="no-terminal"),), False),
        ((Issue("no-consent", variant="log-format"),), False),
        (end_of_stop(StopCause.SIGINT).reasons, True),
        (end_of_stop(StopCause.SIGTERM).reasons, False),
        (end_of_stop(StopCause.SIGHUP).reasons, False),
        (RunEnd(ExitCode.LEDGER, (Issue("ledger"),)).reasons, False),
    ],
)
def test_a_lock_of_less_than_a_day_and_a_person_at_the_terminal_are_no_news(
    reasons: tuple[Issue, ...], *, is_no_news: bool
) -> None:
    assert says_nothing(reasons, now_us=5 * DAY_US) is is_no_news
