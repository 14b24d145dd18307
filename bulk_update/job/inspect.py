"""Inspecting the ledger: runs, one run, one row. Works while a run is sending."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import starmap
from typing import TypedDict

from bulk_update.client import request_path
from bulk_update.errors import UsageError
from bulk_update.exits import NEEDS_A_PERSON
from bulk_update.job.environment import now_us
from bulk_update.job.request import RunOptions
from bulk_update.job.store import RunRows, Store
from bulk_update.ledger import Ledger, ResultRow, RowDetail, Run, RunState
from bulk_update.reasons import NO_REASONS
from bulk_update.records import Status


@dataclass(frozen=True, slots=True)
class RunView:
    """A run, its rows by outcome, and by outcome and code."""

    run: Run
    counts: dict[Status, int]
    codes: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class RowView:
    """One row: its cells by column name, its request, and what happened to it."""

    run: Run
    number: int
    columns: tuple[tuple[str, str], ...]
    path: str | None
    detail: RowDetail


def list_runs(options: RunOptions) -> list[RunView]:
    """Return all runs, the latest first; none if there is no ledger."""
    if not Ledger.is_in(options.settings.state_folder):
        return []
    with _store(options) as store:
        return [_view(store, run) for run in store.runs.all()]


def prune_runs(options: RunOptions, *, older_than_seconds: float) -> int:
    """Delete the runs that ended longer ago than this; return how many."""
    with _store(options, to_look_at=False) as store:
        return store.housekeeping.prune(before_us=now_us() - round(older_than_seconds * 1_000_000))


def show_run(run_id: str, options: RunOptions) -> RunView:
    """Return one run; raises UsageError if there is none."""
    with _store(options) as store:
        return _view(store, store.runs.find(run_id))


def show_row(run_id: str, number: int, options: RunOptions) -> RowView:
    """Return one row of a run; raises UsageError if there is none."""
    with _store(options) as store:
        run = store.runs.find(run_id)
        detail = _rows_of(store, run).detail(number)
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
    with _store(options) as store:
        rows = starmap(ResultRow, _rows_of(store, store.runs.find(run_id)).rows())
        return [row for row in rows if row.outcome in NEEDS_A_PERSON and row.code != "identical"]


def _rows_of(store: Store, run: Run) -> RunRows:
    return store.projection(run.id, **_waiting(run))


class _Waiting(TypedDict):
    waiting: Status
    waiting_code: str
    waiting_reasons: str


def _waiting(run: Run) -> _Waiting:
    """Return the outcome of rows that were not sent, which depends on the run's state."""
    return {
        "waiting": Status.PLANNED if run.state is RunState.PLANNED else Status.NOT_SENT,
        "waiting_code": run.stop_code or "",
        "waiting_reasons": run.stop_reasons or NO_REASONS,
    }


def _view(store: Store, run: Run) -> RunView:
    tally = _rows_of(store, run).tally()
    return RunView(run, tally.counts, tuple(tally.codes))


def _store(options: RunOptions, *, to_look_at: bool = True) -> Ledger:
    """Open the ledger; raises UsageError if there is none, instead of making an empty one."""
    folder = options.settings.state_folder
    if not Ledger.is_in(folder):
        raise UsageError(
            f"there is no ledger in {folder}: nothing has been checked or run there yet",
            hint="Use --state to choose another folder; `bulk-update runs` lists the runs in it.",
            reason="no-ledger",
        )
    return Ledger(folder, to_look_at=to_look_at)
