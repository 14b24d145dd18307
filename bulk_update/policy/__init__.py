"""What an answer means: for its row, for the attempts to come and for the whole run.

Pure tables and small state machines: no I/O, no clock (they are told the time), no randomness of
their own (they are given it).
"""

from __future__ import annotations

from bulk_update.policy.circuit import CircuitBreaker
from bulk_update.policy.codes import CODES
from bulk_update.policy.outcomes import doubtful_attempt, outcome_of
from bulk_update.policy.streaks import Halt, RefusalStreaks, open_streaks
from bulk_update.policy.verdicts import Verdict, halt_code_of, verdict_of
from bulk_update.policy.waiting import backoff_seconds, pause_seconds, waits_for_all

__all__ = [
    "CODES",
    "CircuitBreaker",
    "Halt",
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
