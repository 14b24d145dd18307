"""The dry run: validate and plan. There is no sender in it, so nothing can be sent."""

from __future__ import annotations

from bulk_update.exits import SUCCESS
from bulk_update.job.delivering import reporter_of
from bulk_update.job.observing import Observer
from bulk_update.job.planning import Planner, now_us
from bulk_update.job.reporting import Report, UnsentRows
from bulk_update.job.request import Request, base_url_of, load, readable_file
from bulk_update.ledger import Ledger
from bulk_update.readers import fingerprint
from bulk_update.records import Status


def check(request: Request, observer: Observer) -> Report:
    """Validate a file, plan it and write what would be sent.

    Raises BulkUpdateError where there is nothing to report.
    """
    terms = request.terms
    with terms.stop.interruptible():
        loaded = load(request)
        base_url = base_url_of(terms.settings, loaded.mapping)
        file = fingerprint(readable_file(request.file))
    with Ledger(terms.settings.state_folder, group_readable=terms.group_readable) as ledger:
        planned = Planner(request, loaded, ledger, observer, file, base_url).plan("check")
        if terms.out is not None:
            ledger.update(planned.run, out=str(terms.out.absolute()))
        run = ledger.run(planned.run)
        report = reporter_of(terms, ledger, loaded, run).report(
            run,
            planned.plan,
            unsent=UnsentRows(Status.PLANNED),
            stopped=planned.guard_end or SUCCESS,
            finished_at_us=now_us(),
            tally=planned.tally,
        )
        ledger.update(planned.run, exit_code=report.end.exit_code)
        return report
