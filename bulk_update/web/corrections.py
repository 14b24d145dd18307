"""Refused rows that are corrected on the page: a new file in the format of `failed.csv`.

The file then takes the ordinary way back: it names the run and the rows that it corrects, so that
cells nobody touched keep their original text.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bulk_update.events import Event
from bulk_update.job.check import check_file
from bulk_update.job.inspect import RowsToCorrect, delete_run, rows_to_correct
from bulk_update.job.ports import Target
from bulk_update.job.reference_cache import ReferenceCache
from bulk_update.job.report import Report
from bulk_update.job.request import Request
from bulk_update.ledger import Run
from bulk_update.plan import Plan
from bulk_update.records import FailedRow, Status
from bulk_update.results import FailedTable
from bulk_update.web.cell_choices import CellChoices
from bulk_update.web.drafts import Draft
from bulk_update.web.run_places import RunPlace
from bulk_update.web.service import Service
from bulk_update.web.typed_corrections import TypedCorrections

MOST_ROWS = 100
"""How many rows one screen offers to correct; `failed.xlsx` has them all."""


@dataclass(frozen=True, slots=True)
class NotAccepted:
    """Corrected rows that are not accepted, with the reasons; no draft of them is kept."""

    rows: tuple[FailedRow, ...]


def typed_corrections(place: RunPlace) -> TypedCorrections:
    """Return where the page keeps what was typed to correct a run."""
    return TypedCorrections(place.service.drafts.typed_corrections)


def choices_of(place: RunPlace) -> CellChoices:
    """Return the values that the cells of a run may have."""
    run, state = place.run, place.options.settings.state_folder
    return CellChoices(run, ReferenceCache(state, run.base_url) if run.base_url else None)


def write_corrections(path: Path, found: RowsToCorrect, rows: Sequence[FailedRow]) -> None:
    """Write corrected rows to a new file in the format of `failed.csv`; only its owner can read.

    Blank lines keep each row on the line that has its number in the original file: a person has
    seen only these numbers, and finds them again on every screen and in every file.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        table = FailedTable(found.header, found.run.run_id)
        writer = csv.writer(file, delimiter=found.run.delimiter)
        writer.writerow(table.heading())
        next_number = 2
        for row in rows:
            file.write(writer.dialect.lineterminator * (row.number - next_number))
            writer.writerow(table.cells(row))
            next_number = max(next_number, row.number) + 1
        file.flush()
        os.fsync(file.fileno())


def plan_corrections(
    place: RunPlace, found: RowsToCorrect, rows: Sequence[FailedRow]
) -> Draft | NotAccepted:
    """Make a draft of corrected rows, plan it with the run's own mapping, and return it.

    If a row is still not valid, there is neither a draft nor a plan. Raises BulkUpdateError if it
    cannot be planned; no draft is kept then, either.
    """
    service = place.service
    name = f"corrected-{found.run.run_id}.csv"
    base_url = None if place.is_rehearsal else found.run.base_url or service.base_url
    draft = service.drafts.create(name, rehearsal=place.is_rehearsal, base_url=base_url)
    try:
        write_corrections(service.drafts.input_path(draft.id), found, rows)
        service.drafts.mapping_path(draft.id).write_bytes(found.run.mapping)
        report = plan_draft(service, draft, like=found.run)
        run_id = str(report.summary.run_id)
        refused = _not_valid(place, run_id) if report.plan.counts[Status.INVALID] else ()
        if refused:
            delete_run(run_id, place.options)
    except BaseException:
        service.drafts.delete(draft.id)
        raise
    if refused:
        service.drafts.delete(draft.id)
        return NotAccepted(refused)
    planned = replace(draft, run_id=report.summary.run_id)
    return service.drafts.save(planned, revision=draft.revision)


def _not_valid(place: RunPlace, run_id: str) -> tuple[FailedRow, ...]:
    found = rows_to_correct(run_id, place.options, after=0, most=MOST_ROWS)
    return tuple(row for row in found.rows if row.outcome == Status.INVALID)


def plan_draft(service: Service, draft: Draft, *, like: Run | None = None) -> Report:
    """Plan a draft with the mapping in its folder, and send nothing.

    What `--only-changed` or `--full` said for the run `like` applies again. Raises BulkUpdateError.
    """
    only_changed = None if like is None else json.loads(like.overrides)[3]
    request = Request(
        file=service.drafts.input_path(draft.id),
        mapping_path=service.drafts.mapping_path(draft.id),
        options=service.options_for(draft),
        only_changed=only_changed,
    )
    return check_file(request, _Silent())


class _Silent:
    """The caller of a use case that only plans."""

    def on_event(self, event: Event) -> None:
        """Ignore what happens; the plan is read from the ledger."""

    def consents(self, plan: Plan, target: Target) -> bool:  # noqa: ARG002 - the protocol's
        """Approve nothing."""
        return False
