"""What is deleted, and when: old runs with the files they chose a place for, and old copies."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from bulk_update.errors import LockedError
from bulk_update.job.environment import now_us, this_process
from bulk_update.job.store import Store
from bulk_update.ledger import Holder, Run, RunState
from bulk_update.results import remove_own_folder, utc_text

COPY_SECONDS = 30 * 86_400.0
"""How long the copy of a ledger from before an upgrade is kept, so that one can go back."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many runs `runs --prune` deleted, and by how many bytes the ledger shrank."""

    runs: int
    freed_bytes: int


def tidy_up(store: Store, *, job: str, retention_seconds: float | None) -> None:
    """Delete what a job keeps no longer, at the end of one of its runs.

    These are its finished runs that ended before `retention_seconds`, if it is set, and copies of
    the ledger, which must not outlive the runs. A deletion that was interrupted is finished.
    """
    store.housekeeping.finish_deletions(on_deletion=_remove_files)
    now, copy_seconds = now_us(), COPY_SECONDS
    if retention_seconds is not None:
        copy_seconds = min(copy_seconds, retention_seconds)
        store.housekeeping.apply_retention(
            job=job, before_us=_before(now, retention_seconds), on_deletion=_remove_files
        )
    store.housekeeping.delete_copies(before_us=_before(now, copy_seconds))


def prune(store: Store, *, older_than_seconds: float) -> Pruned:
    """Delete runs that ended longer ago, and give the space back unless a run is sending."""
    store.housekeeping.finish_deletions(on_deletion=_remove_files)
    before_us = _before(now_us(), older_than_seconds)
    runs = store.housekeeping.prune(before_us=before_us, on_deletion=_remove_files)
    store.housekeeping.delete_copies(before_us=before_us)
    holder = Holder(**this_process(), started_at=utc_text(now_us()))
    try:
        with store.sending_lock(holder):
            return Pruned(runs, store.housekeeping.compact())
    except LockedError:
        return Pruned(runs, 0)


def delete_run(store: Store, run_id: str) -> bool:
    """Delete one run with the files it chose a place for; return False if it must be kept.

    A run stays while a process works on it, and if the job's next run is compared with it.
    """
    return store.housekeeping.delete(run_id, now_us=now_us(), on_deletion=_remove_files)


def delete_plans(store: Store, input_path: str, *, besides: str) -> None:
    """Delete the plans of a file of which nothing was sent, except for one run."""
    for run in store.runs.all():
        is_plan = run.state is RunState.PLANNED and run.input_path == input_path
        if is_plan and run.run_id != besides:
            delete_run(store, run.run_id)


def _before(now: int, seconds: float) -> int:
    return now - round(seconds * 1_000_000)


def _remove_files(run: Run) -> None:
    for folder in json.loads(run.own_folders):
        remove_own_folder(Path(folder), run_id=run.run_id)
