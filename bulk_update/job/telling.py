"""Telling people and monitoring services how a command ended, after its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from bulk_update.errors import BulkUpdateError, LedgerError, UsageError
from bulk_update.events import Events, Notice
from bulk_update.job.environment import now_us
from bulk_update.job.ledger_place import LedgerPlace
from bulk_update.job.report import Report
from bulk_update.job.standing import Subject
from bulk_update.job.store import Store
from bulk_update.ledger import Told
from bulk_update.records import Issue, Param
from bulk_update.stop_request import StopRequest
from bulk_update.telling.changes import News, NotifyOn, Standing, news_of
from bulk_update.telling.delivery import TOTAL_SECONDS, deliver, faults_of, require_apprise
from bulk_update.telling.message import Facts, Message, RowReason, body_of, message_of
from bulk_update.telling.notification import Kind, Notification
from bulk_update.telling.ping import Pinger, host_of
from bulk_update.telling.recipient import Recipient, recipients_of
from bulk_update.telling.redaction import scheme_of
from bulk_update.telling.wishes import Wishes

_BUSY_SECONDS = 2.0
"""How long to wait for another program that is writing to the ledger."""


@dataclass(slots=True)
class Teller:
    """Tells how one command ended. Nothing here changes its exit code."""

    wishes: Wishes
    events: Events
    stop: StopRequest
    place: LedgerPlace
    group_readable: bool = False
    _recipients: tuple[Recipient, ...] = field(default=(), init=False, repr=False)
    _pinger: Pinger | None = field(default=None, init=False, repr=False)

    def prepare(self) -> None:
        """Check the URLs, before anything is sent.

        Raises UsageError if one cannot be used. All others are told how the command ended, of that
        refusal too.
        """
        refusals = [*self._prepare_ping(), *self._prepare_notifications()]
        if refusals:
            raise UsageError(*refusals)

    def _prepare_ping(self) -> Iterator[Issue]:
        if self.wishes.ping is None:
            return
        url = self.wishes.ping.get_secret_value().strip()
        try:
            host_of(url, said_in=self.wishes.ping_from)
        except UsageError as error:
            yield from error.issues
        else:
            self._pinger = Pinger(url)

    def _prepare_notifications(self) -> Iterator[Issue]:
        if not self.wishes.urls:
            return
        urls = tuple(url.get_secret_value().strip() for url in self.wishes.urls)
        try:
            require_apprise()
            with self.stop.interruptible():
                faults = faults_of(urls)
        except UsageError as error:
            yield from error.issues
            return
        self._recipients = tuple(
            recipient for index, recipient in enumerate(recipients_of(urls)) if index not in faults
        )
        yield from self._refusals(urls, faults)

    def _refusals(self, urls: Sequence[str], faults: dict[int, str]) -> Iterator[Issue]:
        for index, fault in sorted(faults.items()):
            params: dict[str, Param] = {
                "option": self.wishes.urls_from,
                "number": index + 1,
                "count": len(urls),
                "fault": fault,
                "scheme": scheme_of(urls[index]),
            }
            yield Issue("usage", params, "notify-url-scheme" if params["scheme"] else "notify-url")

    def run_began(self, run_id: str) -> None:
        """Tell the monitoring service that a run has begun, without waiting."""
        if self._pinger:
            self._pinger.start(run_id)

    def tell(self, facts: Facts, subject: Subject) -> list[Notification]:
        """Tell what is news to whom it is news; return what became of it, within ten seconds.

        What was told is recorded only if it was delivered. Until then it stays news.
        """
        deadline = time.monotonic() + TOTAL_SECONDS
        is_urgent = _another_request(self.stop)
        pinged = self._ping(facts, deadline=deadline, is_urgent=is_urgent)
        notified = self._notify(facts, subject, deadline=deadline, is_urgent=is_urgent)
        found = [*notified, *pinged()]
        for each in found:
            if each.fault:
                params: dict[str, Param] = {"target": each.target, "fault": each.fault}
                variant = "ping" if each.kind is Kind.PING else ""
                self.events.on_event(Notice(Issue("not-notified", params, variant)))
        return found

    def _ping(
        self, facts: Facts, *, deadline: float, is_urgent: Callable[[], bool]
    ) -> Callable[[], list[Notification]]:
        """Begin to ping; return a function that waits for the result."""
        pinger = self._pinger
        if pinger is None:
            return list
        found: list[Notification] = []

        def ping() -> None:
            exit_code = facts.standing.exit_code
            fault = pinger.finish(exit_code, body_of(facts), deadline=deadline, is_urgent=is_urgent)
            found.append(Notification(Kind.PING, host_of(pinger.url), fault))

        thread = threading.Thread(target=ping, daemon=True)
        thread.start()

        def wait() -> list[Notification]:
            thread.join()
            return found

        return wait

    def _notify(
        self, facts: Facts, subject: Subject, *, deadline: float, is_urgent: Callable[[], bool]
    ) -> list[Notification]:
        if not self._recipients:
            return []
        with ExitStack() as stack:
            store = self._store(stack)
            due = {
                recipient: (news, message_of(news, facts))
                for recipient in self._recipients
                if (news := self._news(store, facts.standing, subject, recipient))
            }
            faults = self._deliver(due, deadline=deadline, is_urgent=is_urgent)
            told = [recipient for recipient in due if faults[recipient] is None]
            if store and not subject.is_no_news:
                self._record(store, facts.standing, subject, told)
        return [Notification(Kind.NOTIFY, each.name, faults[each]) for each in due]

    def _store(self, stack: ExitStack) -> Store | None:
        """Return the ledger; None, with a notice, if it cannot be used: then all is news."""
        try:
            return stack.enter_context(
                self.place.opened(
                    group_readable=self.group_readable, patience_seconds=_BUSY_SECONDS
                )
            )
        except BulkUpdateError as error:
            self._untold(error)
            return None

    def _news(
        self, store: Store | None, now: Standing, subject: Subject, recipient: Recipient
    ) -> News | None:
        notify_on = self.wishes.notify_on
        if subject.is_no_news and notify_on is NotifyOn.CHANGE:
            return None
        try:
            told = store and store.tellings.last(
                subject.names, kind=subject.kind, target=recipient.key
            )
        except LedgerError:
            told = None
        return news_of(now, told=Standing(*told) if told else None, notify_on=notify_on)

    def _deliver(
        self,
        due: dict[Recipient, tuple[News, Message]],
        *,
        deadline: float,
        is_urgent: Callable[[], bool],
    ) -> dict[Recipient, Issue | None]:
        if not due:
            return {}
        faults = deliver(
            [recipient.url for recipient in due],
            list(due.values()),
            is_urgent=is_urgent,
            seconds=max(0.0, deadline - time.monotonic()),
        )
        return dict(zip(due, faults, strict=True))

    def _record(
        self, store: Store, now: Standing, subject: Subject, told: Sequence[Recipient]
    ) -> None:
        try:
            for recipient in told:
                store.tellings.record(
                    subject.names,
                    kind=subject.kind,
                    target=recipient.key,
                    told=Told(*now),
                    told_at_us=now_us(),
                )
        except LedgerError as error:
            self._untold(error)

    def _untold(self, error: BulkUpdateError) -> None:
        self.events.on_event(Notice(Issue("untold", {"fault": error.issues[0]})))


def row_reasons(report: Report) -> tuple[RowReason, ...]:
    """Return the reasons of a run's rows without their cells, the most frequent first."""
    frequent = sorted(report.reasons, key=lambda each: -each.rows)
    found = (RowReason(each.code, each.reason.columns) for each in frequent)
    return tuple(dict.fromkeys(found))


def _another_request(stop: StopRequest) -> Callable[[], bool]:
    """Return whether a stop was requested since now, or urgently before."""
    before = stop.cause
    return lambda: stop.is_urgent if before else stop.cause is not None
