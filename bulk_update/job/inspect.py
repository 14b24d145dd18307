"""Looking at what the ledger has: runs, one run, one row. Works beside a run that is sending."""

from __future__ import annotations

import json
from dataclasses import dataclass

from bulk_update.client import request_path
from bulk_update.errors import UsageError
from bulk_update.exits import NEEDS_A_PERSON
from bulk_update.job.environment import now_us
from bulk_update.job.request import RunOptions
from bulk_update.ledger import Ledger, Projection, ResultRow, RowDetail, Run, RunState
from bulk_update.records import Status


@dataclass(frozen=True, slots=True)
class RunView:
    """A run, how its rows stand, and how many ended with which code."""

    run: Run
    counts: dict[Status, int]
    codes: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class RowView:
    """One row: its cells by column name, what would be or was sent, and what came of it."""

    run: Run
    number: int
    columns: tuple[tuple[str, str], ...]
    path: str | None
    detail: RowDetail


def list_runs(options: RunOptions) -> list[RunView]:
    """Return all runs, the latest first; none where there is no ledger."""
    if not Ledger.is_in(options.settings.state_folder):
        return []
    with _ledger(options) as ledger:
        return [_view(ledger, run) for run in ledger.runs()]


def prune_runs(options: RunOptions, *, older_than_seconds: float) -> int:
    """Delete the runs that ended longer ago than this; return how many."""
    with _ledger(options, to_look_at=False) as ledger:
        return ledger.prune(before_us=now_us() - round(older_than_seconds * 1_000_000))


def show_run(run_id: str, options: RunOptions) -> RunView:
    """Return one run; raises UsageError where there is none."""
    with _ledger(options) as ledger:
        return _view(ledger, ledger.find(run_id))


def show_row(run_id: str, number: int, options: RunOptions) -> RowView:
    """Return one row of a run; raises UsageError where there is none."""
    with _ledger(options) as ledger:
        run = ledger.find(run_id)
        detail = ledger.row_detail(projection_of(ledger, run), run.id, number)
        if detail is None:
            raise UsageError(
                f"run {run_id} has no data row {number}",
                hint="Rows are numbered as the spreadsheet program shows them; "
                "the column `row` of results.csv lists them.",
            )
        result = detail.result
        sent = detail.body is not None and result.campaign_id and result.identifier
        header = json.loads(run.header)
        names = [*header, *(f"(cell {n})" for n in range(len(header) + 1, len(detail.cells) + 1))]
        return RowView(
            run,
            number,
            tuple(zip(names, detail.cells, strict=False)),
            request_path(str(result.campaign_id), str(result.identifier)) if sent else None,
            detail,
        )


def refused_rows(run_id: str, options: RunOptions) -> list[ResultRow]:
    """Return the rows of a run that need a person, in input order; `identical` ones do not."""
    with _ledger(options) as ledger:
        rows = map(ResultRow._make, projection_of(ledger, ledger.find(run_id)).rows())
        return [row for row in rows if row.outcome in NEEDS_A_PERSON and row.code != "identical"]


def projection_of(ledger: Ledger, run: Run) -> Projection:
    """Return a run's rows as they stand, those that wait under the name that fits its state."""
    planned = run.state is RunState.PLANNED
    return ledger.projection(
        run.id,
        waiting=Status.PLANNED if planned else Status.NOT_SENT,
        waiting_code=run.stop_code or "",
        waiting_message=run.stop_message or "",
    )


def _view(ledger: Ledger, run: Run) -> RunView:
    tally = projection_of(ledger, run).tally()
    return RunView(run, tally.counts, tuple(tally.codes))


def _ledger(options: RunOptions, *, to_look_at: bool = True) -> Ledger:
    """Open the ledger; raises UsageError where there is none, rather than make one to look at."""
    folder = options.settings.state_folder
    if not Ledger.is_in(folder):
        raise UsageError(
            f"there is no ledger in {folder}: nothing was checked or run with it yet",
            hint="--state names another folder; `bulk-update runs` lists the runs of one.",
            reason="no-ledger",
        )
    return Ledger(folder, to_look_at=to_look_at)
