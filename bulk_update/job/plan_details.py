"""What the rows to be sent change: an example of each field, the statuses, the rows sent first."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field

from bulk_update.columns import find_columns
from bulk_update.job.store_rows import RunRows
from bulk_update.ledger import Run, StatusMove, Tally
from bulk_update.mapping import Mapping
from bulk_update.mapping.document import Path
from bulk_update.mapping.rule_schema import CellRule
from bulk_update.plan import (
    ChangeCounts,
    Example,
    FieldPlan,
    RecordStatus,
    SentFirst,
    StatusChange,
)
from bulk_update.readback import READABLE
from bulk_update.records import Issue
from bulk_update.reference import RecordState
from bulk_update.translation import ChangeCounter, Priority, count_fields, first_changes


@dataclass(frozen=True, slots=True)
class PlanDetails:
    """Reads the details of a plan from the rows of a run and from the tally of these rows.

    `header` are the columns of the run's file, or nothing if no value comes from it. `counted` is
    what was counted while the file was translated, if it was in this process. `status_names` are
    the names of statuses by id, as the campaign has them; without one, a status is called what the
    mapping's `lookup` calls it.
    """

    rows: RunRows
    tally: Tally
    mapping: Mapping
    header: Sequence[str]
    priority: Priority | None = None
    counted: ChangeCounts | None = None
    status_names: MappingOf[str, str] = field(default_factory=dict)

    def fields(self) -> tuple[FieldPlan, ...]:
        """Return how often each field is set and cleared, each with the first row as an example."""
        counts = count_fields(self.tally.masks, self.mapping.field_names)
        first = first_changes(self.tally.first_rows, fields=len(counts))
        known: dict[int, _Row] = {}
        return tuple(
            FieldPlan(
                count.name,
                count.sets,
                count.clears,
                self._example(row_that_sets, path, rule, known),
                self._example(row_that_clears, path, rule, known),
            )
            for count, (row_that_sets, row_that_clears), path, (_, rule) in zip(
                counts, first, self.mapping.body_paths, self.mapping.update.rules(), strict=True
            )
        )

    def _example(
        self, number: int | None, path: Path, rule: CellRule, known: dict[int, _Row]
    ) -> Example | None:
        if number is None:
            return None
        if number not in known:
            detail = self.rows.detail(number)
            if detail is None or detail.body is None:
                return None
            state = detail.before and detail.before.state
            known[number] = _Row(detail.cells, json.loads(detail.body), state)
        row = known[number]
        positions = find_columns(self.header, rule.column_names).positions.values()
        cells = tuple(row.cells[at] for at in positions if at < len(row.cells))
        present = row.present_value(path)
        return Example(number, cells, row.value(path), before=present, is_old=not self.header)

    def statuses(self, changes: ChangeCounts) -> tuple[StatusChange, ...] | None:
        """Return how many rows set each status, the most frequent first; None if too many do."""
        if changes.statuses is None:
            return None
        names = {**names_in_lookup(self.mapping), **self.status_names}
        ordered = sorted(changes.statuses.items(), key=lambda found: (-found[1], found[0]))
        return tuple(
            StatusChange(RecordStatus(status_id, names.get(status_id, "")), rows)
            for status_id, rows in ordered
        )

    def sent_first(self, changes: ChangeCounts) -> SentFirst | None:
        """Return the rows that are sent before all others, or None without `priority`."""
        if self.priority is None:
            return None
        texts = tuple(text for text in self.priority.texts if changes.first.get(text))
        return SentFirst(sum(changes.first.values()), texts)

    def changes(self) -> ChangeCounts:
        """Count the changes of the rows to be sent, reading as few rows again as possible."""
        text_of = None if self.priority is None else self.priority.text_in
        to_send = self.tally.to_send
        update = self.mapping.update
        if not to_send or not (self.priority or update.status_id or update.status):
            return ChangeCounts()
        if self.counted is None:
            return self.rows.changes(text_of=text_of)
        left_out = self.counted.rows - to_send
        if not left_out:
            return self.counted
        if left_out < to_send:
            return self.counted.without(self.rows.changes_left_out(text_of=text_of))
        return self.rows.changes(text_of=text_of)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row's cells and body, and its record in the snapshot, if there is one."""

    cells: tuple[str, ...]
    body: MappingOf[str, object]
    state: RecordState | None

    def value(self, path: Path) -> str:
        """Return the value of a field."""
        value: object = self.body
        for name in path:
            value = value.get(name, "") if isinstance(value, dict) else ""
        return str(value)

    def present_value(self, path: Path) -> str | None:
        """Return the value of a field before the update; None if it is not known."""
        if self.state is None or path[0] not in READABLE:
            return None
        return getattr(self.state, str(path[0])) or ""


def with_present_statuses(
    statuses: tuple[StatusChange, ...] | None,
    moves: Sequence[StatusMove],
    names: MappingOf[str, str],
) -> tuple[StatusChange, ...] | None:
    """Return the changes of statuses divided by the present status of the records.

    Records that the snapshot does not have come last. `names` are those of statuses by id.
    """
    if statuses is None:
        return None
    named = {change.status.status_id: change.status for change in statuses}
    left = {change.status.status_id: change.rows for change in statuses}
    known = []
    for move in moves:
        if move.after in named:
            before = named.get(move.before) or RecordStatus(move.before, names.get(move.before, ""))
            known.append(StatusChange(named[move.after], move.rows, before))
            left[move.after] -= move.rows
    unknown = (StatusChange(named[status_id], rows) for status_id, rows in left.items() if rows)
    return (*known, *unknown)


def names_in_lookup(mapping: Mapping) -> dict[str, str]:
    """Return the first word of the `lookup` for each status id."""
    rule = mapping.update.status_id
    lookup = (rule and rule.lookup) or {}
    return {status_id: word for word, status_id in reversed(lookup.items())}


def unambiguous(names: MappingOf[str, MappingOf[str, str]]) -> dict[str, str]:
    """Return the names of statuses by id, without those that differ between campaigns."""
    found: dict[str, set[str]] = {}
    for of_campaign in names.values():
        for status_id, name in of_campaign.items():
            found.setdefault(status_id, set()).add(name)
    return {status_id: name for status_id, (name, *more) in found.items() if not more}


def unseen_priority(
    priority: Priority | None, rows: RunRows, run: Run, changes: ChangeCounter | None
) -> Iterator[Issue]:
    """Yield a notice for each text of `priority` that no row of the file shows.

    It is not recorded with the others, since `priority` may change while a run is unfinished. A
    retry or an undo holds only some rows of a file.
    """
    if priority is None or run.command in {"retry", "undo"}:
        return
    seen = changes.seen if changes else rows.texts_seen(priority.text_in)
    for text in priority.texts:
        if text not in seen:
            yield Issue("unseen-priority", {"text": text}, columns=(priority.column,))
