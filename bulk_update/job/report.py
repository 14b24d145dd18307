"""Writing the output files of a run from the ledger, and deciding how the run ended."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingOf
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from bulk_update.client import request_path
from bulk_update.errors import LedgerError
from bulk_update.exits import (
    NEEDS_ATTENTION,
    SUCCESS,
    ExitCode,
    RunEnd,
    end_of_rows,
    end_of_stop,
    end_of_verification,
    most_severe,
)
from bulk_update.job.environment import collector_paused
from bulk_update.job.request import LoadedMapping, RunOptions
from bulk_update.job.store import RunRows, Store
from bulk_update.ledger import FrequentReason, Run, Tally
from bulk_update.limits import Limit
from bulk_update.plan import Plan
from bulk_update.readback import Verified
from bulk_update.reasons import stored
from bulk_update.records import Issue, Status
from bulk_update.results import (
    FailedTable,
    OutputFolder,
    Purpose,
    RunFile,
    Summary,
    Told,
    files_of,
    fits_a_workbook,
    in_blocks,
    summary_json,
    write_failed,
    write_failed_workbook,
    write_results,
    writing_requests,
)
from bulk_update.stop_request import StopRequest

MOST_REASONS = 3
"""For each outcome; usually enough to explain most of its rows."""

DEFAULT_FOLDER = Path("bulk-update-results")


@dataclass(frozen=True, slots=True)
class UnsentRows:
    """The outcome and reasons to report for rows that were not sent.

    This is not a `RunEnd`: `check` and `run --limit` succeed although they do not send all rows.
    """

    status: Status
    reasons: tuple[Issue, ...] = ()

    @property
    def code(self) -> str:
        """The code of such a row, taken from its first reason."""
        return self.reasons[0].code if self.reasons else ""


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
    """Writes the files of one run and decides how it ended.

    `choices` are the values that `failed.xlsx` offers, by column. A request to `stop` that arrives
    before the summary is on disk determines how the run ends. If `sends` is False, the command only
    plans, and its hints must not suggest sending. `judges_rows` and `judges_verification` are
    whether outcomes, and records that differ, decide how the run ends.
    """

    ledger: Store
    out: Path | None
    results_delimiter: str
    group_readable: bool
    tolerate: MappingOf[Status, Limit]
    choices: MappingOf[str, tuple[str, ...]]
    stop: StopRequest
    sends: bool = True
    judges_rows: bool = True
    judges_verification: bool = False
    with_page: bool = True
    state: Path | None = None

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
            files = self._write_files(run, projection, report, unsent, tally)
            return self._with_summary(run, report, files)
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

    def require_folder(self, run: Run) -> None:
        """Raise LedgerError unless the run's files can be written, before anything is sent."""
        with self._folder(run) as folder, folder.text(RunFile.SUMMARY):
            pass

    def _write_files(
        self, run: Run, projection: RunRows, report: Report, unsent: UnsentRows, tally: Tally
    ) -> dict[RunFile, Path]:
        """Write all files except the summary, which lists them."""
        table = FailedTable(json.loads(run.header), run.run_id)
        files = files_of(
            is_plan=unsent.status is Status.PLANNED,
            has_failed_rows=report.failed_rows > 0,
            fits_a_workbook=fits_a_workbook(rows=report.failed_rows, table=table),
            with_report=self.with_page,
        )
        with self._folder(run) as folder:
            self._write_rows(
                folder, projection, report.summary, with_requests=RunFile.REQUESTS in files
            )
            if RunFile.FAILED in files:
                with folder.text(RunFile.FAILED, encoding="utf-8-sig") as file:
                    failed = projection.failed_rows()
                    write_failed(file, failed, table=table, delimiter=run.delimiter)
            if RunFile.FAILED_XLSX in files:
                with folder.binary(RunFile.FAILED_XLSX) as workbook:
                    failed = projection.failed_rows()
                    write_failed_workbook(workbook, failed, table=table, choices=self.choices)
            if RunFile.REPORT in files:
                self._write_page(folder, run, projection, report, unsent, tally)
            return folder.commit()

    def _write_page(
        self,
        folder: OutputFolder,
        run: Run,
        projection: RunRows,
        report: Report,
        unsent: UnsentRows,
        tally: Tally,
    ) -> None:
        """Write the page; the reasons of a refused plan are not those of its rows."""
        from bulk_update.job.run_page import RunStanding, page_of
        from bulk_update.job.write_page import write_page

        is_plan = unsent.status is Status.PLANNED
        is_refused = is_plan and report.end.exit_code not in {SUCCESS.exit_code, ExitCode.ROWS}
        standing = RunStanding(
            is_plan=is_plan,
            reasons=report.end.reasons if is_refused else unsent.reasons,
            folder=folder.path.absolute(),
            state=self.state and self.state.absolute(),
        )
        write_page(folder, page_of(run, projection, tally, standing))

    def _write_rows(
        self, folder: OutputFolder, projection: RunRows, summary: Summary, *, with_requests: bool
    ) -> None:
        """Write the files that have one line per row, in one pass over the rows."""
        blocks = in_blocks(projection.rows(with_bodies=with_requests))
        with collector_paused(), ExitStack() as stack:
            file = stack.enter_context(folder.text(RunFile.RESULTS, encoding="utf-8-sig"))
            if with_requests:
                requests = stack.enter_context(folder.binary(RunFile.REQUESTS))
                blocks = writing_requests(blocks, requests, path_of=request_path)
            write_results(
                file,
                blocks,
                delimiter=self.results_delimiter,
                counts=summary.outcomes,
                data_rows=summary.input_rows or 0,
            )

    def _with_summary(self, run: Run, report: Report, files: MappingOf[RunFile, Path]) -> Report:
        """Write `summary.json` last, since it lists the final paths of the other files.

        It is rewritten if a stop was requested in the meantime.
        """
        if not files:
            return report
        end = self._or_stopped(report.end)
        with self._folder(run) as folder:
            path = folder.path / RunFile.SUMMARY
            report = _ended(report, end, files={**files, RunFile.SUMMARY: path})
            with folder.text(RunFile.SUMMARY) as file:
                file.write(summary_json(report.summary))
            folder.commit(keep_others=True)
        is_final = self._or_stopped(end) is end
        return report if is_final else self._with_summary(run, report, files)

    def _or_stopped(self, end: RunEnd) -> RunEnd:
        """Return this end, or that of a request to stop if it is more severe."""
        return most_severe(end, end_of_stop(self.stop.cause))

    def _folder(self, run: Run) -> OutputFolder:
        """Open the folder of a run's files; it is known to the ledger before anything is in it."""
        folder = self.out or DEFAULT_FOLDER / run.run_id
        if self.out is None:
            with suppress(LedgerError):  # the files are written even if the ledger is read-only
                self.ledger.runs.record_own_folder(run.id, str(folder.absolute()))
        return OutputFolder(
            folder,
            run_id=run.run_id,
            group_readable=self.group_readable,
            source=Path(run.input_path),
            purpose=Purpose.SENT if self.sends else Purpose.PLANNED,
        )


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
    options: RunOptions, ledger: Store, loaded: LoadedMapping, run: Run, *, sends: bool = True
) -> Reporter:
    """Return the reporter of a run; it writes to the command's folder, else to the previous one."""
    return Reporter(
        ledger,
        out=options.out or (Path(run.out) if run.out else None),
        results_delimiter=options.results_delimiter,
        group_readable=options.group_readable,
        tolerate=loaded.mapping.tolerate,
        choices=loaded.mapping.choices(),
        stop=options.stop,
        sends=sends,
        with_page=options.with_page,
        state=options.settings.state,
    )
