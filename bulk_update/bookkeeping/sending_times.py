"""When a run sent: its attempts over time, and the pauses between them."""

from __future__ import annotations

from typing import NamedTuple


class Pause(NamedTuple):
    """A time without an attempt: from one to the next, in microseconds since the epoch."""

    from_us: int
    until_us: int


class SendingTimes(NamedTuple):
    """When attempts were made, in microseconds since the epoch.

    `counts` is the number of attempts in each span of `span_us`, from `first_us` on. `pauses` are
    the longest, in the order of time.
    """

    first_us: int
    last_us: int
    span_us: int
    counts: tuple[int, ...]
    pauses: tuple[Pause, ...]
