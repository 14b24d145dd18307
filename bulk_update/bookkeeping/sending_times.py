"""When a run sent: its attempts over time, and the pauses between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

SHORTEST_PAUSE_US = 10_000_000
"""A shorter wait is usual at a low rate, or between attempts for the same row."""

_SHORTEST_SPAN_US = 1_000_000


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

    @classmethod
    def counted(
        cls,
        first_us: int,
        last_us: int,
        span_us: int,
        counts: Mapping[int, int],
        pauses: Sequence[tuple[int, int]],
    ) -> Self:
        """Return the times of attempts whose number is known for each span that has any."""
        spans = range((last_us - first_us) // span_us + 1)
        return cls(
            first_us,
            last_us,
            span_us,
            tuple(counts.get(span, 0) for span in spans),
            tuple(sorted(Pause(*pause) for pause in pauses)),
        )


def span_between(first_us: int, last_us: int, *, most_spans: int) -> int:
    """Return the length of each of at most `most_spans` spans, none shorter than a second."""
    return max(_SHORTEST_SPAN_US, -(-(last_us - first_us + 1) // most_spans))
