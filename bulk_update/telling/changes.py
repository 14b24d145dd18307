"""When an ending is news: what was last told is compared with how a command ended now."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from bulk_update.exits import ExitCode
from bulk_update.records import Issue
from bulk_update.stop_request import StopCause

LONG_HELD_SECONDS = 24 * 60 * 60
"""A run that has been sending for longer than this blocks the others: that is news."""


class NotifyOn(StrEnum):
    """Which endings are told."""

    CHANGE = "change"
    ALWAYS = "always"


class Standing(NamedTuple):
    """How a job stands: the exit code of a command, and its reason (empty if there is none)."""

    exit_code: int
    reason: str = ""


class News(StrEnum):
    """What a notification says about an ending."""

    FAILED = "failed"
    FAILED_OTHERWISE = "failed-otherwise"
    FAILED_AGAIN = "failed-again"
    RECOVERED = "recovered"
    SUCCEEDED = "succeeded"


_NO_CHANGE = {News.FAILED_AGAIN, News.SUCCEEDED}


def news_of(now: Standing, *, told: Standing | None, notify_on: NotifyOn) -> News | None:
    """Return what to tell, or None if there is nothing to tell.

    `told` is what was told last; None: nothing yet, which counts as a success.
    """
    news = _compared(now, told or Standing(ExitCode.SUCCESS))
    return None if notify_on is NotifyOn.CHANGE and news in _NO_CHANGE else news


def _compared(now: Standing, before: Standing) -> News:
    has_failed = before.exit_code != ExitCode.SUCCESS
    if now.exit_code == ExitCode.SUCCESS:
        return News.RECOVERED if has_failed else News.SUCCEEDED
    if not has_failed:
        return News.FAILED
    return News.FAILED_AGAIN if now == before else News.FAILED_OTHERWISE


def says_nothing(reasons: tuple[Issue, ...], *, now_us: int) -> bool:
    """Return whether an ending says nothing about the job, so that it is no change.

    This is so while another run is sending, unless that has taken more than a day, and if the
    person at the terminal stopped the command or did not approve the plan.
    """
    if not reasons:
        return False
    reason = reasons[0]
    match reason.code:
        case "locked":
            return not _is_held_for_long(reason, now_us=now_us)
        case "no-consent":
            return not reason.variant  # a variant: nobody could be asked
        case "signal":
            return reason.params.get("signal") == StopCause.SIGINT
        case _:
            return False


def _is_held_for_long(locked: Issue, *, now_us: int) -> bool:
    holder = locked.params.get("holder")
    since_us = holder.params.get("since") if isinstance(holder, Issue) else None
    return isinstance(since_us, int) and now_us - since_us > LONG_HELD_SECONDS * 1_000_000
