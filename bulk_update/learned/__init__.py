"""What is usual for a job: the profile of each plan, and guards learned from earlier ones."""

from bulk_update.learned.judging import (
    LEARNED_CODES,
    RUNS_TO_LEARN,
    ended_well,
    history_of,
    is_expected,
    unusual,
)
from bulk_update.learned.profile import FileCounts, Profile

__all__ = [
    "LEARNED_CODES",
    "RUNS_TO_LEARN",
    "FileCounts",
    "Profile",
    "ended_well",
    "history_of",
    "is_expected",
    "unusual",
]
