"""Running a file: check, ask and send, or continue an unfinished run."""

from __future__ import annotations

from bulk_update.events import MappingLoaded, Notice
from bulk_update.job.connection import connection_of
from bulk_update.job.execute import RunExecution, sending_ledger
from bulk_update.job.plan_run import Planner, identity_of
from bulk_update.job.ports import Observer, announce_run
from bulk_update.job.priority import priority_of
from bulk_update.job.replan import replan
from bulk_update.job.report import Report
from bulk_update.job.request import (
    Request,
    load,
    overrides_json,
    patience_of,
    readable_file,
)
from bulk_update.readers import fingerprint
from bulk_update.records import Issue


def run_file(request: Request, observer: Observer) -> Report:
    """Check a file and send its rows, or continue an unfinished run of the same identity.

    Raises BulkUpdateError if there is nothing to report.
    """
    with request.options.stop.interruptible():
        loaded = load(request)
        observer.on_event(MappingLoaded(loaded.mapping.name, loaded.path))
        connection = connection_of(request.options, loaded)
        readable_file(request.file)
    patience_seconds = patience_of(request.options, loaded)
    with sending_ledger(request.options, patience_seconds=patience_seconds) as ledger:
        with request.options.stop.interruptible():  # the file may have been replaced meanwhile
            file = fingerprint(readable_file(request.file))
        found = ledger.runs.unfinished(
            identity=identity_of(loaded.mapping, file), base_url=connection.base_url
        )
        if found:
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
            planned = replan(request.options, loaded, ledger, ledger.runs.get(found.id))
        else:
            planner = Planner(request, loaded, ledger, observer, file, connection.base_url)
            planned = planner.plan("run")
        execution = RunExecution(request.options, loaded, ledger, observer, connection)
        return execution.execute(planned, ask=True)
