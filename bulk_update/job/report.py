"""Deciding how a run ended, and reporting it in its files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, replace
from pathlib import Path

from bulk_update.errors import LedgerError
from bulk_update.events import Events
from bulk_update.exits import (
    NEEDS_ATTENTION,
    SUCCESS,
    RunEnd,
    end_of_rows,
    end_of_stop,
    end_of_verification,
    most_severe,
)
from bulk_update.job.request import LoadedMapping, RunOptions
from bulk_update.job.run_files import RunFiles, UnsentRows, files_of_run
from bulk_update.job.store import Store
from bulk_update.job.store_rows import RunRows
from bulk_update.ledger import FrequentReason, Run, Tally
from bulk_update.limits import Limit
from bulk_update.plan import Plan
from bulk_update.readback import Verified
from bulk_update.reasons import stored
from bulk_update.records import Status
from bulk_update.results import (
    OutputFolder,
    RunFile,
    Summary,
    Told,
    summary_json,
)
from bulk_update.stop_request import StopRequest

MOST_REASONS = 3
"""For each outcome; usually enough to explain most of its rows."""


@dataclass(frozen=True, slots=True)
class Report:
    """How a run ended: the summary, the reason for the end, and the plan that it began with.

    `reasons` are the most frequent reasons of each outcome that needs attention. `left_to_send` is
    the number of rows that continuing the run sends: rows not sent, in doubt or halted.
    """

    summary: Summary
    end: RunEnd
    plan: Plan
    identical: int = 0
    reasons: tuple[FrequentReason, ...] = ()
    tried_again: int = 0
    left_to_send: int = 0
    is_undo: bool = False
    mapping_path: str = ""

    @property
    def failed_rows(self) -> int:
        """How many rows `failed.csv` holds."""
        return rows_needing_attention(self.summary.outcomes) - self.identical


@dataclass(frozen=True, slots=True)
class Reporter:
    """Decides how one run ended, and has its files written.

    A request to `stop` that arrives before the summary is on disk determines how the run ends.
    `judges_rows` and `judges_verification` are whether outcomes, and records that differ, decide
    how the run ends.
    """

    ledger: Store
    files: RunFiles
    tolerate: MappingOf[Status, Limit]
    stop: StopRequest
    judges_rows: bool = True
    judges_verification: bool = False

    def report(
        self,
        run: Run,
        plan: Plan,
        *,
        unsent: UnsentRows,
        stopped: RunEnd,
        finished_at_us: int,
        tally: Tally | None = None,
    ) -> Report:
        """Write the run's files and return how it ended.

        `tally` is the plan's count of the rows, if none of them has changed since. If the outcomes
        do not add up or the files cannot be written, the report says so and lists no files.
        """
        projection = _projection(self.ledger, run, unsent)
        tally = tally or projection.tally()
        verified = None if run.verified_at_us is None else projection.verified()
        end = most_severe(stopped, *self._ends(tally, verified or {}))
        summary = Summary(
            exit_code=end.exit_code,
            reason=end.code,
            run_id=run.run_id,
            input_path=run.input_path,
            input_sha256=run.input_sha256,
            input_rows=plan.data_rows,
            campaign_ids=tally.campaign_ids,
            outcomes=tally.counts,
            verified=verified,
            attempts=projection.attempts(),
            started_at_us=run.created_at_us,
            finished_at_us=finished_at_us,
        )
        has_bad_rows = rows_needing_attention(tally.counts) > tally.identical
        report = Report(
            summary,
            end,
            plan,
            identical=tally.identical,
            reasons=tuple(projection.frequent_reasons(most=MOST_REASONS)) if has_bad_rows else (),
            tried_again=projection.tried_again() if summary.attempts else 0,
            left_to_send=tally.to_send,
            is_undo=run.undoes is not None,
            mapping_path=run.mapping_path,
        )
        try:
            files = self.files.write(
                run, projection, summary, unsent=unsent, failed_rows=report.failed_rows
            )
            page = self.files.write_page(run, projection, unsent=unsent, end=end, tally=tally)
            return self._with_summary(run, report, {**files, **page})
        except LedgerError as error:
            return _worsened(report, self._or_stopped(error.run_end))

    def _ends(self, tally: Tally, verified: MappingOf[str, int]) -> Iterator[RunEnd]:
        """Yield how the run ends because of its rows, as far as they decide."""
        if self.judges_rows:
            yield end_of_rows(tally.counts, identical=tally.identical, tolerate=self.tolerate)
        if self.judges_verification:
            yield end_of_verification(differing=verified.get(Verified.DIFFERS, 0))

    def amend(self, run: Run, report: Report, end: RunEnd) -> Report:
        """Return the report with a more severe end, and rewrite the summary accordingly."""
        amended = _worsened(report, end)
        try:
            return self._with_summary(run, amended, report.summary.files)
        except LedgerError:
            return amended

    def _with_summary(self, run: Run, report: Report, files: MappingOf[RunFile, Path]) -> Report:
        """Write `summary.json` last, since it lists the final paths of the other files.

        It is rewritten if a stop was requested in the meantime.
        """
        if not files:
            return report
        end = self._or_stopped(report.end)
        files = {**files, RunFile.SUMMARY: self.files.summary_path(run)}
        report = _ended(report, end, files=files)
        self.files.write_summary(run, report.summary)
        is_final = self._or_stopped(end) is end
        return report if is_final else self._with_summary(run, report, files)

    def _or_stopped(self, end: RunEnd) -> RunEnd:
        """Return this end, or that of a request to stop if it is more severe."""
        return most_severe(end, end_of_stop(self.stop.cause))


def with_notifications(report: Report, notifications: Sequence[Told]) -> Report:
    """Return the report with its notifications, and rewrite its `summary.json`, if it has one.

    Raises LedgerError if that cannot be written.
    """
    summary = replace(report.summary, notifications=notifications)
    path = summary.files.get(RunFile.SUMMARY)
    if path is not None:
        with OutputFolder(path.parent, run_id=summary.run_id or "") as folder:
            with folder.text(RunFile.SUMMARY) as file:
                file.write(summary_json(summary))
            folder.commit(keep_others=True)
    return replace(report, summary=summary)


def report_of_nothing(run: Run) -> Report:
    """Return the report of a command that found no row of a run to send, and created no run."""
    counts = dict.fromkeys(Status, 0)
    summary = Summary(
        exit_code=SUCCESS.exit_code,
        input_path=run.input_path,
        input_sha256=run.input_sha256,
        input_rows=0,
        campaign_ids=(),
        outcomes=counts,
        attempts=0,
    )
    plan = Plan(data_rows=0, counts=counts, to_send=0, campaigns=(), fields=())
    return Report(summary, SUCCESS, plan, mapping_path=run.mapping_path)


def rows_needing_attention(counts: MappingOf[Status, int]) -> int:
    """Return how many rows have an outcome that needs attention, including identical duplicates."""
    return sum(counts[status] for status in NEEDS_ATTENTION)


def _projection(ledger: Store, run: Run, unsent: UnsentRows) -> RunRows:
    return ledger.projection(
        run.id,
        waiting=unsent.status,
        waiting_code=unsent.code,
        waiting_reasons=stored(unsent.reasons),
    )


def _worsened(report: Report, end: RunEnd) -> Report:
    """Return the report with this end if it is more severe, and without files."""
    return _ended(report, most_severe(report.end, end), files={})


def _ended(report: Report, end: RunEnd, *, files: MappingOf[RunFile, Path]) -> Report:
    summary = replace(report.summary, exit_code=end.exit_code, reason=end.code, files=files)
    return replace(report, end=end, summary=summary)


def reporter_of(
    options: RunOptions,
    ledger: Store,
    loaded: LoadedMapping,
    run: Run,
    events: Events,
    *,
    sends: bool = True,
) -> Reporter:
    """Return the reporter of a run; `sends` is False for a command that only plans."""
    return Reporter(
        ledger,
        files_of_run(options, ledger, loaded, run, events, sends=sends),
        tolerate=loaded.mapping.tolerate,
        stop=options.stop,
    )
