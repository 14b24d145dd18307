"""Writing the files of a run from the ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping as MappingOf
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from bulk_update.client import request_path
from bulk_update.errors import BulkUpdateError, LedgerError
from bulk_update.events import Events, Notice
from bulk_update.exits import SUCCESS, ExitCode, RunEnd
from bulk_update.job.environment import collector_paused
from bulk_update.job.ledger_place import where_options
from bulk_update.job.request import LoadedMapping, RunOptions
from bulk_update.job.store import Store
from bulk_update.job.store_rows import RunRows
from bulk_update.ledger import Run, Tally
from bulk_update.records import Issue, Status
from bulk_update.results import (
    FailedTable,
    OutputFolder,
    Purpose,
    RunFile,
    Summary,
    files_of,
    fits_a_workbook,
    in_blocks,
    summary_json,
    write_failed,
    write_failed_workbook,
    write_results,
    writing_requests,
)

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
class RunFiles:
    """Writes the files of one run, all of which can be written again from the ledger.

    `choices` are the values that `failed.xlsx` offers, by column. If `sends` is False, the command
    only plans, and its hints must not suggest sending. `where` is how a command finds the ledger.
    """

    ledger: Store
    events: Events
    out: Path | None
    results_delimiter: str
    group_readable: bool
    choices: MappingOf[str, tuple[str, ...]]
    sends: bool = True
    with_page: bool = True
    where: tuple[str, ...] = ()

    def require_folder(self, run: Run) -> None:
        """Raise LedgerError unless the files can be written, before anything is sent."""
        with self._folder(run) as folder, folder.text(RunFile.SUMMARY):
            pass

    def write(
        self, run: Run, rows: RunRows, summary: Summary, *, unsent: UnsentRows, failed_rows: int
    ) -> dict[RunFile, Path]:
        """Write all files that have a line for each row; raises LedgerError."""
        table = FailedTable(json.loads(run.header), run.run_id)
        files = files_of(
            is_plan=unsent.status is Status.PLANNED,
            has_failed_rows=failed_rows > 0,
            fits_a_workbook=fits_a_workbook(rows=failed_rows, table=table),
        )
        with self._folder(run) as folder:
            self._write_rows(folder, rows, summary, with_requests=RunFile.REQUESTS in files)
            if RunFile.FAILED in files:
                with folder.text(RunFile.FAILED, encoding="utf-8-sig") as file:
                    write_failed(file, rows.failed_rows(), table=table, delimiter=run.delimiter)
            if RunFile.FAILED_XLSX in files:
                with folder.binary(RunFile.FAILED_XLSX) as workbook:
                    failed = rows.failed_rows()
                    write_failed_workbook(workbook, failed, table=table, choices=self.choices)
            return folder.commit()

    def write_page(
        self, run: Run, rows: RunRows, *, unsent: UnsentRows, end: RunEnd, tally: Tally
    ) -> dict[RunFile, Path]:
        """Write the page, if it is wanted; whatever goes wrong with it is only a notice.

        The other files are in place by then.
        """
        if not self.with_page:
            return {}
        try:
            return self._write_page(run, rows, unsent, end, tally)
        except Exception as error:  # noqa: BLE001 - no mistake in the page may hide the results
            text = str(error) if isinstance(error, BulkUpdateError) else repr(error)
            self.events.on_event(Notice(Issue("report-failed", {"error": text})))
            return {}

    def write_summary(self, run: Run, summary: Summary) -> None:
        """Write `summary.json` beside the other files; raises LedgerError."""
        with self._folder(run) as folder:
            with folder.text(RunFile.SUMMARY) as file:
                file.write(summary_json(summary))
            folder.commit(keep_others=True)

    def summary_path(self, run: Run) -> Path:
        """Return where `summary.json` is, or will be."""
        return self._path(run) / RunFile.SUMMARY

    def _write_page(
        self, run: Run, rows: RunRows, unsent: UnsentRows, end: RunEnd, tally: Tally
    ) -> dict[RunFile, Path]:
        """Write the page; the reasons of a refused plan are not those of its rows."""
        from bulk_update.job.run_page import RunStanding, page_of
        from bulk_update.job.write_page import write_page

        is_plan = unsent.status is Status.PLANNED
        standing = RunStanding(
            is_plan=is_plan,
            reasons=end_of_refusal(end).reasons if is_plan else unsent.reasons,
            folder=self._path(run).absolute(),
            where=self.where,
        )
        with self._folder(run) as folder:
            write_page(folder, page_of(run, rows, tally, standing))
            return folder.commit(keep_others=True)

    def _write_rows(
        self, folder: OutputFolder, rows: RunRows, summary: Summary, *, with_requests: bool
    ) -> None:
        """Write the files that have one line per row, in one pass over the rows."""
        blocks = in_blocks(rows.rows(with_bodies=with_requests))
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

    def _path(self, run: Run) -> Path:
        return self.out or DEFAULT_FOLDER / run.run_id

    def _folder(self, run: Run) -> OutputFolder:
        """Open the folder of a run's files; it is known to the ledger before anything is in it."""
        folder = self._path(run)
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


def end_of_refusal(end: RunEnd) -> RunEnd:
    """Return why a plan was refused; SUCCESS if it was not, whatever its rows are like."""
    return SUCCESS if end.exit_code == ExitCode.ROWS else end


def files_of_run(
    options: RunOptions,
    ledger: Store,
    loaded: LoadedMapping,
    run: Run,
    events: Events,
    *,
    sends: bool = True,
) -> RunFiles:
    """Return the writer of a run's files, in the folder of this command, else the previous one."""
    return RunFiles(
        ledger,
        events,
        out=options.out or (Path(run.out) if run.out else None),
        results_delimiter=options.results_delimiter,
        group_readable=options.group_readable,
        choices=loaded.mapping.choices(),
        sends=sends,
        with_page=options.with_page,
        where=where_options(options.settings),
    )
