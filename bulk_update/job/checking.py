"""The dry run: validate and plan. There is no sender in it, so nothing can be sent."""

from __future__ import annotations

from bulk_update.closing import WELL, Ending
from bulk_update.job.observing import Observer
from bulk_update.job.planning import Planner, now_us
from bulk_update.job.reporting import Report, Reporter, Waiting
from bulk_update.job.request import Request, base_url_of, load, readable_file
from bulk_update.ledger import Ledger
from bulk_update.plan import Trip
from bulk_update.readers import fingerprint
from bulk_update.records import Status

GUARD_EXIT_CODE = 3


def check(request: Request, observer: Observer) -> Report:
    """Validate a file, plan it and write what would be sent.

    Raises BulkUpdateError where there is nothing to report.
    """
    loaded = load(request)
    base_url = base_url_of(request.settings, loaded.mapping)
    file = fingerprint(readable_file(request.file))
    with Ledger(request.settings.state_folder, group_readable=request.group_readable) as ledger:
        planned = Planner(request, loaded, ledger, observer, file, base_url).plan("check")
        stopped = guard_ending(planned.trip)
        reporter = Reporter(
            ledger,
            out=request.out,
            results_delimiter=request.results_delimiter,
            group_readable=request.group_readable,
            tolerate=loaded.mapping.tolerate,
        )
        report = reporter.report(
            ledger.run(planned.run),
            planned.plan,
            waiting=Waiting(Status.PLANNED),
            stopped=stopped,
            finished_at_us=now_us(),
        )
        ledger.update(planned.run, exit_code=report.ending.exit_code)
        return report


def guard_ending(trip: Trip | None) -> Ending:
    """Return how a run ends that a guard forbids, or none."""
    return Ending(GUARD_EXIT_CODE, trip.code, trip.message) if trip else WELL
