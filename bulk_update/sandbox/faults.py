"""Deliberate faults: what the sandbox does to which requests, defined in a YAML file.

    seed: 7                        # optional: another seed selects other records
    faults:
      - answer: 429                # 429, 500, 503: this status, as the service would send it
        retry_after: 2             # seconds; omit it for a response without Retry-After
        retry_after_as: date       # optional: seconds (default) or date
        share: 5%                  # of the records; the same ones every time for a given seed
        times: 1                   # only the first attempt of each; default: every attempt
      - answer: lost               # the change is applied, the connection closes without a response
        identifiers: ["00100007"]
      - answer: reset              # the connection is reset, nothing is applied
        share: 1%
      - answer: slow               # applied at once, late response
        seconds: 3                 # any other fault can wait too
        share: 2%
      - answer: html               # a page instead of JSON
        status: 502                # default: 200
        share: 1%
      - answer: 403                # 401, 403, 404: a permission that is missing
        endpoint: agents           # update (default), statuses, agents or records
        campaign: "00001"          # optional: of this campaign only
    calls:                         # agents' work during the run, see `panel`
      - share: 5%                  # of the records, or identifiers
        after: 20                  # accepted updates; default: at the start; update: after its own
        status_id: "3"
    agents:
      - login: p.nowak             # leaves the company (default) or the campaign
        leaves: campaign
        after: 50

The first fault that matches an attempt is applied.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from bulk_update.sandbox.draws import RecordKey, draw
from bulk_update.sandbox.panel import Call, Departure


class Endpoint(StrEnum):
    """What a request is for."""

    UPDATE = "update"
    STATUSES = "statuses"
    AGENTS = "agents"
    RECORDS = "records"


class Answer(StrEnum):
    """What a fault does to a request."""

    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    NOT_FOUND = "404"
    TOO_MANY = "429"
    SERVER_ERROR = "500"
    UNAVAILABLE = "503"
    LOST = "lost"
    SLOW = "slow"
    RESET = "reset"
    HTML = "html"

    @property
    def lets_through(self) -> bool:
        """Whether the request still takes effect."""
        return self in {Answer.LOST, Answer.SLOW}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of fault, and the requests it affects: a share of them, or those of some records.

    `share` is between 0 and 1: of the records for updates, of the pages for `records`. `times` is
    how many attempts of each it affects at most.
    """

    answer: Answer
    endpoint: Endpoint = Endpoint.UPDATE
    campaign_id: str | None = None
    share: float = 0.0
    identifiers: frozenset[str] = frozenset()
    times: int | None = None
    retry_after: int | None = None
    retry_after_as: Literal["seconds", "date"] = "seconds"
    seconds: float = 0.0
    status: int = 200

    def can_affect(self, key: RecordKey, endpoint: Endpoint, attempt: int) -> bool:
        """Return whether a request is one of those from which this fault selects."""
        return (
            self.endpoint is endpoint
            and self.campaign_id in {None, key[0]}
            and (self.times is None or attempt <= self.times)
        )


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """All faults of a sandbox, in order of precedence, and what people do in the panel."""

    faults: tuple[Fault, ...] = ()
    seed: int = 0
    calls: tuple[Call, ...] = ()
    departures: tuple[Departure, ...] = ()

    def fault_for(
        self, key: RecordKey, attempt: int, *, endpoint: Endpoint = Endpoint.UPDATE
    ) -> Fault | None:
        """Return the fault for an attempt (counted from 1), or None.

        `key` is campaign and identifier, and for reading campaign and offset.
        """
        for index, fault in enumerate(self.faults):
            if not fault.can_affect(key, endpoint, attempt):
                continue
            if key[1] in fault.identifiers or draw(self.seed, str(index), key) < fault.share:
                return fault
        return None


NO_FAULTS = FaultPlan()


class FaultyAttempts:
    """Counts the attempts of each request and decides which of them fail."""

    def __init__(self, plan: FaultPlan) -> None:
        self._plan = plan
        self._attempts: Counter[tuple[Endpoint, RecordKey]] = Counter()

    def next_fault(self, key: RecordKey, *, endpoint: Endpoint = Endpoint.UPDATE) -> Fault | None:
        """Count an attempt, and return its fault or None."""
        if not self._plan.faults:
            return None
        self._attempts[endpoint, key] += 1
        return self._plan.fault_for(key, self._attempts[endpoint, key], endpoint=endpoint)
