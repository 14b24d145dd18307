"""What a run would do, and the guards that may forbid it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from bulk_update.exits import ExitCode, RunEnd
from bulk_update.limits import Limit
from bulk_update.records import Issue, Status
from bulk_update.window import SendingWindow

ROWS_BEFORE_A_SHARE_COUNTS = 20
"""A share of fewer rows means nothing: one bad row of three would be 33 %."""

ANY_NUMBER_OF_ROWS = (0, sys.maxsize)
"""`expect_rows` for a run that sends only some rows of a file."""

NO_CLEARS = Limit(Decimal(0))
"""Nothing is cleared unless the mapping or the command line allows it."""


MOST_STATUSES = 1000
"""How many different statuses are counted; a column with more of them hardly holds statuses."""


@dataclass(frozen=True, slots=True)
class Example:
    """The first row that changes a field: the cells that the value comes from, and the value.

    A constant comes from no cell, and the values of an undo neither (`is_old`). `before` is the
    value that the record has now, if it is known.
    """

    row: int
    cells: tuple[str, ...]
    value: str
    before: str | None = None
    is_old: bool = False


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """The number of rows in which a field is set, and in which it is cleared.

    `example` is the first row that sets it, `cleared` the first that clears it.
    """

    name: str
    sets: int
    clears: int
    example: Example | None = None
    cleared: Example | None = None


@dataclass(frozen=True, slots=True)
class RecordStatus:
    """A status of records; its id is empty if they have none, its name if it is not known."""

    status_id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class StatusChange:
    """How many rows set a status, and which one their records have now, if that is known."""

    status: RecordStatus
    rows: int
    before: RecordStatus | None = None


@dataclass(frozen=True, slots=True)
class SentFirst:
    """The rows that are sent before all others: how many, and the texts of `priority` they show."""

    rows: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The results of the rows so far, and what remains to be sent.

    `statuses` are the most frequent first, or None if there are more than `MOST_STATUSES`. `limit`
    is how many rows are sent now, if not all.
    """

    data_rows: int
    counts: dict[Status, int]
    to_send: int
    campaigns: tuple[tuple[str, int], ...]
    fields: tuple[FieldPlan, ...]
    notices: tuple[Issue, ...] = ()
    statuses: tuple[StatusChange, ...] | None = ()
    sent_first: SentFirst | None = None
    requests_per_second: float | None = None
    limit: int | None = None

    @property
    def sent_now(self) -> int:
        """How many rows this invocation sends at most."""
        return self.to_send if self.limit is None else min(self.limit, self.to_send)

    @property
    def clears(self) -> int:
        """How many fields would be cleared, over all rows."""
        return sum(field.clears for field in self.fields)


@dataclass(frozen=True, slots=True)
class ChangeCounts:
    """Rows with a request body: how many, how many by status, and how many by text of `priority`.

    `statuses` is None if there are more than `MOST_STATUSES`.
    """

    rows: int = 0
    statuses: Mapping[str, int] | None = field(default_factory=dict)
    first: Mapping[str, int] = field(default_factory=dict)

    def without(self, others: ChangeCounts) -> ChangeCounts:
        """Return the counts without those of some of the rows."""
        statuses = None
        if self.statuses is not None and others.statuses is not None:
            statuses = _difference(self.statuses, others.statuses)
        return ChangeCounts(
            rows=self.rows - others.rows,
            statuses=statuses,
            first=_difference(self.first, others.first),
        )


def _difference(counts: Mapping[str, int], others: Mapping[str, int]) -> dict[str, int]:
    left = {key: count - others.get(key, 0) for key, count in counts.items()}
    return {key: count for key, count in left.items() if count}


@dataclass(frozen=True, slots=True)
class Guards:
    """The active guards. None: no such guard."""

    max_rows: Limit | None = None
    max_invalid: Limit | None = None
    max_failures: Limit | None = None
    max_clears: Limit | None = field(default=NO_CLEARS)
    max_duration_seconds: float | None = None
    window: SendingWindow | None = None
    expect_rows: tuple[int, int] | None = None
    allow_none: bool = False
    """Whether `where` may exclude every row."""
    learn: bool = False
    """Whether the job's earlier plans decide what is unusual (see `learned`)."""


def judge_data_rows(guards: Guards, data_rows: int) -> RunEnd | None:
    """Check the number of data rows against `expect_rows`; an empty file is never expected."""
    low, high = guards.expect_rows or (1, None)
    if data_rows == 0 and low > 0:
        return _stopped(Issue("no-rows"))
    if data_rows < low or (high is not None and data_rows > high):
        if low == high:
            return _stopped(Issue("expect-rows", {"rows": data_rows, "least": low}))
        params = {"rows": data_rows, "least": low, "most": high or 0}
        return _stopped(Issue("expect-rows", params, "range"))
    return None


def judge_filtered(
    guards: Guards, *, filtered: int, data_rows: int, held: tuple[Issue, ...] = ()
) -> RunEnd | None:
    """Refuse a file if `where` excludes every row, unless `allow_none` permits it.

    `held` says what the columns of `where` hold, if that is known.
    """
    if not data_rows or filtered < data_rows or guards.allow_none:
        return None
    if data_rows == 1:
        return _stopped(Issue("no-rows", variant="filtered-one"), *held)
    return _stopped(Issue("no-rows", {"rows": data_rows}, "filtered"), *held)


def judge_invalid(guards: Guards, *, invalid: int, data_rows: int) -> RunEnd | None:
    """Check the number of invalid rows against `max_invalid`."""
    if _exceeds(guards.max_invalid, invalid, of=data_rows):
        limit = str(guards.max_invalid)
        return _stopped(
            Issue("max-invalid", {"invalid": invalid, "rows": data_rows, "limit": limit})
        )
    return None


def judge_plan(guards: Guards, *, to_send: int, clears: int) -> RunEnd | None:
    """Check what would be sent against `max_rows` and `max_clears`."""
    if guards.max_rows is not None and guards.max_rows.exceeded_by(to_send, of=to_send):
        return _stopped(Issue("max-rows", {"rows": to_send, "limit": str(guards.max_rows)}))
    if guards.max_clears is not None and guards.max_clears.exceeded_by(clears, of=clears):
        return _stopped(Issue("max-clears", {"fields": clears, "limit": str(guards.max_clears)}))
    return None


def judge_failures(guards: Guards, *, failures: int, sent: int) -> RunEnd | None:
    """Check the rows that were sent but not updated against `max_failures`."""
    if _exceeds(guards.max_failures, failures, of=sent):
        limit = str(guards.max_failures)
        return _stopped(Issue("max-failures", {"failures": failures, "rows": sent, "limit": limit}))
    return None


def judge_duration(guards: Guards, *, seconds: float) -> RunEnd | None:
    """Check the time spent sending against `max_duration`."""
    allowed = guards.max_duration_seconds
    if allowed is not None and seconds >= allowed:
        return _stopped(Issue("max-duration", {"seconds": seconds, "limit": allowed}))
    return None


def judge_window(guards: Guards, *, now_us: int) -> RunEnd | None:
    """Check a moment, in microseconds since the epoch, against `window`."""
    outside = guards.window and guards.window.outside(now_us)
    return _stopped(outside) if outside else None


def _stopped(*reasons: Issue) -> RunEnd:
    return RunEnd(ExitCode.GUARD, reasons)


def _exceeds(limit: Limit | None, count: int, *, of: int) -> bool:
    if limit is None or (limit.percent and of < ROWS_BEFORE_A_SHARE_COUNTS):
        return False
    return limit.exceeded_by(count, of=of)
