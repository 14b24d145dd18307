"""The sections of a mapping about a run as a whole: its limits, its pace, and what it tolerates."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    Field,
    PlainValidator,
)

from bulk_update.invalid_value import InvalidValueError
from bulk_update.mapping.faults import finding
from bulk_update.mapping.rule_schema import (
    Section,
)
from bulk_update.mapping.scalars import (
    AnyLimit,
    Duration,
    Hours,
    PositiveDuration,
    Rate,
    Retries,
    RowLimit,
    RowRange,
    Switch,
    Workers,
    did_you_mean,
)
from bulk_update.records import Status


class GuardsSection(Section):
    """Guard rails: limits that stop a run before or while it sends."""

    max_rows: Annotated[RowLimit | None, Field(description="the most rows that may be sent")] = None
    max_invalid: Annotated[
        AnyLimit | None, Field(description="the most data rows (or N%) that may be invalid")
    ] = None
    max_failures: Annotated[
        AnyLimit | None,
        Field(description="the most sent rows (or N%) that may be rejected, failed or in doubt"),
    ] = None
    max_clears: Annotated[
        RowLimit | None, Field(description="the most fields that may be cleared; without it: 0")
    ] = None
    max_duration: Annotated[
        PositiveDuration | None, Field(description="maximum duration of sending: 90s, 15m, 3h")
    ] = None
    window: Annotated[
        Hours | None,
        Field(description="send only between these times of `api_timezone`: 20:00-06:00"),
    ] = None
    expect_rows: Annotated[
        RowRange | None,
        Field(description="how many data rows the file must have, or [least, most]"),
    ] = None
    allow_none: Annotated[Switch, Field(description="whether `where` may leave out every row")] = (
        False
    )
    learn: Annotated[Switch, Field(description="stop a run whose plan is unusual for the job")] = (
        False
    )


class DeliverySection(Section):
    """How to send requests; the command line and the environment take precedence."""

    rate: Annotated[Rate | None, Field(description="requests per second, or unlimited")] = None
    workers: Annotated[
        Workers | None, Field(description="maximum number of requests in flight")
    ] = None
    retries: Annotated[Retries | None, Field(description="attempts after the first")] = None
    timeout: Annotated[
        PositiveDuration | None, Field(description="maximum duration of a whole attempt: 30, 2m")
    ] = None
    patience: Annotated[
        Duration | None, Field(description="how long to wait out an outage: 60, 5m")
    ] = None


_TOLERABLE = (
    Status.DUPLICATE,
    Status.INVALID,
    Status.REJECTED,
    Status.FAILED,
    Status.IN_DOUBT,
    Status.SUPERSEDED,
)


def _tolerable(value: Any) -> Status:
    words = [status.value for status in _TOLERABLE]
    if value not in words:
        meant = did_you_mean(value, words)
        raise InvalidValueError(finding("not-tolerable", text=value, meant=meant))
    return Status(value)


Tolerable = Annotated[Status, PlainValidator(_tolerable)]
TOLERABLE_KEYS: dict[str, Any] = {
    "propertyNames": {"enum": [status.value for status in _TOLERABLE]}
}
"""JSON Schema for the keys of a dict, which pydantic does not generate."""
