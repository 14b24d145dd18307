"""Sending the rows of a run again that failed or may have failed."""

from __future__ import annotations

import hashlib
import os
import platform

from bulk_update.job.apply import base_url_of_run, loaded_mapping_of
from bulk_update.job.connection import connection_of
from bulk_update.job.environment import current_user, new_run_id, now_us
from bulk_update.job.execute import RunExecution, sending_ledger
from bulk_update.job.guards import guards_of
from bulk_update.job.plan_run import Planned, replan
from bulk_update.job.ports import Observer
from bulk_update.job.report import Report
from bulk_update.job.request import LoadedMapping, RunOptions, patience_of
from bulk_update.job.store import Store
from bulk_update.ledger import NewRun, Run, RunState

FRESH_PLAN_US = 24 * 3600 * 1_000_000
"""How old a plan may be for its name to be consent enough."""


def retry_run(run_id: str, options: RunOptions, observer: Observer) -> Report:
    """Send the rejected, failed and doubtful rows of a run once more, as a run of their own.

    The rows keep their numbers, and the results hold only them. Raises UsageError as `apply`.
    """
    with sending_ledger(options) as ledger:
        with options.stop.interruptible():
            parent = ledger.find(run_id)
            loaded = loaded_mapping_of(parent)
            guards_of(loaded.mapping, given=options.guards)  # before any row is staged
            base_url = base_url_of_run(parent, options, loaded)
            connection = connection_of(options, loaded, base_url=base_url)
        ledger.patience_seconds = patience_of(options, loaded)
        planned = _stage_again(ledger, parent, loaded, options)
        return RunExecution(options, loaded, ledger, observer, connection).execute(
            planned, ask=True
        )


def _stage_again(ledger: Store, parent: Run, loaded: LoadedMapping, options: RunOptions) -> Planned:
    new = NewRun(
        run_id=new_run_id(),
        command="retry",
        job=parent.job,
        identity=hashlib.sha256(f"retry {parent.identity} {parent.run_id}".encode()).hexdigest(),
        base_url=parent.base_url,
        mapping_path=parent.mapping_path,
        mapping=parent.mapping,
        overrides=parent.overrides,
        input_path=parent.input_path,
        input_sha256=parent.input_sha256,
        header=parent.header,
        delimiter=parent.delimiter,
        ours=parent.ours,
        user=current_user(),
        host=platform.node(),
        pid=os.getpid(),
        created_at_us=now_us(),
        claimed=True,
    )
    key = ledger.begin(new, origin=parent.origin)
    try:
        data_rows = ledger.stage_again(key, parent=parent.id)
    except BaseException:
        ledger.abandon(key)
        raise
    ledger.update(key, state=RunState.PLANNED, data_rows=data_rows, planned_at_us=now_us())
    return replan(options, loaded, ledger, ledger.run(key))
