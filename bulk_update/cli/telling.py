"""Who is told how a command ended, according to its options, the environment and the mapping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from bulk_update.cli.ending import Ending
from bulk_update.errors import LedgerError, MappingError
from bulk_update.events import Event, Events, Notice, RunBegan
from bulk_update.job.environment import now_us, this_process
from bulk_update.job.report import Report, with_notifications
from bulk_update.job.request import load_file
from bulk_update.language import speaking
from bulk_update.messages import sentence_of
from bulk_update.records import Issue, Param, SourceOptions
from bulk_update.results import Told
from bulk_update.settings import PREFIX, TellingSettings
from bulk_update.stop_request import StopRequest
from bulk_update.telling.changes import NotifyOn, Standing, says_nothing
from bulk_update.telling.message import Facts
from bulk_update.telling.notification import Notification
from bulk_update.telling.wishes import Wishes

if TYPE_CHECKING:  # it imports httpx, which a check without pings does not need
    from bulk_update.job.standing import Subject
    from bulk_update.job.telling import Teller

_SETTINGS = ("state", "ledger", "base_url")

_KINDS = {"check": "check", "undo": "undo"}
"""Kinds of commands that do not change how the sending of a job stands."""


class Telling:
    """Follows one command: it is prepared before anything is sent, and tells how it ended."""

    def __init__(
        self, given: dict[str, Any], *, command: str, events: Events, stop: StopRequest
    ) -> None:
        self._given = given
        self._command = command
        self._events = events
        self._stop = stop
        self._teller: Teller | None = None
        self._base_url: str | None = None

    def prepare(self) -> None:
        """Read what is asked for, and check it. Raises UsageError for a URL that cannot be used."""
        said = {name: self._given[name] for name in _SETTINGS if self._given.get(name)}
        settings = TellingSettings(**said)
        self._base_url = settings.base_url
        wishes = _wishes_of(self._given, settings, command=self._command)
        if not wishes:
            return
        from bulk_update.job.ledger_place import ledger_place
        from bulk_update.job.telling import Teller

        self._warn_of_visible_urls()
        self._teller = Teller(
            wishes,
            self._events,
            self._stop,
            place=ledger_place(settings),
            group_readable=self._given["group_readable"],
        )
        self._teller.prepare()

    def _warn_of_visible_urls(self) -> None:
        visible = {"--notify": self._given["notify_urls"], "--ping": self._given["ping"]}
        options = tuple(option for option, value in visible.items() if value)
        if options:
            variables = tuple(PREFIX + option.removeprefix("--").upper() for option in options)
            params: dict[str, Param] = {"options": options, "variables": variables}
            self._events.on_event(Notice(Issue("visible-url", params)))

    def on_event(self, event: Event) -> None:
        """Tell the monitoring service that a run begins."""
        if isinstance(event, RunBegan) and self._teller:
            self._base_url = event.base_url or self._base_url
            self._teller.run_began(event.run_id)

    def follow(self, ending: Ending) -> Ending:
        """Tell how the command ended; return the ending with what became of it."""
        if self._teller is None:
            return ending
        job = ending.job or _job_in(self._given.get("mapping_path"))
        facts = self._facts(ending, job or Path(ending.mapping_path).name)
        found = self._teller.tell(facts, _subject_of(ending, job, system=facts.system))
        notifications = list(map(_told, found))
        return replace(
            ending,
            notifications=notifications,
            report=ending.report and self._noted(ending.report, notifications),
        )

    def _facts(self, ending: Ending, job: str) -> Facts:
        from bulk_update.job.standing import system_of
        from bulk_update.job.telling import row_reasons

        report = ending.report
        summary = report.summary if report else None
        files = list(summary.files.values()) if summary else []
        return Facts(
            command=ending.command,
            job=job,
            system=system_of(self._base_url),
            host=this_process()["host"],
            standing=Standing(ending.exit_code, ending.end.code or ""),
            counts=summary.outcomes if summary else {},
            reasons=row_reasons(report) if report else (),
            file=(summary and summary.input_path) or ending.input_path,
            run_id=ending.run_id or self._given.get("run_id") or "",
            folder=str(files[0].parent.absolute()) if files else "",
        )

    def _noted(self, report: Report, notifications: Sequence[Told]) -> Report:
        """Return the report with its notifications, and add them to its file."""
        try:
            return with_notifications(report, notifications)
        except LedgerError as error:
            path = str(next(iter(report.summary.files.values())))
            params: dict[str, Param] = {"path": path, "fault": error.issues[0]}
            self._events.on_event(Notice(Issue("no-summary", params)))
            summary = replace(report.summary, notifications=notifications)
            return replace(report, summary=summary)


def _wishes_of(given: dict[str, Any], settings: TellingSettings, *, command: str) -> Wishes:
    """Return what is to be told: the option's wish, else the environment's, else the mapping's."""
    if "notify_urls" not in given:  # a command that neither plans nor sends
        return Wishes()
    urls, urls_from = tuple(map(SecretStr, given["notify_urls"])), "--notify"
    if not urls and settings.notify:
        words = settings.notify.get_secret_value().split()
        urls, urls_from = tuple(map(SecretStr, words)), f"{PREFIX}NOTIFY"
    if not urls and command != "check":
        urls, urls_from = _mapped(given.get("mapping_path")), "notify"
    ping = given.get("ping")
    return Wishes(
        urls=urls,
        urls_from=urls_from,
        notify_on=NotifyOn(given["notify_on"]),
        ping=SecretStr(ping) if ping else settings.ping,
        ping_from="--ping" if ping else f"{PREFIX}PING",
    )


def _mapped(path: Path | None) -> tuple[SecretStr, ...]:
    """Return the URLs of a mapping; the command itself says if it cannot be read."""
    try:
        if path is None or b"notify" not in path.read_bytes():
            return ()
        return load_file(path, SourceOptions()).mapping.notify
    except (OSError, MappingError):
        return ()


def _job_in(path: Path | None) -> str:
    """Return the job of a mapping that the command did not come to read; empty if it cannot be."""
    try:
        return load_file(path, SourceOptions()).mapping.name if path else ""
    except MappingError:
        return ""


def _subject_of(ending: Ending, job: str, *, system: str) -> Subject:
    from bulk_update.job.standing import Subject, names_of

    path = str(Path(ending.mapping_path).absolute()) if ending.mapping_path else ""
    return Subject(
        names=names_of(job, path, system=system),
        kind=_KINDS.get(ending.command, "sending"),
        is_no_news=_found_nothing(ending) or says_nothing(ending.end.reasons, now_us=now_us()),
    )


def _found_nothing(ending: Ending) -> bool:
    """Return whether a retry had no rows to send; others of its run may still need a person."""
    outcomes = ending.report.summary.outcomes if ending.report else {}
    return ending.command == "retry" and ending.exit_code == 0 and not any(outcomes.values())


def _told(found: Notification) -> Told:
    with speaking("en"):  # it is for summary.json
        reason = sentence_of(found.fault) if found.fault else None
    return {"kind": found.kind, "target": found.target, "ok": reason is None, "reason": reason}
