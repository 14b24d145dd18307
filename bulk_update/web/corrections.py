"""Refused rows that are corrected on the page: a new file in the format of `failed.csv`.

The file then takes the ordinary way back: it names the run and the rows that it corrects, so that
cells nobody touched keep their original text.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bulk_update.columns import column_key
from bulk_update.events import Event
from bulk_update.job.apply import loaded_mapping_of
from bulk_update.job.check import check_file
from bulk_update.job.inspect import RowsToCorrect
from bulk_update.job.ports import Target
from bulk_update.job.report import Report
from bulk_update.job.request import Request
from bulk_update.ledger import Run
from bulk_update.messages import told
from bulk_update.plan import Plan
from bulk_update.printable import printable
from bulk_update.reasons import restored
from bulk_update.records import FailedRow, Status
from bulk_update.results import FailedTable, write_failed
from bulk_update.web.drafts import Draft
from bulk_update.web.run_places import RunPlace
from bulk_update.web.service import Service

MOST_ROWS = 100
"""How many rows one screen offers to correct; `failed.xlsx` has them all."""

_CORRECTABLE = frozenset({Status.INVALID, Status.REJECTED, Status.DUPLICATE})
"""Outcomes that another text in a cell can change."""

_LONG = 60


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell of a row that was refused, with its invisible characters escaped.

    `name` is that of its field in the form, or empty if the cell is not offered for correction.
    """

    column: str
    text: str
    name: str = ""

    @property
    def is_long(self) -> bool:
        """Whether its text needs a field with several lines."""
        return "\n" in self.text or len(self.text) > _LONG


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row that needs attention, with its cells and the sentence that says why."""

    number: int
    identifier: str
    outcome: str
    code: str
    sentence: str
    cells: tuple[ShownCell, ...]

    @property
    def is_correctable(self) -> bool:
        """Whether any of its cells is offered for correction."""
        return any(cell.name for cell in self.cells)


def shown_rows(found: RowsToCorrect) -> tuple[ShownRow, ...]:
    """Return the rows as the form shows them.

    The cells that a reason names can be corrected; if none is named, such as after a refusal by
    the service, all cells that the mapping uses.
    """
    used = {column_key(name) for name in loaded_mapping_of(found.run).mapping.column_names}
    return tuple(_shown(row, found.header, used) for row in found.rows)


def corrected_rows(found: RowsToCorrect, answers: Mapping[str, str]) -> list[FailedRow]:
    """Return the rows in which a person changed at least one cell, with the new texts.

    Cells whose text comes back as it was shown keep their original text.
    """
    return [
        changed
        for row, shown in zip(found.rows, shown_rows(found), strict=True)
        if (changed := _changed(row, shown, answers)) is not None
    ]


def write_corrections(path: Path, found: RowsToCorrect, rows: Sequence[FailedRow]) -> None:
    """Write corrected rows to a new file in the format of `failed.csv`; only its owner can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        table = FailedTable(found.header, found.run.run_id)
        write_failed(file, rows, table=table, delimiter=found.run.delimiter)
        file.flush()
        os.fsync(file.fileno())


def plan_corrections(place: RunPlace, found: RowsToCorrect, rows: Sequence[FailedRow]) -> Draft:
    """Make a draft of corrected rows, plan it with the run's own mapping, and return it.

    Raises BulkUpdateError if it cannot be planned; there is no draft then.
    """
    service = place.service
    name = f"corrected-{found.run.run_id}.csv"
    base_url = None if place.is_rehearsal else found.run.base_url or service.base_url
    draft = service.drafts.create(name, rehearsal=place.is_rehearsal, base_url=base_url)
    try:
        write_corrections(service.drafts.input_path(draft.id), found, rows)
        service.drafts.mapping_path(draft.id).write_bytes(found.run.mapping)
        report = plan_draft(service, draft, like=found.run)
    except BaseException:
        service.drafts.delete(draft.id)
        raise
    planned = replace(draft, run_id=report.summary.run_id)
    return service.drafts.save(planned, revision=draft.revision)


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


def _shown(row: FailedRow, header: Sequence[str], used: set[str]) -> ShownRow:
    cells = json.loads(row.cells)
    named = {column_key(name) for issue in restored(row.reasons) for name in issue.columns}
    offered = named if named & {column_key(name) for name in header} else used
    if row.outcome not in _CORRECTABLE or len(cells) != len(header):
        offered = set()
    return ShownRow(
        row.number,
        printable(row.identifier or ""),
        row.outcome,
        row.code,
        told(row.reasons),
        tuple(_cells(row.number, cells, header, offered)),
    )


def _cells(
    number: int, cells: Sequence[str], header: Sequence[str], offered: set[str]
) -> Iterator[ShownCell]:
    for index, (column, cell) in enumerate(zip(header, cells, strict=False)):
        name = f"cell-{number}-{index}" if column_key(column) in offered else ""
        yield ShownCell(printable(column), _shown_text(cell), name)


def _shown_text(cell: str) -> str:
    """Return a cell as a form can hold it: lines end with a line feed, as browsers see them."""
    return printable(_with_line_feeds(cell), keep="\n")


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _changed(row: FailedRow, shown: ShownRow, answers: Mapping[str, str]) -> FailedRow | None:
    cells = json.loads(row.cells)
    is_changed = False
    for index, cell in enumerate(shown.cells):
        text = _with_line_feeds(answers.get(cell.name, cell.text)) if cell.name else cell.text
        if text != cell.text:
            cells[index], is_changed = text, True
    return row._replace(cells=json.dumps(cells).encode()) if is_changed else None
