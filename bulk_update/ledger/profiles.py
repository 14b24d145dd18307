"""The profiles of plans, which later plans of the job are compared with.

They contain only counts, so those of deleted runs are kept: otherwise a job with a short retention
could never learn what is usual.
"""

from __future__ import annotations

import sqlite3

from bulk_update.bookkeeping.run import RunState
from bulk_update.exits import ExitCode

_MOST_KEPT = 30
"""For each job and system: enough for ten plans of each of a few mappings."""

_ENDED = f"""
state = '{RunState.FINISHED}' AND profile IS NOT NULL
AND exit_code IN ({ExitCode.SUCCESS.value}, {ExitCode.ROWS.value})
"""

_PROFILES = f"""
SELECT profile FROM (
    SELECT id, job, base_url, profile FROM run WHERE {_ENDED}
    UNION ALL SELECT run, job, base_url, profile FROM kept_profile)
WHERE job = :job AND base_url = :base_url AND id <> :besides ORDER BY id DESC
"""

_KEEP = f"""
INSERT INTO kept_profile SELECT id, job, base_url, profile FROM run WHERE id = :run AND {_ENDED}
"""

_DROP_OLDEST = """
DELETE FROM kept_profile WHERE run IN (
    SELECT kept.run FROM kept_profile AS kept
    JOIN run ON run.id = :run AND kept.job = run.job AND kept.base_url IS run.base_url
    ORDER BY kept.run DESC LIMIT -1 OFFSET :most)
"""


def profiles_of(
    connection: sqlite3.Connection, *, job: str, base_url: str, besides: int
) -> list[str]:
    """Return the profiles of the job's runs that finished with exit code 0 or 1, latest first."""
    values = {"job": job, "base_url": base_url, "besides": besides}
    return [profile for (profile,) in connection.execute(_PROFILES, values)]


def keep_profile(connection: sqlite3.Connection, run: int) -> None:
    """Keep the profile of a run that is about to be deleted, in place of the oldest one."""
    connection.execute(_KEEP, {"run": run})
    connection.execute(_DROP_OLDEST, {"run": run, "most": _MOST_KEPT})
