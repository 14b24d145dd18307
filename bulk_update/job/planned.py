"""The plan of a run from its rows' current state, and the verdict of the guards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, replace

from bulk_update.exits import RunEnd
from bulk_update.job.learned_guards import judge_learned
from bulk_update.job.plan_details import PlanDetails, with_present_statuses
from bulk_update.job.priority import priority_of
from bulk_update.job.request import LoadedMapping, RunOptions, delivery_of
from bulk_update.job.store import RunRows, Store
from bulk_update.ledger import Run, Tally
from bulk_update.plan import (
    MOST_STATUSES,
    Guards,
    Plan,
    judge_data_rows,
    judge_filtered,
    judge_invalid,
    judge_plan,
)
from bulk_update.reasons import restored
from bulk_update.records import Issue, Status
from bulk_update.translation import ChangeCounter, Priority


@dataclass(frozen=True, slots=True)
class Planned:
    """A run whose plan is on disk, and the verdict of the guards."""

    run: int
    plan: Plan
    guard_end: RunEnd | None
    tally: Tally
    priority: Priority | None = None

    def with_notices(self, issues: tuple[Issue, ...]) -> Planned:
        """Return the same plan with notices about this very moment, which are not recorded."""
        notices = (*self.plan.notices, *issues)
        return replace(self, plan=replace(self.plan, notices=notices))


def planned_of(
    options: RunOptions,
    loaded: LoadedMapping,
    ledger: Store,
    run: Run,
    *,
    guards: Guards,
    held: tuple[Issue, ...] = (),
    changes: ChangeCounter | None = None,
) -> Planned:
    """Return the plan of a run from its rows' current state, and the verdict of the guards.

    `held` describes the values in the columns of `where`, if it leaves out every row. `changes` is
    what was counted while the file was read, if it has just been read.
    """
    rows = ledger.projection(run.id, waiting=Status.PLANNED)
    tally, priority = rows.tally(), priority_of(loaded, run)
    details = PlanDetails(
        rows,
        tally,
        loaded.mapping,
        header=() if run.undoes else json.loads(run.header),
        priority=priority,
        counted=None if changes is None else changes.counts(),
        status_names=_unambiguous(json.loads(run.status_names)),
    )
    counted = details.changes()
    notices = (*_unseen(priority, rows, run, changes), *restored(run.notices))
    plan = Plan(
        data_rows=run.data_rows or 0,
        counts=tally.counts,
        to_send=tally.to_send,
        campaigns=tuple(tally.campaigns),
        fields=details.fields(),
        notices=notices,
        statuses=details.statuses(counted),
        sent_first=details.sent_first(counted),
        requests_per_second=delivery_of(options.settings, loaded.mapping).rate,
    )
    learned = judge_learned(ledger, run, plan, learn=guards.learn, expected=options.expect_changes)
    plan = replace(plan, notices=(*learned.notes, *plan.notices))
    end = _guard_end(plan, guards, held=held) or learned.end
    return Planned(run.id, plan, end, tally, priority)


def _unambiguous(names: MappingOf[str, MappingOf[str, str]]) -> dict[str, str]:
    """Return the names of statuses by id, without those that differ between campaigns."""
    found: dict[str, set[str]] = {}
    for of_campaign in names.values():
        for status_id, name in of_campaign.items():
            found.setdefault(status_id, set()).add(name)
    return {status_id: name for status_id, (name, *more) in found.items() if not more}


def _unseen(
    priority: Priority | None, rows: RunRows, run: Run, changes: ChangeCounter | None
) -> Iterator[Issue]:
    """Yield a notice for each text of `priority` that no row of the file shows.

    It is not recorded with the others, since `priority` may change while a run is unfinished. A
    retry or an undo holds only some rows of a file.
    """
    if priority is None or run.command in {"retry", "undo"}:
        return
    seen = changes.seen if changes else rows.texts_seen(priority.text_in)
    for text in priority.texts:
        if text not in seen:
            yield Issue("unseen-priority", {"text": text}, columns=(priority.column,))


def counted_again(
    options: RunOptions,
    loaded: LoadedMapping,
    ledger: Store,
    planned: Planned,
    *,
    notices: tuple[Issue, ...],
) -> Planned:
    """Return a plan from its rows' current state and the snapshot of its records.

    `notices` come before those of the plan. No guard can object to it now, because no more rows are
    to be sent than before.
    """
    fresh = planned_of(options, loaded, ledger, ledger.runs.get(planned.run), guards=Guards())
    plan = replace(
        fresh.plan,
        notices=(*notices, *planned.plan.notices),
        statuses=with_present_statuses(
            fresh.plan.statuses, ledger.readings.status_moves(planned.run, most=MOST_STATUSES)
        ),
    )
    return replace(fresh, plan=plan, guard_end=planned.guard_end)


def _guard_end(plan: Plan, guards: Guards, *, held: tuple[Issue, ...]) -> RunEnd | None:
    """Return the end that the first violated guard causes, in the order of processing."""
    return (
        judge_data_rows(guards, plan.data_rows)
        or judge_filtered(
            guards,
            filtered=plan.counts[Status.FILTERED],
            data_rows=plan.data_rows,
            held=held,
        )
        or judge_invalid(guards, invalid=plan.counts[Status.INVALID], data_rows=plan.data_rows)
        or judge_plan(guards, to_send=plan.to_send, clears=plan.clears)
    )
