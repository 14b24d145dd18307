"""From a plan to the results: guard rails, consent, sending, and the run's end on record."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from bulk_update.client import Connection, parse_proxy, proxy_from_environment
from bulk_update.credentials import password_of
from bulk_update.errors import ConsentError, LedgerError, UsageError
from bulk_update.exits import SUCCESS, ExitCode, RunEnd, end_of_stop, most_severe
from bulk_update.job.guarding import guards_of
from bulk_update.job.observing import Observer, Target
from bulk_update.job.planning import Planned, now_us
from bulk_update.job.reporting import Report, Reporter, UnsentRows
from bulk_update.job.request import LoadedMapping, Terms, base_url_of, delivery_of
from bulk_update.job.sending import Sending
from bulk_update.ledger import Ledger, Run, RunState
from bulk_update.plan import Plan
from bulk_update.records import Status
from bulk_update.stop_request import StopCause

NO_CONSENT = RunEnd(ExitCode.UNUSABLE, "no-consent", "the plan was not approved: nothing was sent")


def connection_of(
    terms: Terms, loaded: LoadedMapping, *, base_url: str | None = None
) -> Connection:
    """Return how to reach the system; `base_url` is that of a run that already has one.

    Raises UsageError that says which setting is missing.
    """
    settings = terms.settings
    base_url = base_url or base_url_of(settings, loaded.mapping)
    if base_url is None:
        raise UsageError(
            "it is not said which system to send to",
            hint="Give --base-url https://acme.thulium.com, or set BULK_UPDATE_BASE_URL.",
        )
    if not settings.username:
        raise UsageError(
            "it is not said as whom to send",
            hint="Give --username, or set BULK_UPDATE_USERNAME.",
        )
    proxy = (
        parse_proxy(settings.proxy.get_secret_value(), base_url=base_url)
        if settings.proxy is not None
        else proxy_from_environment(base_url, os.environ)
    )
    return Connection(
        base_url=base_url,
        username=settings.username,
        password=password_of(settings, base_url=base_url, username=settings.username),
        proxy=proxy,
        timeout_seconds=delivery_of(settings, loaded.mapping).timeout_seconds,
    )


@dataclass(frozen=True, slots=True)
class Deliverer:
    """Brings one planned run to its end; whoever makes one holds the sending lock."""

    terms: Terms
    loaded: LoadedMapping
    ledger: Ledger
    observer: Observer
    connection: Connection

    def deliver(self, planned: Planned, *, ask: bool) -> Report:
        """Send what the plan says, if guards and the operator agree, and write the results.

        The rows are on record, so a request to stop no longer unwinds anything: whatever comes,
        the results are written.
        """
        return self._close(planned, self._carry_out(planned, ask=ask))

    def _carry_out(self, planned: Planned, *, ask: bool) -> RunEnd:
        """Send what the plan says; return why it was not sent, or not all of it."""
        if self.terms.stop.cause:
            return end_of_stop(self.terms.stop.cause)
        if planned.guard_end:
            return planned.guard_end
        run = self.ledger.run(planned.run)
        try:
            reporter_of(self.terms, self.ledger, self.loaded, run).require_folder(run)
        except LedgerError as error:
            return error.run_end
        refused = self._ask(planned.plan) if ask and planned.plan.to_send else SUCCESS
        return self._send(planned) if refused is SUCCESS else refused

    def _ask(self, plan: Plan) -> RunEnd:
        """Show the plan to the operator; return how the run ends unless they agree."""
        host = urlsplit(self.connection.base_url).netloc
        if self.terms.limit is not None:
            notice = f"--limit: {min(self.terms.limit, plan.to_send)} of them now"
            plan = replace(plan, notices=(*plan.notices, notice))
        stop = self.terms.stop
        try:
            with stop.interruptible():
                agreed = self.observer.consents(plan, Target(host, self.connection.username))
        except ConsentError as error:
            self.observer.notice(str(error))
            return NO_CONSENT
        except KeyboardInterrupt:  # the rows are staged: they get their results
            return end_of_stop(stop.cause or StopCause.SIGINT)
        return SUCCESS if agreed else NO_CONSENT

    def _send(self, planned: Planned) -> RunEnd:
        from bulk_update.client import ThuliumClient  # noqa: PLC0415 - loads httpx: only to send

        mapping, limit = self.loaded.mapping, self.terms.limit
        sending = Sending(
            self.ledger,
            ThuliumClient(self.connection),
            delivery_of(self.terms.settings, mapping),
            guards_of(mapping, given=self.terms.guards),
            stop=self.terms.stop,
            notice=self.observer.notice,
            limit=limit,
        )
        total = planned.plan.to_send if limit is None else min(limit, planned.plan.to_send)
        try:
            self.ledger.update(planned.run, state=RunState.SENDING, started_at_us=now_us())
            with self.observer.sending(total) as meter:
                end = sending.send(self.ledger.run(planned.run), meter)
        except LedgerError as error:
            return error.run_end
        except Exception as error:  # noqa: BLE001 - a bug: the rows still get their results
            self.observer.bug(error)
            return RunEnd(ExitCode.BUG, "bug", f"a bug in bulk-update: {error!r}; nothing is lost")
        return end or SUCCESS

    def _close(self, planned: Planned, stopped: RunEnd) -> Report:
        """Write the run's files, even where the ledger is read-only, and then record its end.

        Whatever happens in between, the run is not finished: `run` continues it, and sends
        nothing twice.
        """
        stopped = most_severe(end_of_stop(self.terms.stop.cause), stopped)
        unsettled = self._settle(planned.run)
        run = self.ledger.run(planned.run)
        unsent = self._unsent(planned.run, stopped)
        reporter = reporter_of(self.terms, self.ledger, self.loaded, run)
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
        unrecorded = self._put_on_record(run, report, unsent)
        return report if unrecorded is SUCCESS else reporter.amend(run, report, unrecorded)

    def _settle(self, run: int) -> RunEnd:
        try:
            self.ledger.settle(run, now_us=now_us())
        except LedgerError as error:
            return error.run_end
        return SUCCESS

    def _put_on_record(self, run: Run, report: Report, unsent: UnsentRows) -> RunEnd:
        out = self.terms.out and self.terms.out.absolute()
        try:
            self.ledger.close(
                run.id,
                now_us=now_us(),
                stop_code=unsent.code,
                stop_message=unsent.message,
                out=str(out) if out else None,
                exit_code=report.end.exit_code,
                # What a signal ended is continued, even if only the exit code was left to change.
                files_written=bool(report.summary.files) and report.end.code != "signal",
            )
            if self.loaded.mapping.only_changed:
                self.ledger.remember_what_was_sent()
            if retention := self.loaded.mapping.retention:
                before_us = now_us() - round(retention * 1_000_000)
                self.ledger.apply_retention(job=run.job, before_us=before_us)
        except LedgerError as error:
            return error.run_end
        return SUCCESS

    def _unsent(self, run: int, stopped: RunEnd) -> UnsentRows:
        if stopped is SUCCESS and self.terms.limit is not None and self.ledger.count_to_send(run):
            return UnsentRows(Status.NOT_SENT, "limit", "held back by --limit")
        return UnsentRows(Status.NOT_SENT, stopped.code or "", stopped.message)


def reporter_of(terms: Terms, ledger: Ledger, loaded: LoadedMapping, run: Run) -> Reporter:
    """Return who writes a run's files: where the command says, else where they were before."""
    return Reporter(
        ledger,
        out=terms.out or (Path(run.out) if run.out else None),
        results_delimiter=terms.results_delimiter,
        group_readable=terms.group_readable,
        tolerate=loaded.mapping.tolerate,
        stop=terms.stop,
    )
