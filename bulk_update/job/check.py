"""The dry run: validate and plan. It imports no sender, so it cannot send anything."""

from __future__ import annotations

from bulk_update.exits import SUCCESS
from bulk_update.job.choose_input import chosen_input, require_input
from bulk_update.job.environment import now_us
from bulk_update.job.plan_run import Planner
from bulk_update.job.ports import Observer
from bulk_update.job.report import Report, UnsentRows, reporter_of
from bulk_update.job.request import Request, base_url_of, load
from bulk_update.ledger import Ledger
from bulk_update.records import Status


def check_file(request: Request, observer: Observer) -> Report:
    """Validate a file, plan it and write what would be sent.

    Raises BulkUpdateError if there is nothing to report.
    """
    options = request.options
    with options.stop.interruptible():
        loaded = load(request)
        base_url = base_url_of(options.settings, loaded.mapping)
        require_input(request)
    with Ledger(options.settings.state_folder, group_readable=options.group_readable) as ledger:
        with chosen_input(request, loaded, ledger, base_url=base_url) as chosen:
            planner = Planner(chosen.request, loaded, ledger, observer, chosen.file, base_url)
            planned = planner.plan("check")
        if options.out is not None:
            ledger.runs.record_output_folder(planned.run, str(options.out.absolute()))
        run = ledger.runs.get(planned.run)
        report = reporter_of(options, ledger, loaded, run, sends=False).report(
            run,
            planned.plan,
            unsent=UnsentRows(Status.PLANNED),
            stopped=planned.guard_end or SUCCESS,
            finished_at_us=now_us(),
            tally=planned.tally,
        )
        ledger.runs.record_exit_code(planned.run, report.end.exit_code)
        return report
