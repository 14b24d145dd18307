"""Deliberate faults: what the sandbox does to which records, defined in a YAML file.

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

The first fault that matches an attempt is applied.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from bulk_update.sandbox.store import RecordKey


class Answer(StrEnum):
    """What a fault does to a request."""

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
    """One kind of fault, and the records it affects: a share of them, or those listed.

    `share` is between 0 and 1. `times` is how many attempts of a record it affects at most.
    """

    answer: Answer
    share: float = 0.0
    identifiers: frozenset[str] = frozenset()
    times: int | None = None
    retry_after: int | None = None
    retry_after_as: Literal["seconds", "date"] = "seconds"
    seconds: float = 0.0
    status: int = 200


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """All faults of a sandbox, in order of precedence."""

    faults: tuple[Fault, ...] = ()
    seed: int = 0

    def fault_for(self, key: RecordKey, attempt: int) -> Fault | None:
        """Return the fault for a record's attempt (counted from 1), or None."""
        for index, fault in enumerate(self.faults):
            if fault.times is not None and attempt > fault.times:
                continue
            if key[1] in fault.identifiers or self._draw(index, key) < fault.share:
                return fault
        return None

    def _draw(self, index: int, key: RecordKey) -> float:
        # Derived from the record's key, not from a generator, so the order of requests has no
        # influence.
        text = f"{self.seed}:{index}:{key[0]}:{key[1]}"
        digest = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest) / 2**64


NO_FAULTS = FaultPlan()


class FaultyAttempts:
    """Counts each record's attempts and decides which of them fail."""

    def __init__(self, plan: FaultPlan) -> None:
        self._plan = plan
        self._attempts: Counter[RecordKey] = Counter()

    def next_fault(self, key: RecordKey) -> Fault | None:
        """Count an attempt of this record, and return its fault or None."""
        if not self._plan.faults:
            return None
        self._attempts[key] += 1
        return self._plan.fault_for(key, self._attempts[key])
