"""What a reply means for its row, for further attempts and for the whole run.

Pure tables and small state machines, without I/O; the time and random numbers are arguments.
"""

from __future__ import annotations

from bulk_update.policy.circuit import (
    FIRST_WAIT_SECONDS,
    LONGEST_WAIT_SECONDS,
    CircuitBreaker,
)
from bulk_update.policy.outcomes import doubtful_attempt, outcome_of
from bulk_update.policy.patience import Patience
from bulk_update.policy.streaks import Halt, RefusalStreaks, open_streaks
from bulk_update.policy.verdicts import Verdict, halt_code_of, verdict_of
from bulk_update.policy.waiting import backoff_seconds, pause_seconds, waits_for_all

__all__ = [
    "FIRST_WAIT_SECONDS",
    "LONGEST_WAIT_SECONDS",
    "CircuitBreaker",
    "Halt",
    "Patience",
    "RefusalStreaks",
    "Verdict",
    "backoff_seconds",
    "doubtful_attempt",
    "halt_code_of",
    "open_streaks",
    "outcome_of",
    "pause_seconds",
    "verdict_of",
    "waits_for_all",
]
