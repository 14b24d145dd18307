"""Executing a plan: guards, consent, sending, writing the results and recording the end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from bulk_update.client import Connection
from bulk_update.errors import ConsentError, LedgerError
from bulk_update.events import Notice, PlanApproved, RunStopped, Stage
from bulk_update.exits import SUCCESS, ExitCode, RunEnd, end_of_stop, most_severe
from bulk_update.job.dispatch import Dispatcher
from bulk_update.job.endings import ended_by_errors
from bulk_update.job.environment import now_us, this_process
from bulk_update.job.given import record_given
from bulk_update.job.guards import guards_of
from bulk_update.job.learned_guards import record_ending
from bulk_update.job.ledger_place import ledger_place
from bulk_update.job.plan_run import Planned
from bulk_update.job.ports import Observer, Target, announce_files, announce_plan, stage_of
from bulk_update.job.record_reading import RecordReading
from bulk_update.job.report import Report, reporter_of
from bulk_update.job.request import LoadedMapping, RunOptions, delivery_of
from bulk_update.job.run_files import UnsentRows, files_of_run
from bulk_update.job.store import Store
from bulk_update.job.tidying import tidy_up
from bulk_update.job.verification import unreadable
from bulk_update.ledger import Holder, InvocationEnd, Run
from bulk_update.plan import Guards, Plan, judge_window
from bulk_update.reasons import stored
from bulk_update.records import Issue, Status
from bulk_update.results import utc_text
from bulk_update.settings import DEFAULT_PATIENCE_SECONDS, Delivery
from bulk_update.sources.copying import remove_abandoned_copies
from bulk_update.stop_request import StopCause

NO_CONSENT = RunEnd(ExitCode.UNUSABLE, (Issue("no-consent"),))


@contextmanager
def sending_ledger(
    options: RunOptions, *, patience_seconds: float | None = None
) -> Iterator[Store]:
    """Open the ledger with the sending lock, and settle the runs of crashed processes.

    If `patience_seconds` is None, because the mapping is not known yet, that of the settings
    applies. Raises LockedError if another process is sending.
    """
    place = ledger_place(options.settings)
    if patience_seconds is None:
        patience_seconds = options.settings.patience
    if patience_seconds is None:
        patience_seconds = DEFAULT_PATIENCE_SECONDS
    with place.opened(
        group_readable=options.group_readable, patience_seconds=patience_seconds
    ) as ledger:
        holder = Holder(**this_process(), started_at=utc_text(now_us()))
        with ExitStack() as held:
            with options.stop.interruptible():
                held.enter_context(ledger.sending_lock(holder, wait_seconds=options.wait_seconds))
            ledger.sending.settle_dead_runs(now_us=now_us())
            remove_abandoned_copies(options.settings.state_folder)
            yield ledger


@dataclass(frozen=True, slots=True)
class RunExecution:
    """Executes a planned run to its end; the caller must hold the sending lock."""

    options: RunOptions
    loaded: LoadedMapping
    ledger: Store
    observer: Observer
    connection: Connection

    def execute(self, planned: Planned, *, ask: bool) -> Report:
        """Send the plan, unless a guard or the operator forbids it, and write the results.

        A stop request no longer interrupts anything, because the rows are recorded and their
        results have to be written in any case.
        """
        announce_plan(self.observer, planned.plan)
        record_given(self.ledger, planned.run, self.options, delivery=self._delivery)
        stopped = self._hindrance(planned)
        if stopped is SUCCESS and planned.plan.to_send and self._reads_before(planned):
            planned, stopped = self._with_snapshot(planned, ask=ask)
        if stopped is SUCCESS:
            stopped = self._carry_out(planned, ask=ask)
        return self._close(planned, stopped)

    def _reads_before(self, planned: Planned) -> bool:
        return self._reading.is_wanted_before(self.ledger.runs.get(planned.run))

    def _hindrance(self, planned: Planned) -> RunEnd:
        """Return why nothing may be sent, or SUCCESS."""
        if self.options.stop.cause:
            return end_of_stop(self.options.stop.cause)
        if planned.guard_end:
            return planned.guard_end
        if (closed := self._closed()) and planned.plan.to_send:
            return closed
        run = self.ledger.runs.get(planned.run)
        try:
            files = files_of_run(self.options, self.ledger, self.loaded, run, self.observer)
            files.require_folder(run)
        except LedgerError as error:
            return error.run_end
        return SUCCESS

    def _closed(self) -> RunEnd | None:
        """Return how the run ends if `window` does not allow it to send now."""
        return judge_window(self._guards, now_us=now_us())

    def _with_snapshot(self, planned: Planned, *, ask: bool) -> tuple[Planned, RunEnd]:
        """Read the records of the plan; return the plan that is left, and why it is not sent.

        Unless the plan will be shown, its new notices are emitted.
        """
        planned, notices, end = self._reading.look(planned)
        for notice in () if ask else notices:
            self.observer.on_event(Notice(notice))
        announce_plan(self.observer, planned.plan)
        return planned, end

    def _carry_out(self, planned: Planned, *, ask: bool) -> RunEnd:
        """Send the plan's rows; return why some or all of them were not sent."""
        if ask and planned.plan.to_send:
            refused = self._ask(planned.plan)
            if refused is not SUCCESS:
                return refused
            if closed := self._closed():  # it may have closed during the wait for an answer
                return closed
        if planned.plan.to_send:
            self.observer.on_event(PlanApproved(asked=ask))
        began = time.monotonic()
        end = self._send(planned)
        return self._verified(planned, end, began) if self.options.verifies else end

    def _verified(self, planned: Planned, end: RunEnd, began: float) -> RunEnd:
        """Read back what was sent, unless it is pointless; return how the run ends then.

        `began` is when sending began. A run without any response is over if its records show
        everything that was sent to them.
        """
        has_no_answer = end.code == "halted-no-answer"
        if end.exit_code not in {ExitCode.SUCCESS, ExitCode.GUARD} and not has_no_answer:
            return end
        verified = self._verify(planned, began, resends=end is SUCCESS)
        if has_no_answer and not self.ledger.sending.count_to_send(planned.run):
            return verified
        return most_severe(end, verified)

    def _ask(self, plan: Plan) -> RunEnd:
        """Ask the operator to approve the plan; return how the run ends if they do not."""
        if self.options.limit is not None:
            notice = Issue("limited", {"count": min(self.options.limit, plan.to_send)})
            plan = replace(plan, notices=(notice, *plan.notices), limit=self.options.limit)
        stop = self.options.stop
        try:
            with stop.interruptible():
                agreed = self.observer.consents(plan, self._target)
        except ConsentError as error:
            return error.run_end
        except KeyboardInterrupt:  # the rows are staged and need their results
            return end_of_stop(stop.cause or StopCause.SIGINT)
        return SUCCESS if agreed else NO_CONSENT

    @property
    def _target(self) -> Target:
        host = urlsplit(self.connection.base_url).netloc
        return Target(host, self.connection.username)

    def _send(self, planned: Planned) -> RunEnd:
        limit = self.options.limit
        total = planned.plan.to_send if limit is None else min(limit, planned.plan.to_send)
        return self._dispatch(planned, self._guards, total_rows=total)

    def _dispatch(
        self, planned: Planned, guards: Guards, *, total_rows: int, never_arrived: bool = False
    ) -> RunEnd:
        from bulk_update.client import ThuliumClient  # noqa: PLC0415 - loads httpx only to send

        dispatcher = Dispatcher(
            self.ledger,
            ThuliumClient(self.connection),
            self._delivery,
            guards,
            stop=self.options.stop,
            events=self.observer,
            limit=None if never_arrived else self.options.limit,
            priority=planned.priority,
            never_arrived=never_arrived,
            seconds_between_beats=self.options.seconds_between_beats,
        )
        end = None
        with ended_by_errors(self.observer) as ending:
            self.ledger.sending.begin(planned.run, now_us=now_us())
            with stage_of(self.observer, Stage.SENDING, total_rows=total_rows):
                end = dispatcher.send(self.ledger.runs.get(planned.run))
        return most_severe(ending.end, end or SUCCESS)

    def _verify(self, planned: Planned, began: float, *, resends: bool) -> RunEnd:
        """Read back what was sent; with `resends`, send what never arrived once more."""
        if notice := unreadable(self.loaded.mapping):
            self.observer.on_event(Notice(notice))
        run = self.ledger.runs.get(planned.run)
        end = self._reading.after(run)
        lost = sum(1 for _ in self.ledger.sending.to_send(run.id, never_arrived=True))
        if not lost or not resends or end is not SUCCESS:
            return end
        guards = self._guards
        if guards.max_duration_seconds is not None:
            left = guards.max_duration_seconds - (time.monotonic() - began)
            guards = replace(guards, max_duration_seconds=max(0.0, left))
        end = self._dispatch(planned, guards, total_rows=lost, never_arrived=True)
        return self._reading.after(run, again=False) if end is SUCCESS else end

    @property
    def _reading(self) -> RecordReading:
        return RecordReading(self.options, self.loaded, self.ledger, self.observer, self.connection)

    @property
    def _guards(self) -> Guards:
        return guards_of(self.loaded.mapping, given=self.options.guards)

    @property
    def _delivery(self) -> Delivery:
        return delivery_of(self.options.settings, self.loaded.mapping)

    def _close(self, planned: Planned, stopped: RunEnd) -> Report:
        """Write the run's files, even if the ledger is read-only, and then record its end.

        If anything goes wrong in between, the run stays unfinished: `run` continues it without
        sending anything twice.
        """
        stopped = most_severe(end_of_stop(self.options.stop.cause), stopped)
        if stopped is not SUCCESS:
            self.observer.on_event(RunStopped(stopped))
        unsettled = self._settle(planned.run)
        run = self.ledger.runs.get(planned.run)
        unsent = self._unsent(planned.run, stopped)
        reporter = replace(
            reporter_of(self.options, self.ledger, self.loaded, run, self.observer),
            judges_verification=self.options.verifies,
        )
        report = reporter.report(
            run,
            planned.plan,
            unsent=unsent,
            stopped=most_severe(stopped, unsettled),
            finished_at_us=now_us(),
            tally=None if planned.plan.to_send else planned.tally,
        )
        if unsettled is not SUCCESS:
            return report
        unrecorded = self._record_end(run, report, unsent)
        if unrecorded is not SUCCESS:
            report = reporter.amend(run, report, unrecorded)
        announce_files(self.observer, report.summary.files)
        return report

    def _settle(self, run: int) -> RunEnd:
        try:
            self.ledger.sending.settle(run, now_us=now_us())
        except LedgerError as error:
            return error.run_end
        return SUCCESS

    def _record_end(self, run: Run, report: Report, unsent: UnsentRows) -> RunEnd:
        out = self.options.out and self.options.out.absolute()
        try:
            end = InvocationEnd(
                now_us=now_us(),
                stop_code=unsent.code,
                stop_reasons=stored(unsent.reasons),
                out=str(out) if out else None,
                exit_code=report.end.exit_code,
                # A run stopped by a signal is continued, even if only its exit code has to change.
                files_written=bool(report.summary.files) and report.end.code != "signal",
            )
            record_ending(self.ledger, run, report.end.exit_code, counts=report.summary.outcomes)
            self.ledger.sending.close(run.id, end)
            if self.loaded.mapping.only_changed:
                self.ledger.housekeeping.remember_what_was_sent()
            retention = self.loaded.mapping.retention
            tidy_up(self.ledger, job=run.job, retention_seconds=retention)
        except LedgerError as error:
            return error.run_end
        return SUCCESS

    def _unsent(self, run: int, stopped: RunEnd) -> UnsentRows:
        if stopped is SUCCESS and self._is_held_back(run):
            return UnsentRows(Status.NOT_SENT, (Issue("limit"),))
        return UnsentRows(Status.NOT_SENT, stopped.reasons)

    def _is_held_back(self, run: int) -> bool:
        return self.options.limit is not None and self.ledger.sending.count_to_send(run) > 0
