"""Sending the rows that an earlier run planned but has not settled."""

from __future__ import annotations

from bulk_update.errors import UsageError
from bulk_update.events import MappingLoaded
from bulk_update.job.archiving import archive_finished
from bulk_update.job.connection import connection_of
from bulk_update.job.environment import now_us
from bulk_update.job.execute import RunExecution, sending_ledger
from bulk_update.job.ports import Observer, announce_run
from bulk_update.job.replan import replan
from bulk_update.job.report import Report
from bulk_update.job.request import LoadedMapping, RunOptions, base_url_of, patience_of, reload
from bulk_update.job.store import Store
from bulk_update.ledger import Run
from bulk_update.records import Issue

FRESH_PLAN_US = 24 * 3600 * 1_000_000
"""How old a plan may be for its run id to count as approval."""


def apply_run(run_id: str, options: RunOptions, observer: Observer) -> Report:
    """Send the rows of a run that are planned, unsent, halted or in doubt; write all its files.

    Raises UsageError if the run does not exist, if rows of it would be sent although it has been
    undone, or if the settings specify another system.
    """
    with sending_ledger(options) as ledger:
        with options.stop.interruptible():
            run = ledger.runs.find(run_id)
            loaded = loaded_mapping_of(run)
            observer.on_event(MappingLoaded(loaded.mapping.name, loaded.path))
            connection = connection_of(
                options, loaded, base_url=base_url_of_run(run, options, loaded)
            )
        ledger.patience_seconds = patience_of(options, loaded)
        if ledger.sending.count_to_send(run.id):
            require_not_undone(ledger, run)
        if run.base_url is None:
            ledger.runs.record_base_url(run.id, connection.base_url)
            run = ledger.runs.get(run.id)
        announce_run(observer, run, continues=True)
        stale = now_us() - (run.planned_at_us or run.created_at_us) > FRESH_PLAN_US
        planned = replan(options, loaded, ledger, run)
        report = RunExecution(options, loaded, ledger, observer, connection).execute(
            planned, ask=stale
        )
        archive_finished(report, run, options, loaded, observer)
        return report


def require_not_undone(ledger: Store, run: Run) -> None:
    """Raise UsageError if a run has been undone: its rows must not reach their records again."""
    if undo := ledger.runs.undone_by(run.id):
        raise UsageError(Issue("usage", {"run": run.run_id, "undo": undo.run_id}, "undone"))


def loaded_mapping_of(run: Run) -> LoadedMapping:
    """Return the mapping that the ledger stores for a run."""
    return reload(run.mapping, path=run.mapping_path, overrides=run.overrides)


def base_url_of_run(run: Run, options: RunOptions, loaded: LoadedMapping) -> str | None:
    """Return the run's base URL, or that of the settings if the run has none.

    Raises UsageError if the two differ.
    """
    named = base_url_of(options.settings, loaded.mapping)
    if run.base_url and named and named != run.base_url:
        params = {"run": run.run_id, "url": run.base_url, "named": named}
        raise UsageError(Issue("usage", params, "other-system"))
    return run.base_url or named
