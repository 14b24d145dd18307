"""The main job: check, ask, send; or continue what was left unfinished."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from urllib.parse import urlsplit

from bulk_update.client import Connection, ThuliumClient, parse_proxy, proxy_from_environment
from bulk_update.closing import WELL, Ending
from bulk_update.credentials import password_of
from bulk_update.errors import ConsentError, LedgerError, UsageError
from bulk_update.job.checking import guard_ending
from bulk_update.job.observing import Observer, Target
from bulk_update.job.planning import (
    Planned,
    Planner,
    current_user,
    guards_of,
    identity_of,
    now_us,
    plan_of,
    trip_of,
)
from bulk_update.job.reporting import Report, Reporter, Waiting
from bulk_update.job.request import (
    LoadedMapping,
    Request,
    base_url_of,
    delivery_of,
    load,
    readable_file,
)
from bulk_update.job.sending import Sending
from bulk_update.ledger import Holder, Ledger, RunState, sending_lock
from bulk_update.plan import Plan
from bulk_update.readers import Fingerprint, fingerprint
from bulk_update.records import Status
from bulk_update.results import utc_text

NO_CONSENT = Ending(2, "no-consent", "nobody agreed to the plan: nothing was sent")


def run(request: Request, observer: Observer) -> Report:
    """Check a file and send what changes; continues an unfinished run of the same identity.

    Raises BulkUpdateError where there is nothing to report.
    """
    loaded = load(request)
    connection = connection_of(request, loaded)
    file = fingerprint(readable_file(request.file))
    folder = request.settings.state_folder
    with Ledger(folder, group_readable=request.group_readable) as ledger:
        holder = Holder(os.getpid(), platform.node(), current_user(), utc_text(now_us()))
        with sending_lock(folder, holder, wait_seconds=request.wait_seconds):
            job = _Running(request, loaded, ledger, observer, file, connection)
            return job.report()


def connection_of(request: Request, loaded: LoadedMapping) -> Connection:
    """Return how to reach the system.

    Raises UsageError that says which setting is missing.
    """
    settings = request.settings
    base_url = base_url_of(settings, loaded.mapping)
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
        parse_proxy(settings.proxy.get_secret_value())
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
class _Running:
    request: Request
    loaded: LoadedMapping
    ledger: Ledger
    observer: Observer
    file: Fingerprint
    connection: Connection

    def report(self) -> Report:
        planned = self._unfinished() or self._new()
        if planned.trip:
            return self._close(planned, guard_ending(planned.trip))
        if planned.plan.to_send and not self._consented(planned.plan):
            return self._close(planned, NO_CONSENT)
        return self._close(planned, self._send(planned))

    def _new(self) -> Planned:
        planner = Planner(
            self.request,
            self.loaded,
            self.ledger,
            self.observer,
            self.file,
            self.connection.base_url,
        )
        return planner.plan("run")

    def _unfinished(self) -> Planned | None:
        """Return the unfinished run of the same identity, judged by today's guards."""
        mapping = self.loaded.mapping
        found = self.ledger.unfinished(
            identity=identity_of(mapping, self.file), base_url=self.connection.base_url
        )
        if found is None:
            return None
        self.observer.notice(f"continuing run {found.run_id}, which was left unfinished")
        self.ledger.resume(found, now_us=now_us())
        plan = plan_of(self.ledger, found.id, mapping, data_rows=found.data_rows or 0)
        return Planned(found.id, plan, trip_of(plan, guards_of(self.request, mapping)))

    def _consented(self, plan: Plan) -> bool:
        host = urlsplit(self.connection.base_url).netloc
        try:
            return self.observer.consents(plan, Target(host, self.connection.username))
        except ConsentError as error:
            self.observer.notice(str(error))
            return False

    def _send(self, planned: Planned) -> Ending:
        mapping = self.loaded.mapping
        self.ledger.update(planned.run, state=RunState.SENDING, started_at_us=now_us())
        sending = Sending(
            self.ledger,
            ThuliumClient(self.connection),
            delivery_of(self.request.settings, mapping),
            guards_of(self.request, mapping),
            mapping.field_names,
            limit=self.request.limit,
        )
        try:
            with self.observer.sending(planned.plan.to_send) as meter:
                stop = sending.send(self.ledger.run(planned.run), meter)
        except LedgerError as error:
            return Ending(error.exit_code, error.reason, str(error))
        except Exception as error:  # noqa: BLE001 - a bug: the rows still get their results
            self.observer.bug(error)
            return Ending(70, "bug", f"a bug in bulk-update: {error!r}; nothing is lost")
        return Ending(stop.exit_code, stop.code, stop.message) if stop else WELL

    def _close(self, planned: Planned, stopped: Ending) -> Report:
        """Put the run's end on record and write its files."""
        left = self.ledger.count_to_send(planned.run)
        held_back = left and stopped is WELL and self.request.limit is not None
        code = "limit" if held_back else stopped.reason or ""
        message = "held back by --limit" if held_back else stopped.message
        self.ledger.update(
            planned.run,
            state=RunState.UNFINISHED if left else RunState.FINISHED,
            finished_at_us=now_us(),
            stop_code=code,
            stop_message=message,
        )
        reporter = Reporter(
            self.ledger,
            out=self.request.out,
            results_delimiter=self.request.results_delimiter,
            group_readable=self.request.group_readable,
            tolerate=self.loaded.mapping.tolerate,
        )
        report = reporter.report(
            self.ledger.run(planned.run),
            planned.plan,
            waiting=Waiting(Status.NOT_SENT, code, message),
            stopped=stopped,
            finished_at_us=now_us(),
        )
        self.ledger.update(planned.run, exit_code=report.ending.exit_code)
        return report
