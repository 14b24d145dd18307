"""What a use case takes from its surroundings: the time, the user, new run ids, and its memory."""

from __future__ import annotations

import gc
import getpass
import os
import platform
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TypedDict
from zoneinfo import ZoneInfo


def now_us() -> int:
    """Return the time in UTC, in microseconds since the epoch."""
    return time.time_ns() // 1000


def today_in(time_zone: str) -> date:
    """Return the present day in a time zone."""
    return datetime.now(ZoneInfo(time_zone)).date()


def today() -> date:
    """Return the day on this machine's calendar."""
    return datetime.now(UTC).astimezone().date()


def current_user() -> str:
    """Return who runs this program, as the operating system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"


class Process(TypedDict):
    """Who works on a run."""

    user: str
    host: str
    pid: int


def this_process() -> Process:
    """Return the names of this process, as a run and a lock record them."""
    return {"user": current_user(), "host": platform.node(), "pid": os.getpid()}


def new_run_id() -> str:
    """Return a name for a run that sorts by time and that people can type."""
    letters = "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4))
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{letters}"


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep Python from looking for reference cycles: rows have none, and there are many of them."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
