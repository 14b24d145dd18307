"""Planning a run again that was planned earlier, before its rows are sent."""

from __future__ import annotations

import json
from dataclasses import replace

from bulk_update.job.earlier_runs import known_before
from bulk_update.job.guards import guards_of
from bulk_update.job.live_judgement import NOT_LIVE, judge_live
from bulk_update.job.plan_details import unambiguous, with_present_statuses
from bulk_update.job.plan_run import Planned, planned_of
from bulk_update.job.request import LoadedMapping, RunOptions
from bulk_update.job.store import Store
from bulk_update.ledger import KnownBefore, Run, RunState
from bulk_update.mapping import Mapping
from bulk_update.plan import ANY_NUMBER_OF_ROWS, MOST_STATUSES, Guards, judge_invalid
from bulk_update.records import Issue, Status


def _known_again(ledger: Store, run: Run, mapping: Mapping, base_url: str) -> KnownBefore:
    """Return which rows of a recorded run count as unchanged now.

    Those of an undo are compared with what their records show, which is read before it is sent.
    """
    if run.undoes is not None:
        return KnownBefore()
    return known_before(
        ledger,
        job=run.job,
        identity=run.identity,
        base_url=base_url,
        again=run.again,
        only_changed=mapping.only_changed,
        besides=run.id,
    )


def run_guards(run: Run, loaded: LoadedMapping, options: RunOptions) -> Guards:
    """Return the guards of a recorded run; a retry or an undo holds only some rows of a file."""
    guards = guards_of(loaded.mapping, given=options.guards, is_failed_csv=run.is_failed_csv)
    if run.command in {"retry", "undo"}:
        return replace(guards, expect_rows=ANY_NUMBER_OF_ROWS)
    return guards


def replan(options: RunOptions, loaded: LoadedMapping, ledger: Store, run: Run) -> Planned:
    """Plan the remaining rows of a run again, with the current record values and guards.

    The caller must hold the sending lock, so that no other process sends before the plan is
    executed. A finished run is not changed.
    """
    run, live = ledger.runs.claim(run.id), NOT_LIVE
    if run.state is not RunState.FINISHED:
        # An undo must not restore what a record showed long before this run sends to it.
        ledger.readings.forget_unsent(run.id)
    if run.base_url is not None and run.state is not RunState.FINISHED:
        ledger.planning.judge(run, _known_again(ledger, run, loaded.mapping, run.base_url))
        if run.undoes is None:
            live = judge_live(options, loaded, ledger, run)
    guards = run_guards(run, loaded, options)
    planned = planned_of(options, loaded, ledger, run, guards=guards)
    planned = replace(planned, guard_end=live.end or planned.guard_end)
    return planned.with_notices(live.notices)


def counted_again(
    options: RunOptions,
    loaded: LoadedMapping,
    ledger: Store,
    planned: Planned,
    *,
    notices: tuple[Issue, ...],
) -> Planned:
    """Return a plan from its rows' current state and the snapshot of its records.

    `notices` come before those of the plan. Fewer rows are to be sent than before, and more may be
    invalid, which `max_invalid` judges again.
    """
    run = ledger.runs.get(planned.run)
    fresh = planned_of(options, loaded, ledger, run, guards=Guards())
    guards = guards_of(loaded.mapping, given=options.guards)
    invalid = fresh.plan.counts[Status.INVALID]
    end = judge_invalid(guards, invalid=invalid, data_rows=fresh.plan.data_rows)
    plan = replace(
        fresh.plan,
        notices=(*notices, *planned.plan.notices),
        statuses=with_present_statuses(
            fresh.plan.statuses,
            ledger.readings.status_moves(planned.run, most=MOST_STATUSES),
            unambiguous(json.loads(run.status_names)),
        ),
    )
    return replace(fresh, plan=plan, guard_end=planned.guard_end or end)
