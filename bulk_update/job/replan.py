"""Planning a run again that was planned earlier, before its rows are sent."""

from __future__ import annotations

from dataclasses import replace

from bulk_update.job.guards import guards_of
from bulk_update.job.live_judgement import NOT_LIVE, judge_live
from bulk_update.job.planned import Planned, planned_of
from bulk_update.job.request import LoadedMapping, RunOptions
from bulk_update.job.store import Store
from bulk_update.ledger import KnownBefore, Run, RunState
from bulk_update.mapping import Mapping
from bulk_update.plan import ANY_NUMBER_OF_ROWS


def known_before(
    ledger: Store,
    *,
    job: str,
    identity: str,
    base_url: str,
    again: bool,
    only_changed: bool,
    besides: int = 0,
) -> KnownBefore:
    """Return whether to skip rows whose records already hold their values, and why.

    They count as already sent if the job's latest run with exit code 0 had the same identity,
    unless `again` is set; otherwise `only_changed` decides. The run `besides`, which is being
    planned, is ignored.
    """
    earlier = None
    if not again:
        earlier = ledger.runs.latest_success(job=job, base_url=base_url, besides=besides)
    if earlier and earlier.identity == identity:
        return KnownBefore(compared_at=base_url, already_sent_by=earlier.run_id)
    return KnownBefore(compared_at=base_url if only_changed else None)


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


def replan(options: RunOptions, loaded: LoadedMapping, ledger: Store, run: Run) -> Planned:
    """Plan the remaining rows of a run again, with the current record values and guards.

    The caller must hold the sending lock, so that no other process sends before the plan is
    executed. A finished run is not changed.
    """
    run, live = ledger.runs.claim(run.id), NOT_LIVE
    if run.base_url is not None and run.state is not RunState.FINISHED:
        ledger.planning.judge(run, _known_again(ledger, run, loaded.mapping, run.base_url))
        if run.undoes is None:
            live = judge_live(options, loaded, ledger, run)
    guards = guards_of(loaded.mapping, given=options.guards, is_failed_csv=run.is_failed_csv)
    if run.command in {"retry", "undo"}:
        guards = replace(guards, expect_rows=ANY_NUMBER_OF_ROWS)
    planned = planned_of(options, loaded, ledger, run, guards=guards)
    planned = replace(planned, guard_end=live.end or planned.guard_end)
    return planned.with_notices(live.notices)
