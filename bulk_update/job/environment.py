"""The environment of a use case: the time, the user, new run ids, and garbage collection."""

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
    """Return the current date in a time zone."""
    return datetime.now(ZoneInfo(time_zone)).date()


def today() -> date:
    """Return the current date in this machine's time zone."""
    return datetime.now(UTC).astimezone().date()


def current_user() -> str:
    """Return the user who runs this program, according to the operating system."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"


class Process(TypedDict):
    """The process that works on a run."""

    user: str
    host: str
    pid: int


def this_process() -> Process:
    """Return the user, host and pid of this process, to record them with a run or lock."""
    return {"user": current_user(), "host": platform.node(), "pid": os.getpid()}


def new_run_id() -> str:
    """Return a run id that sorts by time and is easy to type."""
    letters = "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4))
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{letters}"


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the search for reference cycles, since rows are many and have none."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
