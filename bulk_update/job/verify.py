"""Reading back what an earlier run sent, and writing its files again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bulk_update.client import Connection
from bulk_update.errors import UsageError
from bulk_update.events import MappingLoaded, Notice
from bulk_update.exits import SUCCESS, RunEnd, end_of_rows
from bulk_update.job.apply import base_url_of_run, loaded_mapping_of
from bulk_update.job.connection import connection_of
from bulk_update.job.environment import now_us
from bulk_update.job.execute import sending_ledger
from bulk_update.job.plan_run import planned_of
from bulk_update.job.ports import Observer, announce_files, announce_run
from bulk_update.job.record_reading import RecordReading
from bulk_update.job.report import Report, UnsentRows, reporter_of
from bulk_update.job.request import LoadedMapping, RunOptions, patience_of
from bulk_update.job.store import Store
from bulk_update.job.verification import unreadable
from bulk_update.ledger import InvocationEnd, Run, RunState
from bulk_update.plan import Guards
from bulk_update.reasons import NO_REASONS, restored
from bulk_update.records import Issue, Status


def verify_run(run_id: str, options: RunOptions, observer: Observer) -> Report:
    """Read back the records that a run has sent to, and write its files again; send nothing.

    Rows in doubt whose records show everything that was sent end `updated`. Raises UsageError if
    the run does not exist or has not sent anything, or if the settings specify another system.
    """
    with sending_ledger(options) as ledger:
        with options.stop.interruptible():
            run = ledger.runs.find(run_id)
            if run.started_at_us is None:
                raise UsageError(Issue("usage", {"run": run_id}, "not-sent"))
            loaded = loaded_mapping_of(run)
            observer.on_event(MappingLoaded(loaded.mapping.name, loaded.path))
            connection = connection_of(
                options, loaded, base_url=base_url_of_run(run, options, loaded)
            )
        ledger.patience_seconds = patience_of(options, loaded)
        return _Verification(options, loaded, ledger, observer, connection).of(run)


@dataclass(frozen=True, slots=True)
class _Verification:
    options: RunOptions
    loaded: LoadedMapping
    ledger: Store
    observer: Observer
    connection: Connection

    def of(self, run: Run) -> Report:
        run = self.ledger.runs.claim(run.id)
        announce_run(self.observer, run, continues=True)
        stopped = self._read_back(run)
        run = self.ledger.runs.get(run.id)
        report = self._report(run, stopped)
        announce_files(self.observer, report.summary.files)
        if self.options.out is not None:
            self.ledger.runs.record_output_folder(run.id, str(self.options.out.absolute()))
        is_over = stopped is SUCCESS and not report.left_to_send
        if is_over and run.state is not RunState.FINISHED:
            self._finish(run, report)
        else:
            self.ledger.runs.release(run.id)
        return report

    def _read_back(self, run: Run) -> RunEnd:
        """Read back the run's rows; return why that is not complete."""
        if notice := unreadable(self.loaded.mapping):
            self.observer.on_event(Notice(notice))
        reading = RecordReading(
            self.options, self.loaded, self.ledger, self.observer, self.connection
        )
        return reading.after(run, must_read=True)

    def _report(self, run: Run, stopped: RunEnd) -> Report:
        planned = planned_of(self.options, self.loaded, self.ledger, run, guards=Guards())
        reporter = replace(
            reporter_of(self.options, self.ledger, self.loaded, run),
            judges_rows=False,
            judges_verification=True,
        )
        return reporter.report(
            run,
            planned.plan,
            unsent=UnsentRows(Status.NOT_SENT, restored(run.stop_reasons or NO_REASONS)),
            stopped=stopped,
            finished_at_us=now_us(),
        )

    def _finish(self, run: Run, report: Report) -> None:
        """Record the end of a run that has nothing left to send."""
        end = end_of_rows(
            report.summary.outcomes,
            identical=report.identical,
            tolerate=self.loaded.mapping.tolerate,
        )
        self.ledger.sending.close(
            run.id,
            InvocationEnd(
                now_us=now_us(),
                stop_code="",
                stop_reasons=NO_REASONS,
                exit_code=end.exit_code,
                files_written=bool(report.summary.files),
            ),
        )
