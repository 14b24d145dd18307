"""Sending the rows that an earlier run planned but has not settled."""

from __future__ import annotations

from bulk_update.errors import UsageError
from bulk_update.job.archiving import archive_finished
from bulk_update.job.connection import connection_of
from bulk_update.job.environment import now_us
from bulk_update.job.execute import RunExecution, sending_ledger
from bulk_update.job.ports import Observer
from bulk_update.job.replan import replan
from bulk_update.job.report import Report
from bulk_update.job.request import LoadedMapping, RunOptions, base_url_of, patience_of, reload
from bulk_update.ledger import Run

FRESH_PLAN_US = 24 * 3600 * 1_000_000
"""How old a plan may be for its run id to count as approval."""


def apply_run(run_id: str, options: RunOptions, observer: Observer) -> Report:
    """Send the rows of a run that are planned, unsent, halted or in doubt; write all its files.

    Raises UsageError if the run does not exist, or if the settings specify another system.
    """
    with sending_ledger(options) as ledger:
        with options.stop.interruptible():
            run = ledger.runs.find(run_id)
            loaded = loaded_mapping_of(run)
            connection = connection_of(
                options, loaded, base_url=base_url_of_run(run, options, loaded)
            )
        ledger.patience_seconds = patience_of(options, loaded)
        if run.base_url is None:
            ledger.runs.record_base_url(run.id, connection.base_url)
            run = ledger.runs.get(run.id)
        stale = now_us() - (run.planned_at_us or run.created_at_us) > FRESH_PLAN_US
        planned = replan(options, loaded, ledger, run)
        report = RunExecution(options, loaded, ledger, observer, connection).execute(
            planned, ask=stale
        )
        archive_finished(report, run, options, loaded, observer)
        return report


def loaded_mapping_of(run: Run) -> LoadedMapping:
    """Return the mapping that the ledger stores for a run."""
    return reload(run.mapping, path=run.mapping_path, overrides=run.overrides)


def base_url_of_run(run: Run, options: RunOptions, loaded: LoadedMapping) -> str | None:
    """Return the run's base URL, or that of the settings if the run has none.

    Raises UsageError if the two differ.
    """
    named = base_url_of(options.settings, loaded.mapping)
    if run.base_url and named and named != run.base_url:
        raise UsageError(
            f"run {run.run_id} is for {run.base_url}, but the settings say {named}",
            hint="Omit --base-url and BULK_UPDATE_BASE_URL, or use the run's own URL.",
        )
    return run.base_url or named
