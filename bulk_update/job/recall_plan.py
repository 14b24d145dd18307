"""The plan of a recorded run as it stands now, with the verdict of its guards; nothing is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from bulk_update.exits import RunEnd
from bulk_update.job.apply import FRESH_PLAN_US, loaded_mapping_of
from bulk_update.job.environment import now_us
from bulk_update.job.inspect import opened_ledger
from bulk_update.job.plan_details import unambiguous, with_present_statuses
from bulk_update.job.plan_run import planned_of
from bulk_update.job.replan import run_guards
from bulk_update.job.request import RunOptions
from bulk_update.job.send_first import can_send_first, words_of_status
from bulk_update.job.store import Store
from bulk_update.learned import Profile, history_of
from bulk_update.ledger import ChangeEvidence, Run
from bulk_update.mapping import Mapping
from bulk_update.plan import MOST_STATUSES, Plan, StatusChange, judge_window

_MOST_EARLIER = 10
_LEAST_TO_ORDER = 2


@dataclass(frozen=True, slots=True)
class RecalledPlan:
    """A run's plan, from its rows' current state.

    `stopped` is the guard that forbids to send it, if one does. A plan that is not `is_fresh` has
    to be confirmed again, as `apply` asks for. `earlier_sizes` are how many rows the job's earlier
    runs had to send, the latest first. `can_be_first` are statuses whose rows can be sent before
    the others, because the mapping does not say which are. `evidence` is how many of the rows to be
    sent are known to change their record. `identical` is how many duplicates would change nothing
    else than the row that is sent.
    """

    run: Run
    plan: Plan
    stopped: RunEnd | None
    is_fresh: bool
    evidence: ChangeEvidence
    earlier_sizes: tuple[int, ...] = ()
    can_be_first: tuple[StatusChange, ...] = ()
    identical: int = 0

    @property
    def was_sent(self) -> bool:
        """Whether sending it has begun before, so that somebody has confirmed it."""
        return self.run.started_at_us is not None


def recall_plan(run_id: str, options: RunOptions) -> RecalledPlan:
    """Return the plan of a run; raises UsageError if there is no such run.

    Rows that other runs have sent since are still counted: `apply` leaves them out.
    """
    with opened_ledger(options, to_look_at=False) as store:
        run = store.runs.find(run_id)
        loaded = loaded_mapping_of(run)
        guards = run_guards(run, loaded, options)
        planned = planned_of(options, loaded, store, run, guards=guards)
        moves = store.readings.status_moves(run.id, most=MOST_STATUSES)
        statuses = with_present_statuses(
            planned.plan.statuses, moves, unambiguous(json.loads(run.status_names))
        )
        return RecalledPlan(
            run,
            replace(planned.plan, statuses=statuses),
            planned.guard_end or judge_window(guards, now_us=now_us()),
            evidence=store.pages.change_evidence(run.id),
            can_be_first=_can_be_first(run, loaded.mapping, planned.plan),
            earlier_sizes=_earlier_sizes(store, run),
            identical=planned.tally.identical,
            is_fresh=now_us() - (run.planned_at_us or run.created_at_us) <= FRESH_PLAN_US,
        )


def _can_be_first(run: Run, mapping: Mapping, plan: Plan) -> tuple[StatusChange, ...]:
    """Return the statuses that rows can be sent first for, the least frequent first."""
    statuses = plan.statuses or ()
    if len(statuses) < _LEAST_TO_ORDER or not can_send_first(run, mapping):
        return ()
    return tuple(
        each
        for each in sorted(statuses, key=lambda each: each.rows)
        if words_of_status(mapping, each.status.status_id, each.status.name)[1]
    )


def _earlier_sizes(store: Store, run: Run) -> tuple[int, ...]:
    if run.base_url is None or run.profile is None:
        return ()
    stored = store.runs.profiles(job=run.job, base_url=run.base_url, besides=run.id)
    shape = Profile.restored(run.profile).shape
    earlier = history_of(stored, shape=shape)[:_MOST_EARLIER]
    return tuple(profile.sent for profile in earlier)
