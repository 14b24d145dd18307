"""Planning a run: reading, mapping and staging the rows, and deciding which to send."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from bulk_update.errors import InputError, UsageError
from bulk_update.events import RowsRead, Stage
from bulk_update.exits import RunEnd
from bulk_update.job.corrections import CorrectedFile
from bulk_update.job.disk_space import require_disk_space
from bulk_update.job.earlier_runs import known_before
from bulk_update.job.environment import collector_paused, new_run_id, now_us, this_process
from bulk_update.job.guards import guards_of
from bulk_update.job.identifier_notices import look_alikes, lost_zeros
from bulk_update.job.input_file import InputFile
from bulk_update.job.learned_guards import judge_learned, new_profile
from bulk_update.job.live_judgement import names_of_statuses
from bulk_update.job.live_references import live_references
from bulk_update.job.mapped_file import opened
from bulk_update.job.plan_details import PlanDetails, unambiguous, unseen_priority
from bulk_update.job.ports import Observer, announce_run, stage_of
from bulk_update.job.priority import priority_of
from bulk_update.job.proven_encoding import with_proven_encoding
from bulk_update.job.request import (
    LoadedMapping,
    Request,
    RunOptions,
    delivery_of,
    overrides_json,
    path_text,
)
from bulk_update.job.store import Store
from bulk_update.ledger import KnownBefore, NewRun, Run, Tally
from bulk_update.mapping import Mapping
from bulk_update.plan import (
    Guards,
    Plan,
    judge_data_rows,
    judge_filtered,
    judge_invalid,
    judge_plan,
)
from bulk_update.readers import Fingerprint, Spreadsheet, fingerprint
from bulk_update.reasons import restored, stored
from bulk_update.records import Issue, Param, Status
from bulk_update.translation import ChangeCounter, IdentifierSurvey, Priority, Translator

_CLOCKS_DIFFER_US = 300 * 1_000_000
"""How far the clock of a file server may be ahead of this machine's."""


def identity_of(mapping: Mapping, file: Fingerprint) -> str:
    """Return the identity of a run, which covers the file's content and the mapping's requests.

    The base URL is not part of it.
    """
    parts = json.dumps([file.sha256, mapping.shape()])
    return hashlib.sha256(parts.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Staged:
    """How many rows were staged, and what is known about their identifiers."""

    data_rows: int
    identifiers: IdentifierSurvey
    corrects: bool
    notes: tuple[Issue, ...]
    profile: str | None


@dataclass(frozen=True, slots=True)
class Planner:
    """Stages and plans a file; unless `is_visible`, the run is hidden until it is published."""

    request: Request
    loaded: LoadedMapping
    ledger: Store
    observer: Observer
    file: InputFile
    base_url: str | None
    is_visible: bool = True

    def plan(self, command: str) -> Planned:
        """Stage and plan the file.

        Raises InputError, MappingError, UsageError or ServiceError; nothing is recorded then.
        """
        request, mapping = self.request, self.loaded.mapping
        settings, size = request.options.settings, self.file.fingerprint.size
        if settings.ledger is None:
            require_disk_space(settings.state_folder, file=request.file, file_bytes=size)
        proven = with_proven_encoding(request, self.loaded, self.ledger)
        with (
            live_references(
                request.options, self.loaded, base_url=self.base_url, sends=command != "check"
            ) as references,
            opened(proven, self.loaded, references) as (spreadsheet, translator),
        ):
            guards = guards_of(
                mapping, given=request.options.guards, is_failed_csv=spreadsheet.is_failed_csv
            )
            if not spreadsheet.is_failed_csv:  # its rows are as old as the file that they come from
                self._require_past_export()
            known = self._known_before()
            run = self.ledger.runs.begin(self._new_run(command, spreadsheet))
            announce_run(self.observer, self.ledger.runs.get(run))
            try:
                with request.options.stop.interruptible():
                    corrected = CorrectedFile(
                        spreadsheet, mapping, self.ledger, encoding=proven.source.encoding
                    )
                    staged = self._stage(run, known, corrected, translator)
            except BaseException:
                self.ledger.runs.abandon(run)
                raise
            notes = list(staged.notes)
            if proven is not request:
                notes.insert(0, Issue("proven-encoding", {"encoding": str(proven.source.encoding)}))
            notices = (
                *notes,
                *spreadsheet.notes,
                *mapping.warnings(),
                *self._unused(spreadsheet),
                *translator.notes.issues(),
            )
            if references:
                names = names_of_statuses(references.known())
                self.ledger.runs.record_status_names(run, names)
            held = translator.notes.filter_words.issues()
            changes = translator.changes
            if spreadsheet.is_failed_csv:  # it contains only some rows of a file
                staged = replace(staged, profile=None)
        planned = self._planned(
            run, staged, guards=guards, notices=notices, held=held, changes=changes
        )
        return planned.with_notices(references.notices() if references else ())

    def _require_past_export(self) -> None:
        """Raise UsageError if the file's time, which is to be its export's, is in the future."""
        if self.loaded.mapping.not_called_since != "export":
            return
        if self.file.modified_at_us is None:
            raise UsageError(Issue("unknown-export", variant="stdin"))
        if self.file.modified_at_us - now_us() > _CLOCKS_DIFFER_US:
            params: dict[str, Param] = {"path": self.file.name}
            raise UsageError(Issue("unknown-export", params, "future"))

    def _new_run(self, command: str, spreadsheet: Spreadsheet) -> NewRun:
        return NewRun(
            run_id=new_run_id(),
            command=command,
            job=self.loaded.mapping.name,
            identity=identity_of(self.loaded.mapping, self.file.fingerprint),
            base_url=self.base_url,
            mapping_path=self.loaded.path,
            mapping=self.loaded.data,
            overrides=overrides_json(self.request),
            input_path=path_text(self.file.name),
            input_sha256=self.file.fingerprint.sha256,
            header=json.dumps(spreadsheet.header, ensure_ascii=False),
            delimiter=spreadsheet.delimiter,
            is_failed_csv=spreadsheet.is_failed_csv,
            **this_process(),
            created_at_us=now_us(),
            again=self.request.again,
            claimed=command != "check",
            exported_at_us=self.file.modified_at_us,
            input_folder=self.file.folder,
        )

    def _known_before(self) -> KnownBefore:
        """Return which rows count as unchanged: none while the system is not known."""
        mapping = self.loaded.mapping
        if self.base_url is None:
            return KnownBefore()
        return known_before(
            self.ledger,
            job=mapping.name,
            identity=identity_of(mapping, self.file.fingerprint),
            base_url=self.base_url,
            again=self.request.again,
            only_changed=mapping.only_changed,
        )

    def _stage(
        self, run: int, known: KnownBefore, file: CorrectedFile, translator: Translator
    ) -> _Staged:
        """Write the rows of each chunk to the ledger while the next one is read and mapped."""
        data_rows, survey, corrects = 0, IdentifierSurvey(), False
        with (
            stage_of(self.observer, Stage.READING),
            self.ledger.planning.staging(run, known) as stage,
            ThreadPoolExecutor(max_workers=1) as writer,
            collector_paused(),
        ):
            written: Future[None] | None = None
            for chunk, corrected in file.chunks():
                mapped = translator.translate(chunk)
                if written:
                    written.result()
                written = writer.submit(stage, mapped)
                if corrected:
                    corrects = True
                    written.result()
                    self.ledger.planning.record_corrections(run, corrected)
                data_rows += len(mapped.numbers)
                survey.see(mapped.identifiers)
                self.observer.on_event(RowsRead(len(mapped.numbers)))
                self.request.options.stop.raise_if_requested()
            if written:
                written.result()
        if fingerprint(self.request.file) != self.file.fingerprint:
            raise InputError(Issue("input", {"path": str(self.request.file)}, "changing"))
        return _Staged(
            data_rows,
            survey,
            corrects,
            tuple(file.notes()),
            profile=new_profile(self.loaded.mapping, translator.counter.counts()),
        )

    def _unused(self, spreadsheet: Spreadsheet) -> tuple[Issue, ...]:
        unused = len(spreadsheet.header) - len(self.loaded.mapping.column_names)
        return (Issue("unmapped-columns", {"count": unused}),) if unused else ()

    def _planned(
        self,
        run: int,
        staged: _Staged,
        *,
        guards: Guards,
        notices: tuple[Issue, ...],
        held: tuple[Issue, ...],
        changes: ChangeCounter,
    ) -> Planned:
        mapping, data_rows = self.loaded.mapping, staged.data_rows
        if staged.identifiers.may_repeat:
            self.ledger.planning.mark_duplicates(run, policy=mapping.duplicates)
        if staged.corrects:
            self.ledger.planning.judge_corrections(self.ledger.runs.get(run))
        if staged.identifiers.may_look_alike:
            notices += look_alikes(self.ledger, run)
        if staged.identifiers.may_lack_zeros:
            notices += lost_zeros(self.ledger, run)
        self.ledger.runs.record_plan(
            run,
            data_rows=data_rows,
            planned_at_us=now_us(),
            notices=stored(notices),
            profile=staged.profile,
            is_visible=self.is_visible,
        )
        return planned_of(
            self.request.options,
            self.loaded,
            self.ledger,
            self.ledger.runs.get(run),
            guards=guards,
            held=held,
            changes=changes,
        )


@dataclass(frozen=True, slots=True)
class Planned:
    """A run whose plan is on disk, and the verdict of the guards."""

    run: int
    plan: Plan
    guard_end: RunEnd | None
    tally: Tally
    priority: Priority | None = None

    def with_notices(self, issues: tuple[Issue, ...]) -> Planned:
        """Return the same plan with notices about this very moment, which are not recorded."""
        notices = (*self.plan.notices, *issues)
        return replace(self, plan=replace(self.plan, notices=notices))


def planned_of(
    options: RunOptions,
    loaded: LoadedMapping,
    ledger: Store,
    run: Run,
    *,
    guards: Guards,
    held: tuple[Issue, ...] = (),
    changes: ChangeCounter | None = None,
) -> Planned:
    """Return the plan of a run from its rows' current state, and the verdict of the guards.

    `held` describes the values in the columns of `where`, if it leaves out every row. `changes` is
    what was counted while the file was read, if it has just been read.
    """
    rows = ledger.projection(run.id, waiting=Status.PLANNED)
    tally, priority = rows.tally(), priority_of(loaded, run)
    details = PlanDetails(
        rows,
        tally,
        loaded.mapping,
        header=() if run.undoes else json.loads(run.header),
        priority=priority,
        counted=None if changes is None else changes.counts(),
        status_names=unambiguous(json.loads(run.status_names)),
    )
    counted = details.changes()
    notices = (*unseen_priority(priority, rows, run, changes), *restored(run.notices))
    plan = Plan(
        data_rows=run.data_rows or 0,
        counts=tally.counts,
        to_send=tally.to_send,
        campaigns=tuple(tally.campaigns),
        fields=details.fields(),
        notices=notices,
        statuses=details.statuses(counted),
        sent_first=details.sent_first(counted),
        requests_per_second=delivery_of(options.settings, loaded.mapping).rate,
    )
    learned = judge_learned(ledger, run, plan, learn=guards.learn, expected=options.expect_changes)
    plan = replace(plan, notices=(*learned.notes, *plan.notices))
    end = _guard_end(plan, guards, held=held) or learned.end
    return Planned(run.id, plan, end, tally, priority)


def _guard_end(plan: Plan, guards: Guards, *, held: tuple[Issue, ...]) -> RunEnd | None:
    """Return the end that the first violated guard causes, in the order of processing."""
    return (
        judge_data_rows(guards, plan.data_rows)
        or judge_filtered(
            guards,
            filtered=plan.counts[Status.FILTERED],
            data_rows=plan.data_rows,
            held=held,
        )
        or judge_invalid(guards, invalid=plan.counts[Status.INVALID], data_rows=plan.data_rows)
        or judge_plan(guards, to_send=plan.to_send, clears=plan.clears)
    )
