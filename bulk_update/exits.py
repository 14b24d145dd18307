"""Why and how a run ends: all exit codes, and the type that carries them.

Guards, streaks of refusals, supervision, stop requests, errors and outcomes all describe the end of
a run as a `RunEnd`. If several apply, `most_severe` decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

from bulk_update.limits import Limit
from bulk_update.records import Issue, Status
from bulk_update.stop_request import StopCause


class ExitCode(IntEnum):
    """The program's exit codes, most severe first."""

    SIGHUP = 129
    SIGINT = 130
    SIGTERM = 143
    BUG = 70
    LEDGER = 5
    """The ledger or the results cannot be written or trusted."""
    SERVICE = 4
    """The service refuses every request or is unavailable."""
    GUARD = 3
    UNUSABLE = 2
    """The command, the settings or a file cannot be used, or the plan was not approved."""
    ROWS = 1
    """The run finished, and some rows need attention."""
    SUCCESS = 0


_BY_SEVERITY = tuple(ExitCode)

SIGNAL_EXIT_CODES: Mapping[StopCause, ExitCode] = MappingProxyType(
    {cause: ExitCode[cause.name] for cause in StopCause}
)

NEEDS_ATTENTION = (
    Status.INVALID,
    Status.DUPLICATE,
    Status.REJECTED,
    Status.FAILED,
    Status.IN_DOUBT,
    Status.SUPERSEDED,
)
"""The outcomes that cause exit code 1, unless the mapping tolerates that many of them."""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ends: the exit code, and the reasons; the first reason provides the code."""

    exit_code: int
    reasons: tuple[Issue, ...] = ()

    @property
    def code(self) -> str | None:
        """The short stable code for `summary.json`; None if nothing went wrong."""
        return self.reasons[0].code if self.reasons else None

    @property
    def halted_code(self) -> str:
        """The code for a row that this end interrupted; the row must be sent again."""
        code = self.code or ""
        return code if code.startswith("halted-") else f"halted-{code}"


SUCCESS = RunEnd(ExitCode.SUCCESS)


def end_of_stop(cause: StopCause | None) -> RunEnd:
    """Return how a stop request ends a run; SUCCESS if there was none."""
    if cause is None:
        return SUCCESS
    return RunEnd(SIGNAL_EXIT_CODES[cause], (Issue("signal", {"signal": cause}),))


def end_of_rows(
    counts: Mapping[Status, int], *, identical: int, tolerate: Mapping[Status, Limit]
) -> RunEnd:
    """Return how an uninterrupted run ends, judged by its outcomes.

    `identical` duplicates never count. A tolerated share is a share of the data rows.
    """
    data_rows = sum(counts.values())
    bad: list[str] = []
    for status in NEEDS_ATTENTION:
        count = counts.get(status, 0) - (identical if status is Status.DUPLICATE else 0)
        limit = tolerate.get(status)
        if count and (limit is None or limit.exceeded_by(count, of=data_rows)):
            bad.append(f"{count} {status}")
    return RunEnd(ExitCode.ROWS, (Issue("rows", {"outcomes": tuple(bad)}),)) if bad else SUCCESS


def end_of_verification(*, differing: int) -> RunEnd:
    """Return how a verification ends, by the number of records that differ."""
    if not differing:
        return SUCCESS
    return RunEnd(ExitCode.ROWS, (Issue("differs", {"rows": differing}),))


def most_severe(*ends: RunEnd) -> RunEnd:
    """Return the end with the most severe exit code; the first of equals."""
    return min(ends, key=lambda end: severity_rank(end.exit_code))


def severity_rank(exit_code: int) -> int:
    """Return the rank of an exit code; if several apply, the lowest rank wins.

    An unknown code ranks as a bug.
    """
    known = exit_code in _BY_SEVERITY
    return _BY_SEVERITY.index(ExitCode(exit_code) if known else ExitCode.BUG)
