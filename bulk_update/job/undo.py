"""Undoing a run: a new run that sends the reverse of what another one sent."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from bulk_update.columns import nearest_name
from bulk_update.errors import UsageError
from bulk_update.events import MappingLoaded
from bulk_update.job.apply import base_url_of_run, loaded_mapping_of
from bulk_update.job.connection import connection_of
from bulk_update.job.environment import new_run_id, now_us, this_process
from bulk_update.job.execute import RunExecution, sending_ledger
from bulk_update.job.guards import guards_of
from bulk_update.job.plan_run import Planned
from bulk_update.job.ports import Observer, announce_run
from bulk_update.job.replan import replan
from bulk_update.job.report import Report, report_of_nothing
from bulk_update.job.request import LoadedMapping, RunOptions, patience_of
from bulk_update.job.store import Store
from bulk_update.ledger import ReversedRow, Run, UndoneRow
from bulk_update.mapping import Mapping
from bulk_update.reasons import stored
from bulk_update.records import Issue, Param
from bulk_update.reversal import Reversal, first_verdict, reversal_of
from bulk_update.translation import mask_of

_ROWS_A_PART = 1000


@dataclass(frozen=True, slots=True)
class UndoChoice:
    """What to restore: all fields or `only` some, as the mapping calls them.

    With `trusts_last_sent`, fields that the API does not show get the values that were sent to them
    before, although somebody may have changed them since.
    """

    trusts_last_sent: bool = False
    only: tuple[str, ...] = ()


def undo_run(run_id: str, choice: UndoChoice, options: RunOptions, observer: Observer) -> Report:
    """Restore what the records had before a run, as a separate run; the rows keep their numbers.

    The results contain the rows that the run sent or may have sent. If there is no such row, no run
    is created, and the report has no run id. Raises UsageError if nothing is known that could be
    restored, and in the same cases as `apply_run`.
    """
    with sending_ledger(options) as ledger:
        with options.stop.interruptible():
            undone = ledger.runs.find(run_id)
            if undone.started_at_us is None:
                raise UsageError(Issue("usage", {"run": run_id}, "nothing-to-undo"))
            loaded = loaded_mapping_of(undone)
            observer.on_event(MappingLoaded(loaded.mapping.name, loaded.path))
            _require_fields(choice.only, loaded.mapping)
            guards_of(loaded.mapping, given=options.guards)  # before any row is staged
            base_url = base_url_of_run(undone, options, loaded)
            connection = connection_of(options, loaded, base_url=base_url)
            ledger.patience_seconds = patience_of(options, loaded)
            staging = _Staging(ledger, undone, loaded, choice)
            run = staging.stage(options)
        if run is None:
            return report_of_nothing(undone)
        announce_run(observer, ledger.runs.get(run))
        planned = staging.plan(run, options)
        return RunExecution(options, loaded, ledger, observer, connection).execute(
            planned, ask=True
        )


def _require_fields(names: Collection[str], mapping: Mapping) -> None:
    for name in names:
        if name not in mapping.field_names:
            near = nearest_name(name, mapping.field_names)
            fields = mapping.field_names
            params: dict[str, Param] = {"name": name, "near": near or "", "fields": fields}
            variant = "not-a-field-near" if near else "not-a-field"
            raise UsageError(Issue("usage", params, variant))


@dataclass(slots=True)
class _Lost:
    """How many rows a field cannot be restored in, and the first of them."""

    rows: int = 0
    first: int = 0


@dataclass(slots=True)
class _Staging:
    """Stages the reverse of a run's rows as a new run."""

    ledger: Store
    undone: Run
    loaded: LoadedMapping
    choice: UndoChoice
    lost: dict[tuple[str, str, str], _Lost] = field(default_factory=dict)
    """What cannot be restored, by code, variant and field."""
    data_rows: int = 0
    has_snapshot: bool = False
    has_values: bool = False

    def stage(self, options: RunOptions) -> int | None:
        """Stage the rows as a new run and return its key, or None if there are no rows."""
        run = self._begin()
        try:
            self.data_rows = self._stage(run, options)
            if self.data_rows and not self.has_snapshot and not self.has_values:
                self._refuse()
        except BaseException:
            self.ledger.runs.abandon(run)
            raise
        if not self.data_rows:
            self.ledger.runs.abandon(run)
            return None
        return run

    def plan(self, run: int, options: RunOptions) -> Planned:
        """Plan the staged rows; from now on, the run is visible."""
        self.ledger.runs.record_status_names(run, self.undone.status_names)
        self.ledger.runs.record_plan(
            run,
            data_rows=self.data_rows,
            planned_at_us=now_us(),
            notices=stored(self._notices()),
        )
        return replan(options, self.loaded, self.ledger, self.ledger.runs.get(run))

    def _begin(self) -> int:
        undone = self.undone
        identity = f"undo {undone.identity} {undone.run_id} {self.choice}"
        new = replace(
            undone.as_new(),
            run_id=new_run_id(),
            command="undo",
            identity=hashlib.sha256(identity.encode()).hexdigest(),
            **this_process(),
            created_at_us=now_us(),
            again=False,
            claimed=True,
            undoes=undone.id,
        )
        return self.ledger.runs.begin(new, origin=undone.origin)

    def _stage(self, run: int, options: RunOptions) -> int:
        """Stage the rows, some at a time; return how many there are."""
        count, part = 0, list[ReversedRow]()
        trusts = self.choice.trusts_last_sent
        for row in self.ledger.reversals.undone_rows(self.undone.id, with_known=trusts):
            reversal = reversal_of(row.body, row.before, row.known, only=self.choice.only)
            if reversal is None:
                continue
            part.append(self._reversed(row, reversal))
            count += 1
            if len(part) >= _ROWS_A_PART:
                self.ledger.reversals.stage(run, part)
                part.clear()
                options.stop.raise_if_requested()
        self.ledger.reversals.stage(run, part)
        return count

    def _reversed(self, row: UndoneRow, reversal: Reversal) -> ReversedRow:
        self.has_snapshot |= row.before is not None
        self.has_values |= bool(reversal.old)
        for issue in reversal.lost:
            kind = (issue.code, issue.variant, str(issue.params["field"]))
            lost = self.lost.setdefault(kind, _Lost(first=row.number))
            lost.rows += 1
        verdict = first_verdict(reversal)
        fields = mask_of(verdict.values, self.loaded.mapping.field_names)
        return ReversedRow(row, reversal, verdict, fields if verdict.values else None)

    def _refuse(self) -> None:
        variant = "unknown-values" if self.choice.trusts_last_sent else "no-snapshot"
        raise UsageError(Issue("usage", {"run": self.undone.run_id}, variant))

    def _notices(self) -> Iterator[Issue]:
        yield Issue("undo-of", {"run": self.undone.run_id})
        for (code, variant, name), lost in self.lost.items():
            params: dict[str, Param] = {"field": name, "count": lost.rows, "row": lost.first}
            yield Issue("undo-leaves", params, f"{code}{variant and f'-{variant}'}")
