"""Running a file: check, ask and send, or continue an unfinished run."""

from __future__ import annotations

from bulk_update.client import Connection
from bulk_update.events import MappingLoaded, Notice
from bulk_update.job.archiving import archive_finished
from bulk_update.job.choose_input import ChosenInput, chosen_input, require_input
from bulk_update.job.connection import connection_of
from bulk_update.job.execute import RunExecution, sending_ledger
from bulk_update.job.plan_run import Planned, Planner, identity_of
from bulk_update.job.ports import Observer, announce_run
from bulk_update.job.priority import priority_of
from bulk_update.job.replan import replan
from bulk_update.job.report import Report
from bulk_update.job.request import (
    LoadedMapping,
    Request,
    load,
    overrides_json,
    patience_of,
)
from bulk_update.job.store import Store
from bulk_update.records import Issue


def run_file(request: Request, observer: Observer) -> Report:
    """Check a file and send its rows, or continue an unfinished run of the same identity.

    Raises BulkUpdateError if there is nothing to report.
    """
    with request.options.stop.interruptible():
        loaded = load(request)
        observer.on_event(MappingLoaded(loaded.mapping.name, loaded.path))
        connection = connection_of(request.options, loaded)
        require_input(request)
    patience_seconds = patience_of(request.options, loaded)
    with sending_ledger(request.options, patience_seconds=patience_seconds) as ledger:
        # The file may have been replaced while the lock was awaited.
        with chosen_input(
            request, loaded, ledger, observer, base_url=connection.base_url
        ) as chosen:
            planned = _planned(chosen, loaded, ledger, observer, connection)
        run = ledger.runs.get(planned.run)  # a short retention deletes it at its end
        execution = RunExecution(request.options, loaded, ledger, observer, connection)
        report = execution.execute(planned, ask=True)
        archive_finished(report, run, request.options, loaded, observer, name=chosen.file.name)
        return report


def _planned(
    chosen: ChosenInput,
    loaded: LoadedMapping,
    ledger: Store,
    observer: Observer,
    connection: Connection,
) -> Planned:
    """Plan the file, or continue an unfinished run of the same identity."""
    request = chosen.request
    found = ledger.runs.unfinished(
        identity=identity_of(loaded.mapping, chosen.file.fingerprint),
        base_url=connection.base_url,
    )
    if not found:
        planner = Planner(request, loaded, ledger, observer, chosen.file, connection.base_url)
        return planner.plan("run")
    priority_of(loaded, found)  # before the mapping of the run is replaced
    announce_run(observer, found, continues=True)
    observer.on_event(Notice(Issue("continuing", {"run": found.run_id})))
    ledger.runs.replace_mapping(
        found.id,
        loaded.data,
        path=loaded.path,
        job=loaded.mapping.name,
        overrides=overrides_json(request),
        again=request.again or found.again,
    )
    return replan(request.options, loaded, ledger, ledger.runs.get(found.id))
