"""From the ledger to the files that a user gets, and the last word."""

from __future__ import annotations

import json
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from bulk_update.client import request_path
from bulk_update.closing import (
    NEEDS_A_PERSON,
    Ending,
    ending_of_rows,
    ending_of_stop,
    most_severe,
)
from bulk_update.errors import BulkUpdateError, LedgerError
from bulk_update.ledger import Ledger, Projection, Run, Tally
from bulk_update.limits import Limit
from bulk_update.plan import Plan
from bulk_update.records import Status
from bulk_update.results import (
    FAILED,
    REQUESTS,
    RESULTS,
    SUMMARY,
    Placement,
    Summary,
    summary_json,
    write_failed,
    write_requests,
    write_results,
    write_unsent_results,
)
from bulk_update.stop_request import StopRequest

DEFAULT_FOLDER = Path("bulk-update-results")


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the results say of rows that nothing was done with."""

    status: Status
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A run's end: the summary, how it came about, and the plan it began with."""

    summary: Summary
    ending: Ending
    plan: Plan
    identical: int


def ended_by(error: BulkUpdateError) -> Ending:
    """Return the ending that an error means."""
    return Ending(error.exit_code, error.reason, str(error))


@dataclass(frozen=True, slots=True)
class Reporter:
    """Writes the files of one run and judges it.

    A request to `stop` that comes before the summary is on disk decides how the run ends.
    """

    ledger: Ledger
    out: Path | None
    results_delimiter: str
    group_readable: bool
    tolerate: MappingOf[Status, Limit]
    stop: StopRequest

    def report(
        self,
        run: Run,
        plan: Plan,
        *,
        waiting: Waiting,
        stopped: Ending,
        finished_at_us: int,
        tally: Tally | None = None,
    ) -> Report:
        """Write the run's files and return how it ended.

        `tally` is the plan's count of the rows, where none of them has changed since.
        Where the outcomes do not add up or the files cannot be written, the report says so and
        names no file.
        """
        projection = _projection(self.ledger, run, waiting)
        tally = tally or projection.tally()
        rows = ending_of_rows(tally.counts, identical=tally.identical, tolerate=self.tolerate)
        ending = most_severe(stopped, rows)
        summary = Summary(
            exit_code=ending.exit_code,
            reason=ending.reason,
            run_id=run.run_id,
            input_path=run.input_path,
            input_sha256=run.input_sha256,
            input_rows=plan.data_rows,
            campaign_ids=tally.campaign_ids,
            outcomes=tally.counts,
            attempts=projection.attempts(),
            started_at_us=run.created_at_us,
            finished_at_us=finished_at_us,
        )
        report = Report(summary, ending, plan, tally.identical)
        try:
            files = self._write_files(run, projection, report, waiting)
            return self._with_summary(run, report, files)
        except LedgerError as error:
            return _worsened(report, self._or_stopped(ended_by(error)))

    def amend(self, run: Run, report: Report, ending: Ending) -> Report:
        """Return a report that ends worse than its files say, and write the summary again."""
        amended = _worsened(report, ending)
        try:
            return self._with_summary(run, amended, report.summary.files)
        except LedgerError:
            return amended

    def require_folder(self, run: Run) -> None:
        """Raise LedgerError unless the run's files can be written, before anything is sent."""
        with self._placement(run) as placement, placement.text(SUMMARY):
            pass

    def _write_files(
        self, run: Run, projection: Projection, report: Report, waiting: Waiting
    ) -> dict[str, Path]:
        counts = report.summary.outcomes
        with self._placement(run) as placement:
            with placement.text(RESULTS, encoding="utf-8-sig") as file:
                self._write_results(file, projection, report, waiting)
            if sum(counts[status] for status in NEEDS_A_PERSON) > report.identical:
                with placement.text(FAILED, encoding="utf-8-sig") as file:
                    write_failed(
                        file,
                        projection.failed_rows(),
                        header=json.loads(run.header),
                        delimiter=run.delimiter,
                    )
            if waiting.status is Status.PLANNED:
                with placement.binary(REQUESTS) as file:
                    write_requests(file, projection.requests(), path_of=request_path)
            return placement.commit(known=(RESULTS, FAILED, REQUESTS, SUMMARY))

    def _write_results(
        self, file: IO[str], projection: Projection, report: Report, waiting: Waiting
    ) -> None:
        counts, data_rows = report.summary.outcomes, report.plan.data_rows
        if report.summary.attempts:
            write_results(
                file,
                projection.rows(),
                delimiter=self.results_delimiter,
                counts=counts,
                data_rows=data_rows,
            )
        else:
            write_unsent_results(
                file,
                projection.unsent_rows(),
                waiting=(waiting.status, waiting.code, waiting.message),
                delimiter=self.results_delimiter,
                counts=counts,
                data_rows=data_rows,
            )

    def _with_summary(self, run: Run, report: Report, files: MappingOf[str, Path]) -> Report:
        """Write `summary.json` last: it names the files as they were placed.

        It is written again where a stop was asked for in the meantime.
        """
        if not files:
            return report
        ending = self._or_stopped(report.ending)
        with self._placement(run) as placement:
            path = placement.folder / SUMMARY
            report = _ended(report, ending, files={**files, SUMMARY: path})
            with placement.text(SUMMARY) as file:
                file.write(summary_json(report.summary))
            placement.commit(known=())
        is_final = self._or_stopped(ending) is ending
        return report if is_final else self._with_summary(run, report, files)

    def _or_stopped(self, ending: Ending) -> Ending:
        """Return this ending, unless a request to stop outranks it."""
        return most_severe(ending, ending_of_stop(self.stop.cause))

    def _placement(self, run: Run) -> Placement:
        return Placement(
            self.out or DEFAULT_FOLDER / run.run_id,
            run_id=run.run_id,
            group_readable=self.group_readable,
            source=Path(run.input_path),
        )


def _projection(ledger: Ledger, run: Run, waiting: Waiting) -> Projection:
    return ledger.projection(
        run.id,
        waiting=waiting.status,
        waiting_code=waiting.code,
        waiting_message=waiting.message,
    )


def _worsened(report: Report, ending: Ending) -> Report:
    """Return a report with a graver ending, which names no file."""
    return _ended(report, most_severe(report.ending, ending), files={})


def _ended(report: Report, ending: Ending, *, files: MappingOf[str, Path]) -> Report:
    summary = replace(report.summary, exit_code=ending.exit_code, reason=ending.reason, files=files)
    return replace(report, ending=ending, summary=summary)
