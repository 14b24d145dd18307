"""Retrying the rows of a run that failed or may have failed."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from bulk_update.events import MappingLoaded
from bulk_update.job.apply import base_url_of_run, loaded_mapping_of
from bulk_update.job.connection import connection_of
from bulk_update.job.environment import new_run_id, now_us, this_process
from bulk_update.job.execute import RunExecution, sending_ledger
from bulk_update.job.guards import guards_of
from bulk_update.job.plan_run import Planned
from bulk_update.job.ports import Observer, announce_run
from bulk_update.job.replan import replan
from bulk_update.job.report import Report, report_of_nothing
from bulk_update.job.request import LoadedMapping, RunOptions, patience_of
from bulk_update.job.store import Store
from bulk_update.ledger import Run


def retry_run(run_id: str, options: RunOptions, observer: Observer) -> Report:
    """Send the rejected, failed and doubtful rows of a run again, as a separate run.

    The rows keep their numbers, and the results contain only these rows. If there is no such row,
    no run is created, and the report has no run id. Raises UsageError in the same cases as
    `apply_run`.
    """
    with sending_ledger(options) as ledger:
        with options.stop.interruptible():
            parent = ledger.runs.find(run_id)
            loaded = loaded_mapping_of(parent)
            observer.on_event(MappingLoaded(loaded.mapping.name, loaded.path))
            guards_of(loaded.mapping, given=options.guards)  # before any row is staged
            base_url = base_url_of_run(parent, options, loaded)
            connection = connection_of(options, loaded, base_url=base_url)
        ledger.patience_seconds = patience_of(options, loaded)
        planned = _stage_again(ledger, parent, loaded, options)
        if planned is None:
            return report_of_nothing(parent)
        announce_run(observer, ledger.runs.get(planned.run))
        return RunExecution(options, loaded, ledger, observer, connection).execute(
            planned, ask=True
        )


def _stage_again(
    ledger: Store, parent: Run, loaded: LoadedMapping, options: RunOptions
) -> Planned | None:
    """Stage the rows to retry as a new run and plan it; return None if there are no such rows."""
    new = replace(
        parent.as_new(),
        run_id=new_run_id(),
        command="retry",
        identity=hashlib.sha256(f"retry {parent.identity} {parent.run_id}".encode()).hexdigest(),
        **this_process(),
        created_at_us=now_us(),
        again=False,
        claimed=True,
    )
    key = ledger.runs.begin(new, origin=parent.origin)
    try:
        data_rows = ledger.planning.stage_again(key, parent=parent.id)
    except BaseException:
        ledger.runs.abandon(key)
        raise
    if not data_rows:
        ledger.runs.abandon(key)
        return None
    ledger.runs.record_status_names(key, parent.status_names)
    ledger.runs.record_plan(key, data_rows=data_rows, planned_at_us=now_us())
    return replan(options, loaded, ledger, ledger.runs.get(key))
