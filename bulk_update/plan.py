"""What a run would do, and the guards that may forbid it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from decimal import Decimal

from bulk_update.exits import ExitCode, RunEnd
from bulk_update.limits import Limit
from bulk_update.records import Status

ROWS_BEFORE_A_SHARE_COUNTS = 20
"""A share of fewer rows says nothing: one bad row of three would be 33 %."""

ANY_NUMBER_OF_ROWS = (0, sys.maxsize)
"""`expect_rows` of a run that sends only some rows of a file."""

NO_CLEARS = Limit(Decimal(0))
"""Nothing is erased unless the mapping or the command line allows it."""


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """For one field: in how many rows it is set, and in how many it is cleared."""

    name: str
    sets: int
    clears: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What became of the rows before sending, and what is left to send."""

    data_rows: int
    counts: dict[Status, int]
    to_send: int
    campaigns: tuple[tuple[str, int], ...]
    fields: tuple[FieldPlan, ...]
    notices: tuple[str, ...] = ()

    @property
    def clears(self) -> int:
        """How many fields would be erased, over all rows."""
        return sum(field.clears for field in self.fields)


@dataclass(frozen=True, slots=True)
class Guards:
    """The guards in force. None: no such guard."""

    max_rows: Limit | None = None
    max_invalid: Limit | None = None
    max_failures: Limit | None = None
    max_clears: Limit | None = field(default=NO_CLEARS)
    max_duration_seconds: float | None = None
    expect_rows: tuple[int, int] | None = None
    allow_none: bool = False
    """Whether `where` may leave out every row."""


def judge_data_rows(guards: Guards, data_rows: int) -> RunEnd | None:
    """Compare the number of data rows with `expect_rows`; an empty file is never expected."""
    low, high = guards.expect_rows or (1, None)
    if data_rows == 0 and low > 0:
        return _stopped("no-rows", "the file has no data rows")
    if data_rows < low or (high is not None and data_rows > high):
        expected = f"{low}" if low == high else f"{low} to {high}"
        return _stopped(
            "expect-rows",
            f"the file has {data_rows} data rows, and expect_rows says {expected}: "
            "it may be cut off, or another file",
        )
    return None


def judge_filtered(
    guards: Guards, *, filtered: int, data_rows: int, held: str = ""
) -> RunEnd | None:
    """Refuse a file of which `where` leaves out every row, unless `allow_none` says otherwise.

    `held` says what the columns of `where` hold, where that is known.
    """
    if not data_rows or filtered < data_rows or guards.allow_none:
        return None
    rows = "the only data row" if data_rows == 1 else f"all {data_rows} data rows"
    return _stopped(
        "no-rows",
        f"where leaves out {rows}{f' ({held})' if held else ''}: correct it, or set "
        "allow_none: true under guards if no row may be left",
    )


def judge_invalid(guards: Guards, *, invalid: int, data_rows: int) -> RunEnd | None:
    """Compare the number of invalid rows with `max_invalid`."""
    if _exceeds(guards.max_invalid, invalid, of=data_rows):
        return _stopped(
            "max-invalid",
            f"{invalid} of {data_rows} rows are invalid, and max_invalid allows "
            f"{guards.max_invalid}",
        )
    return None


def judge_plan(guards: Guards, *, to_send: int, clears: int) -> RunEnd | None:
    """Compare what would be sent with `max_rows` and `max_clears`."""
    if guards.max_rows is not None and guards.max_rows.exceeded_by(to_send, of=to_send):
        return _stopped(
            "max-rows", f"{to_send} rows would be sent, and max_rows allows {guards.max_rows}"
        )
    if guards.max_clears is not None and guards.max_clears.exceeded_by(clears, of=clears):
        return _stopped(
            "max-clears",
            f"{clears} fields would be erased, and max_clears allows {guards.max_clears} "
            "(the mapping's guards or --guard max_clears=N say how many may be)",
        )
    return None


def judge_failures(guards: Guards, *, failures: int, sent: int) -> RunEnd | None:
    """Compare the rows that were sent and not updated with `max_failures`."""
    if _exceeds(guards.max_failures, failures, of=sent):
        return _stopped(
            "max-failures",
            f"{failures} of {sent} rows were rejected, failed or left in doubt, and max_failures "
            f"allows {guards.max_failures}",
        )
    return None


def judge_duration(guards: Guards, *, seconds: float) -> RunEnd | None:
    """Compare the time spent sending with `max_duration`."""
    allowed = guards.max_duration_seconds
    if allowed is not None and seconds >= allowed:
        return _stopped(
            "max-duration", f"sending took {seconds:.0f} s, max_duration is {allowed:.0f} s"
        )
    return None


def _stopped(code: str, message: str) -> RunEnd:
    return RunEnd(ExitCode.GUARD, code, message)


def _exceeds(limit: Limit | None, count: int, *, of: int) -> bool:
    if limit is None or (limit.percent and of < ROWS_BEFORE_A_SHARE_COUNTS):
        return False
    return limit.exceeded_by(count, of=of)
