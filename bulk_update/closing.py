"""How a run ends: the exit code, and the word for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bulk_update.limits import Limit
from bulk_update.records import Status
from bulk_update.stop_request import StopCause

NEEDS_A_PERSON = (
    Status.INVALID,
    Status.DUPLICATE,
    Status.REJECTED,
    Status.FAILED,
    Status.IN_DOUBT,
    Status.SUPERSEDED,
)
"""The outcomes that make the exit code 1, unless the mapping tolerates so many of them."""

SIGNAL_EXIT_CODES: Mapping[StopCause, int] = MappingProxyType(
    {StopCause.SIGHUP: 129, StopCause.SIGINT: 130, StopCause.SIGTERM: 143}
)
BUG = 70
_PRECEDENCE = (*SIGNAL_EXIT_CODES.values(), BUG, 5, 4, 3, 2, 1, 0)


@dataclass(frozen=True, slots=True)
class Ending:
    """A way to end: the exit code, its short stable word and a sentence for the terminal."""

    exit_code: int
    reason: str | None
    message: str = ""


WELL = Ending(0, None)


def ending_of_stop(cause: StopCause | None) -> Ending:
    """Return how a run ends that is asked to stop, or that it may go on."""
    if cause is None:
        return WELL
    return Ending(SIGNAL_EXIT_CODES[cause], "signal", f"stopped by {cause}")


def ending_of_rows(
    counts: Mapping[Status, int], *, identical: int, tolerate: Mapping[Status, Limit]
) -> Ending:
    """Judge the outcomes of a run that was not stopped.

    `identical` duplicates are fine by definition and are left out. A tolerated share is one of
    the data rows.
    """
    data_rows = sum(counts.values())
    bad: list[str] = []
    for status in NEEDS_A_PERSON:
        count = counts.get(status, 0) - (identical if status is Status.DUPLICATE else 0)
        limit = tolerate.get(status)
        if count and (limit is None or limit.exceeded_by(count, of=data_rows)):
            bad.append(f"{count} {status}")
    return Ending(1, "rows", ", ".join(bad)) if bad else WELL


def most_severe(*endings: Ending) -> Ending:
    """Return the ending whose exit code outranks the others; the first of equals."""
    return min(endings, key=lambda ending: rank(ending.exit_code))


def rank(exit_code: int) -> int:
    """Return the place of an exit code where several hold: the lowest decides.

    An unknown code is a bug like any other.
    """
    return _PRECEDENCE.index(exit_code if exit_code in _PRECEDENCE else BUG)
