"""Inspecting the runs and rows of a ledger, even while a run is sending."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import islice, starmap
from pathlib import Path
from typing import TypedDict

from bulk_update.client import request_path
from bulk_update.errors import UsageError
from bulk_update.exits import NEEDS_ATTENTION
from bulk_update.job import tidying
from bulk_update.job.ledger_place import ledger_place
from bulk_update.job.request import RunOptions, path_text
from bulk_update.job.store import Store
from bulk_update.job.store_rows import RunRows
from bulk_update.job.tidying import Pruned, prune
from bulk_update.ledger import (
    INTERRUPTED,
    ResultRow,
    RowDetail,
    Run,
    RunState,
)
from bulk_update.reasons import NO_REASONS
from bulk_update.records import FailedRow, Issue, Status
from bulk_update.results import files_size
from bulk_update.settings import Settings


@dataclass(frozen=True, slots=True)
class RowsToCorrect:
    """Some of the rows that need attention, in input order, with the header of their file."""

    run: Run
    header: tuple[str, ...]
    rows: tuple[FailedRow, ...]
    has_more: bool


_UNSENT = frozenset({RunState.PLANNED, RunState.UNFINISHED})

SENDING_NOW = "sending now"
"""The state of a run that a process is sending, and that of its rows in flight."""


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with its numbers of rows, by outcome and by outcome and code.

    If the run is sending, `sent_by` is the process that sends it, and `in_flight` is the number of
    rows without a response yet, which neither count includes. `stored_bytes` is about how much
    space the run takes in the ledger, `files_bytes` how much its files take in `folder`, where the
    last command wrote them. `newer_run_id` is the latest run that does the same as this plan, if
    runs were listed and there is one.
    """

    run: Run
    counts: dict[Status, int]
    codes: tuple[tuple[str, str, int], ...]
    stored_bytes: int
    folder: Path | None = None
    files_bytes: int = 0
    sent_by: Issue | None = None
    in_flight: int = 0
    newer_run_id: str | None = None

    @property
    def state(self) -> str:
        """The state of the run as people see it."""
        if self.sent_by is not None:
            return SENDING_NOW
        return "interrupted" if self.is_interrupted else str(self.run.state)

    @property
    def is_interrupted(self) -> bool:
        """Whether the run was sending when its process died."""
        return self.run.state is RunState.SENDING and self.sent_by is None


@dataclass(frozen=True, slots=True)
class RunProgress:
    """A run with its numbers of rows by outcome, and how many are left to send.

    `counts` does not include rows in flight. `lock_holder` is the process that is sending from the
    ledger, this run or another one.
    """

    run: Run
    counts: dict[Status, int]
    left_to_send: int
    lock_holder: Issue | None


@dataclass(frozen=True, slots=True)
class RowView:
    """One row: its cells by column name, its request, and what happened to it.

    `is_in_flight` means that the run is sending and the row's last attempt has no response yet.
    """

    run: Run
    number: int
    columns: tuple[tuple[str, str], ...]
    path: str | None
    detail: RowDetail
    is_in_flight: bool = False


def list_runs(options: RunOptions) -> list[RunView]:
    """Return all runs, the latest first; none if there is no ledger."""
    return list_some_runs(options, skip=0, most=None)


def list_some_runs(options: RunOptions, *, skip: int, most: int | None) -> list[RunView]:
    """Return up to `most` runs, newest first, after the first `skip` ones."""
    if not ledger_place(options.settings).exists():
        return []
    with opened_ledger(options) as store:
        everything = store.runs.all()
        newer = _newer_runs(everything)
        runs = list(islice(everything, skip, None if most is None else skip + most))
        sent_by = sender_of(options, runs)
        return [
            replace(_view(store, run, sent_by), newer_run_id=newer.get(run.run_id)) for run in runs
        ]


def _newer_runs(runs: Iterable[Run]) -> dict[str, str]:
    """Return, for plans of which nothing was sent, the latest run that does the same.

    `runs` are the latest first. Two runs do the same if they are of one file for one system, or
    retry or undo the same run.
    """
    latest: dict[tuple[object, ...], str] = {}
    newer = {}
    for run in runs:
        kind = run.command if run.command in {"retry", "undo"} else ""
        found = latest.setdefault((kind, run.undoes, run.input_sha256, run.base_url), run.run_id)
        is_unsent = run.started_at_us is None and run.state in _UNSENT
        if found != run.run_id and is_unsent:
            newer[run.run_id] = found
    return newer


def name_and_size(options: RunOptions) -> tuple[str, int]:
    """Return where the ledger is, or would be, and how many bytes it takes."""
    place = ledger_place(options.settings)
    return place.name, place.size()


def prune_runs(options: RunOptions, *, older_than_seconds: float) -> Pruned:
    """Delete the runs that ended more than this many seconds ago."""
    with opened_ledger(options, to_look_at=False) as store:
        return prune(store, older_than_seconds=older_than_seconds)


def delete_run(run_id: str, options: RunOptions) -> bool:
    """Delete a run; return False if it must be kept. Raises UsageError if there is no ledger."""
    with opened_ledger(options, to_look_at=False) as store:
        return tidying.delete_run(store, run_id)


def delete_plans(file: Path, options: RunOptions, *, besides: str) -> None:
    """Delete the plans of a file of which nothing was sent, except for one run."""
    with opened_ledger(options, to_look_at=False) as store:
        tidying.delete_plans(store, path_text(file), besides=besides)


def show_run(run_id: str, options: RunOptions) -> RunView:
    """Return one run; raises UsageError if there is none."""
    with opened_ledger(options) as store:
        run = store.runs.find(run_id)
        return _view(store, run, sender_of(options, [run]))


def show_progress(run_id: str, options: RunOptions) -> RunProgress:
    """Return how far a run is, at less expense than `show_run`; raises UsageError if none."""
    with opened_ledger(options) as store:
        run = store.runs.find(run_id)
        tally = rows_of(store, run).tally()
        holder, counts = ledger_place(options.settings).current_holder(), tally.counts
        if holder is not None and run.state is RunState.SENDING:
            counts[Status.IN_DOUBT] -= tally.cut_off
        return RunProgress(run, counts, tally.to_send, holder)


def show_row(run_id: str, number: int, options: RunOptions) -> RowView:
    """Return one row of a run; raises UsageError if there is none."""
    with opened_ledger(options) as store:
        run = store.runs.find(run_id)
        detail = rows_of(store, run).detail(number)
        if detail is None:
            raise UsageError(Issue("usage", {"run": run_id, "row": number}, "no-row"))
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
            is_in_flight=_is_cut_off(result) and sender_of(options, [run]) is not None,
        )


def refused_rows(run_id: str, options: RunOptions) -> list[ResultRow]:
    """Return the rows of a run that need attention, without `identical` ones, in input order."""
    with opened_ledger(options) as store:
        rows = starmap(ResultRow, rows_of(store, store.runs.find(run_id)).rows())
        return [row for row in rows if row.outcome in NEEDS_ATTENTION and row.code != "identical"]


def rows_to_correct(run_id: str, options: RunOptions, *, after: int, most: int) -> RowsToCorrect:
    """Return rows of a run that need attention, those with greater numbers than `after`."""
    with opened_ledger(options) as store:
        run = store.runs.find(run_id)
        later = (row for row in rows_of(store, run).failed_rows() if row.number > after)
        found = tuple(islice(later, most + 1))
        header = tuple(json.loads(run.header))
        return RowsToCorrect(run, header, found[:most], has_more=len(found) > most)


def rows_of(store: Store, run: Run) -> RunRows:
    """Return the rows of a run; those that were not sent end as the run's state says."""
    return store.projection(run.id, **_waiting(run))


def _is_cut_off(result: ResultRow) -> bool:
    return result.code == INTERRUPTED and result.finished_at_us is None


class _Waiting(TypedDict):
    waiting: Status
    waiting_code: str
    waiting_reasons: str


def _waiting(run: Run) -> _Waiting:
    """Return the outcome of unsent rows, which depends on the run's state."""
    if run.state is RunState.PLANNED:  # why it was refused is not a reason of its rows
        return {"waiting": Status.PLANNED, "waiting_code": "", "waiting_reasons": NO_REASONS}
    return {
        "waiting": Status.NOT_SENT,
        "waiting_code": run.stop_code or "",
        "waiting_reasons": run.stop_reasons or NO_REASONS,
    }


def sender_of(options: RunOptions, runs: Sequence[Run]) -> Issue | None:
    """Return the process that is sending one of these runs, or None if no process is."""
    if all(run.state is not RunState.SENDING for run in runs):
        return None
    return ledger_place(options.settings).current_holder()


def _view(store: Store, run: Run, sent_by: Issue | None) -> RunView:
    rows = rows_of(store, run)
    tally = rows.tally()
    counts, codes = tally.counts, tally.codes
    is_sending = sent_by is not None and run.state is RunState.SENDING
    if is_sending:
        counts[Status.IN_DOUBT] -= tally.cut_off
    elif tally.cut_off:
        codes.append((Status.IN_DOUBT, INTERRUPTED, tally.cut_off))
    folder = folder_of(run)
    return RunView(
        run,
        counts,
        tuple(codes),
        stored_bytes=rows.stored_bytes(),
        folder=folder,
        files_bytes=files_size(folder, run_id=run.run_id) if folder else 0,
        sent_by=sent_by if is_sending else None,
        in_flight=tally.cut_off if is_sending else 0,
    )


def folder_of(run: Run) -> Path | None:
    """Return where the last command wrote the files of a run; None: nowhere yet."""
    if run.out is not None:
        return Path(run.out)
    own = json.loads(run.own_folders)
    return Path(own[-1]) if own else None


def opened_ledger(options: RunOptions, *, to_look_at: bool = True) -> AbstractContextManager[Store]:
    """Open the ledger; raises UsageError if there is none instead of creating an empty one."""
    place = ledger_place(options.settings)
    if not place.exists():
        raise UsageError(_no_ledger(options.settings, place.name))
    return place.opened(to_look_at=to_look_at, patience_seconds=options.ledger_patience_seconds)


def _no_ledger(settings: Settings, name: str) -> Issue:
    if settings.ledger is not None:
        return Issue("no-ledger", {"path": name}, "database")
    return Issue("no-ledger", {"folder": str(settings.state_folder)}, "folder")
