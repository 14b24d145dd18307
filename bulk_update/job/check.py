"""The dry run: validate and plan. This module imports no sender, so it cannot send anything."""

from __future__ import annotations

from bulk_update.client import Connection
from bulk_update.events import MappingLoaded, RunStopped
from bulk_update.exits import SUCCESS, RunEnd
from bulk_update.job.choose_input import chosen_input, require_input
from bulk_update.job.connection import connection_of
from bulk_update.job.environment import now_us
from bulk_update.job.given import record_given
from bulk_update.job.guards import guards_of
from bulk_update.job.ledger_place import ledger_place
from bulk_update.job.plan_run import Planned, Planner
from bulk_update.job.ports import Observer, announce_files, announce_plan
from bulk_update.job.report import Report, reporter_of
from bulk_update.job.request import (
    LoadedMapping,
    Request,
    RunOptions,
    base_url_of,
    load,
)
from bulk_update.job.run_files import UnsentRows, end_of_refusal
from bulk_update.job.store import Store
from bulk_update.reasons import stored
from bulk_update.records import Status


def check_file(request: Request, observer: Observer) -> Report:
    """Validate a file, plan it and write what would be sent.

    With a snapshot, the plan shows what the records hold now. It is taken again before the plan is
    sent, so it restores nothing and leaves out nothing then. Raises BulkUpdateError if there is
    nothing to report.
    """
    options = request.options
    with options.stop.interruptible():
        loaded = load(request)
        observer.on_event(MappingLoaded(loaded.mapping.name, loaded.path))
        base_url = base_url_of(options.settings, loaded.mapping)
        connection = connection_of(options, loaded, base_url=base_url) if options.snapshot else None
        require_input(request)
    place = ledger_place(options.settings)
    with place.opened(
        group_readable=options.group_readable, patience_seconds=options.ledger_patience_seconds
    ) as ledger:
        with chosen_input(request, loaded, ledger, observer, base_url=base_url) as chosen:
            planner = Planner(
                chosen.request,
                loaded,
                ledger,
                observer,
                chosen.file,
                base_url,
                is_visible=connection is None,
            )
            planned = planner.plan("check")
        end = planned.guard_end or SUCCESS
        if connection is not None:
            if end is SUCCESS and planned.plan.to_send:
                planned, end = _with_snapshot(
                    planned, options, loaded, ledger, observer, connection
                )
            ledger.runs.publish(planned.run)
        guards = guards_of(loaded.mapping, given=options.guards)
        if closed := guards.window and guards.window.outside(now_us(), code="outside-window"):
            planned = planned.with_notices((closed,))
        announce_plan(observer, planned.plan)
        if end is not SUCCESS:
            observer.on_event(RunStopped(end))
        record_given(ledger, planned.run, options)
        if options.out is not None:
            ledger.runs.record_output_folder(planned.run, str(options.out.absolute()))
        run = ledger.runs.get(planned.run)
        report = reporter_of(options, ledger, loaded, run, observer, sends=False).report(
            run,
            planned.plan,
            unsent=UnsentRows(Status.PLANNED),
            stopped=end,
            finished_at_us=now_us(),
            tally=planned.tally,
        )
        announce_files(observer, report.summary.files)
        refusal = end_of_refusal(report.end)
        ledger.runs.record_exit_code(
            planned.run,
            report.end.exit_code,
            stop_code=refusal.code or "",
            stop_reasons=stored(refusal.reasons),
        )
        return report


def _with_snapshot(
    planned: Planned,
    options: RunOptions,
    loaded: LoadedMapping,
    ledger: Store,
    observer: Observer,
    connection: Connection,
) -> tuple[Planned, RunEnd]:
    """Read the records of a plan; return the plan with what they show, and why that is not all."""
    from bulk_update.job.record_reading import RecordReading  # noqa: PLC0415 - loads httpx only to read

    planned, _, end = RecordReading(options, loaded, ledger, observer, connection).look(planned)
    return planned, end
