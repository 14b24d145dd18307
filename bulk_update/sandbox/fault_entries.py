"""The keys of a fault file; `faults` documents their meaning.

Messages use a field's description to say what was expected, so it must match the field's limits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic_core import PydanticCustomError

from bulk_update.limits import parse_duration, parse_limit
from bulk_update.sandbox.faults import Answer, Endpoint, Fault, FaultPlan
from bulk_update.sandbox.panel import OWN_UPDATE, Call, Departure, Leaves

_WITH_RETRY_AFTER = {
    Answer.FORBIDDEN,
    Answer.TOO_MANY,
    Answer.SERVER_ERROR,
    Answer.UNAVAILABLE,
}

_BODYLESS = {204, 205, 304}
"""RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5: such a response has no content."""

_CAMPAIGN = 'a campaign id of five characters, such as "00001"'
_IDENTIFIERS = 'a list of identifiers, such as ["00100007"]'
_TO_THE_MINUTE = "YYYY-MM-DD hh:mm"
_WHOLE_NUMBER = re.compile("[0-9]{1,9}")
_UPDATES = "a whole number of accepted updates"


def _share(text: object) -> float:
    try:
        limit = parse_limit(str(text))
    except ValueError:
        limit = None
    if limit is None or not limit.percent:
        raise ValueError(f"{text} is not a valid share (expected a percentage such as 5%)")
    return float(limit.number) / 100


def _seconds(text: object) -> float:
    """Read a duration; raises an error that is reported with the field's description."""
    try:
        return parse_duration(str(text))
    except ValueError as error:
        raise PydanticCustomError("duration", "{error}", {"error": str(error)}) from None


def _with_a_body(status: int) -> int:
    if status in _BODYLESS:
        raise ValueError(f"{status} cannot have a body (expected a status such as 200 or 502)")
    return status


def _moment(*formats: str) -> AfterValidator:
    """Check that a text is a date in exactly one of these formats."""

    def check(text: str) -> str:
        if not any(_has_format(text, each) for each in formats):
            raise PydanticCustomError("moment", "not a date")
        return text

    return AfterValidator(check)


def _has_format(text: str, date_format: str) -> bool:
    try:
        return datetime.strptime(text, date_format).strftime(date_format) == text  # noqa: DTZ007 - a text
    except ValueError:
        return False


def _after(text: object) -> int | None:
    if text == OWN_UPDATE:
        return None
    if _WHOLE_NUMBER.fullmatch(str(text)):
        return int(str(text))
    raise PydanticCustomError("after", "not a moment")


Share = Annotated[float, BeforeValidator(_share)]
CampaignId = Annotated[str, Field(min_length=5, max_length=5)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _selects(given: Iterable[str]) -> bool:
    return not {"share", "identifiers"}.isdisjoint(given)


class FaultEntry(_Entry):
    """An entry of `faults`."""

    answer: Answer = Field(description=f"{', '.join([*Answer][:-1])} or {[*Answer][-1]}")
    endpoint: Endpoint = Field(
        Endpoint.UPDATE, description=f"{', '.join([*Endpoint][:-1])} or {[*Endpoint][-1]}"
    )
    campaign: CampaignId | None = Field(None, description=_CAMPAIGN)
    share: Share | None = None
    identifiers: list[str] = Field([], description=_IDENTIFIERS)
    times: int | None = Field(None, ge=1, description="a whole number from 1")
    retry_after: Annotated[int | None, BeforeValidator(_seconds)] = Field(
        None, ge=0, le=86_400, description="whole seconds from 0 to 86400, or up to 1d"
    )
    retry_after_as: Literal["seconds", "date"] = Field("seconds", description="seconds or date")
    seconds: Annotated[float, BeforeValidator(_seconds)] = Field(
        0.0, ge=0, le=3600, description="a duration up to 1h, such as 0.5 or 2s"
    )
    status: Annotated[int, AfterValidator(_with_a_body)] = Field(
        200, ge=200, le=599, description="a whole number from 200 to 599, such as 502"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> FaultEntry:
        given = self.model_fields_set
        if self.endpoint is Endpoint.UPDATE and not _selects(given):
            raise ValueError("matches no record (expected share or identifiers)")
        if "identifiers" in given and self.endpoint is not Endpoint.UPDATE:
            raise ValueError("has identifiers, which can only be used with endpoint: update")
        if "retry_after" in given and self.answer not in _WITH_RETRY_AFTER:
            raise ValueError(f"has retry_after, which cannot be used with answer: {self.answer}")
        if "retry_after_as" in given and self.retry_after is None:
            raise ValueError("has retry_after_as without retry_after")
        if "status" in given and self.answer is not Answer.HTML:
            raise ValueError("has status, which can only be used with answer: html")
        if self.answer is Answer.SLOW and not self.seconds:
            raise ValueError("has answer: slow but no seconds")
        return self

    def fault(self) -> Fault:
        """Return the fault. Without a share it affects every request of a reading endpoint."""
        values: dict[str, Any] = self.model_dump(exclude={"identifiers", "campaign", "share"})
        every = 0.0 if self.endpoint is Endpoint.UPDATE else 1.0
        return Fault(
            **values,
            campaign_id=self.campaign,
            share=every if self.share is None else self.share,
            identifiers=frozenset(self.identifiers),
        )


class CallEntry(_Entry):
    """An entry of `calls`."""

    share: Share = 0.0
    identifiers: list[str] = Field([], description=_IDENTIFIERS)
    campaign: CampaignId | None = Field(None, description=_CAMPAIGN)
    after: Annotated[int | None, BeforeValidator(_after)] = Field(
        0, description=f"{_UPDATES}, or update"
    )
    call_date: Annotated[str, _moment("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")] | None = Field(
        None, description=f"{_TO_THE_MINUTE} or {_TO_THE_MINUTE}:ss"
    )
    status_id: str | None = Field(None, description='a status id, such as "3"')
    agent_login: str | None = Field(None, description="a login, such as j.kowalska")
    next_call_date: Annotated[str, _moment("%Y-%m-%d %H:%M")] | None = Field(
        None, description=_TO_THE_MINUTE
    )

    @model_validator(mode="after")
    def _selects_records(self) -> CallEntry:
        if not _selects(self.model_fields_set):
            raise ValueError("matches no record (expected share or identifiers)")
        return self

    def call(self) -> Call:
        """Return the call."""
        values: dict[str, Any] = self.model_dump(exclude={"identifiers", "campaign"})
        if self.call_date and len(self.call_date) == len(_TO_THE_MINUTE):
            values["call_date"] = f"{self.call_date}:00"  # all of the sandbox's calls have seconds
        return Call(**values, campaign_id=self.campaign, identifiers=frozenset(self.identifiers))


class DepartureEntry(_Entry):
    """An entry of `agents`."""

    login: str = Field(description="a login, such as j.kowalska")
    leaves: Leaves = Field(Leaves.COMPANY, description=" or ".join(Leaves))
    campaign: CampaignId | None = Field(None, description=_CAMPAIGN)
    after: int = Field(0, ge=0, description=_UPDATES)

    def departure(self) -> Departure:
        """Return the departure."""
        return Departure(
            login=self.login, leaves=self.leaves, after=self.after, campaign_id=self.campaign
        )


class FaultFile(_Entry):
    """A whole fault file."""

    seed: int = Field(0, description="a whole number, such as 7")
    faults: list[FaultEntry] = Field(
        [], description="a list of faults, such as [{answer: lost, share: 5%}]"
    )
    calls: list[CallEntry] = Field(
        [], description='a list of calls, such as [{share: 5%, status_id: "3"}]'
    )
    agents: list[DepartureEntry] = Field(
        [], description="a list of agents who leave, such as [{login: p.nowak, after: 20}]"
    )

    @model_validator(mode="after")
    def _does_something(self) -> FaultFile:
        if self.model_fields_set.isdisjoint({"faults", "calls", "agents"}):
            raise ValueError("has no faults (expected `faults:`, `calls:` or `agents:`)")
        return self

    def plan(self) -> FaultPlan:
        """Return what the file describes."""
        return FaultPlan(
            tuple(entry.fault() for entry in self.faults),
            seed=self.seed,
            calls=tuple(entry.call() for entry in self.calls),
            departures=tuple(entry.departure() for entry in self.agents),
        )
