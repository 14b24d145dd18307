"""How far a command is that the page has started: from the ledger, and from the command's events.

Numbers of rows come from the ledger, which is right whatever happens to the command. Its events say
what it is doing and why it waits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bulk_update.job.environment import now_us
from bulk_update.job.inspect import RunProgress
from bulk_update.language import gettext as _
from bulk_update.messages import duration, number, sentence_of
from bulk_update.printable import printable
from bulk_update.records import Status
from bulk_update.web.sending import Command, Verb

_RECENT_SECONDS = 45.0
"""How long the rate that a command has said counts as the present one."""

_SHOWN = (
    Status.UPDATED,
    Status.REJECTED,
    Status.FAILED,
    Status.IN_DOUBT,
    Status.SUPERSEDED,
    Status.UNCHANGED,
)
"""The outcomes that change while rows are sent."""


class Phase(StrEnum):
    """What a command is doing."""

    STARTING = "starting"
    WAITING = "waiting"
    """Another run is sending from the same ledger."""
    READING = "reading"
    """It reads what the records show, before or after sending."""
    SENDING = "sending"
    STOPPING = "stopping"
    ENDED = "ended"
    DIED = "died"
    """Its process is gone, and has not said how it ended."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a command is.

    `total` is how many rows it sends, and None until that is known; `seconds_left` is an estimate.
    `waits` are the reasons why nothing is sent now. `ended` is the event of its end.
    """

    phase: Phase
    done: int = 0
    total: int | None = None
    outcomes: tuple[tuple[str, int], ...] = ()
    rate: float | None = None
    seconds_left: float | None = None
    waits: tuple[str, ...] = ()
    ended: Mapping[str, Any] | None = None
    last_words: str = ""

    @property
    def is_over(self) -> bool:
        """Whether the command has ended."""
        return self.phase in {Phase.ENDED, Phase.DIED}

    @property
    def percent(self) -> int:
        """How much is done; less than 100 until everything is."""
        return self.done * 100 // self.total if self.total else 0

    @property
    def sentence(self) -> str:
        """What the command is doing, for people who do not see the bar."""
        if self.phase is Phase.SENDING and self.total:
            said = _("{done} of {total} sent, {percent} %").format(
                done=number(self.done), total=number(self.total), percent=self.percent
            )
            if self.seconds_left is not None:
                left = duration(self.seconds_left)
                said = _("{said}, about {left} left").format(said=said, left=left)
            return said
        if self.phase is Phase.ENDED and self.total:
            return _("{done} of {total} sent").format(
                done=number(self.done), total=number(self.total)
            )
        return _sentences()[self.phase]


def progress_of(command: Command, standing: RunProgress, *, is_running: bool) -> Progress:
    """Return how far a command is.

    `standing` is what the ledger says of its run. `is_running` must have been asked before, so that
    neither its last event nor its last row is missed when it has ended.
    """
    seen = _Seen.of(command.events())
    if command.errand.verb is not Verb.APPLY:
        return _without_numbers(command, seen, standing, is_running=is_running)
    if not is_running:
        phase = Phase.ENDED if seen.ended else Phase.DIED
        return _numbers(seen, standing, phase, last_words=command.last_words())
    if command.is_stopping:
        return _numbers(seen, standing, Phase.STOPPING)
    if not seen.has_begun:
        return _before_beginning(command, standing)
    phase = Phase.SENDING if seen.stage == "sending" else Phase.READING
    return _numbers(seen, standing, phase, waits=tuple(seen.waits()))


def _before_beginning(command: Command, standing: RunProgress) -> Progress:
    holder = standing.lock_holder
    if holder is None or command.pid == holder.params.get("pid"):
        return Progress(Phase.STARTING)
    return Progress(Phase.WAITING, waits=(_capital(sentence_of(holder)),))


def _without_numbers(
    command: Command, seen: _Seen, standing: RunProgress, *, is_running: bool
) -> Progress:
    """Return how far a command is that sends nothing: it only reads records and plans."""
    if not is_running:
        phase = Phase.ENDED if seen.ended else Phase.DIED
        return Progress(phase, ended=seen.ended, last_words=command.last_words())
    if command.is_stopping:
        return Progress(Phase.STOPPING)
    if not seen.has_begun:
        return _before_beginning(command, standing)
    return Progress(Phase.READING, waits=tuple(seen.waits()))


def _numbers(
    seen: _Seen,
    standing: RunProgress,
    phase: Phase,
    *,
    waits: tuple[str, ...] = (),
    last_words: str = "",
) -> Progress:
    done = 0 if seen.total is None else max(0, seen.total - standing.left_to_send)
    rate = seen.rate(done)
    is_sending = phase is Phase.SENDING
    return Progress(
        phase,
        done=done,
        total=seen.total,
        outcomes=tuple((str(each), standing.counts[each]) for each in _SHOWN),
        rate=rate if is_sending else None,
        seconds_left=standing.left_to_send / rate if is_sending and rate else None,
        waits=waits,
        ended=seen.ended,
        last_words=last_words,
    )


@dataclass(frozen=True, slots=True)
class _Heartbeat:
    """What a command says from time to time while it sends."""

    said_at: float
    rate: float
    pause_seconds: float

    @property
    def age_seconds(self) -> float:
        return now_us() / 1e6 - self.said_at


@dataclass(slots=True)
class _Seen:
    """What the events of a command have said so far."""

    has_begun: bool = False
    stage: str = ""
    total: int | None = None
    sending_since: float | None = None
    heartbeat: _Heartbeat | None = None
    is_available: bool = True
    ended: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, events: Iterable[Mapping[str, Any]]) -> _Seen:
        seen = cls()
        for event in events:
            with suppress(KeyError, TypeError, ValueError):  # it is none of ours
                seen.see(event)
        return seen

    def see(self, event: Mapping[str, Any]) -> None:
        match event["event"]:
            case "run.started":
                self.has_begun = True
            case "plan":
                self.total = int(event["to_send"])
            case "sending.started":
                self.stage, self.sending_since = "sending", _seconds(event)
            case "snapshot.started" | "verifying.started" as name:
                self.stage = name.partition(".")[0]
            case "sending":
                self.heartbeat = _Heartbeat(
                    _seconds(event),
                    _finite(event["rate_per_second"]),
                    _finite(event["pause_seconds"]),
                )
                self.is_available = bool(event["is_available"])
            case "service.available" | "service.unavailable" as name:
                self.is_available = name == "service.available"
            case "run.ended":
                known = {name: event.get(name) for name in ("message", "hint", "outcomes")}
                self.ended = {**known, "exit_code": int(event["exit_code"])}

    def rate(self, done: int) -> float | None:
        """Return the rows or requests per second, as last said or on average."""
        if self.heartbeat and self.heartbeat.age_seconds < _RECENT_SECONDS:
            return self.heartbeat.rate
        seconds = 0.0 if self.sending_since is None else now_us() / 1e6 - self.sending_since
        return done / seconds if seconds > 1 else None

    def waits(self) -> Iterable[str]:
        if not self.is_available:
            yield _("The service is unavailable. Rows are tried again until it answers.")
        found = self.heartbeat
        if found and found.pause_seconds and (left := found.pause_seconds - found.age_seconds) > 0:
            yield _("The service asked to wait for {duration}.").format(duration=duration(left))


def _seconds(event: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(str(event["ts"])).timestamp()


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def _capital(text: str) -> str:
    return printable(text[:1].upper() + text[1:])


def _sentences() -> dict[Phase, str]:
    return {
        Phase.STARTING: _("Starting"),
        Phase.WAITING: _("Waiting for another run to end"),
        Phase.READING: _("Reading what the records show"),
        Phase.SENDING: _("Sending"),
        Phase.STOPPING: _("Stopping after the rows on their way"),
        Phase.ENDED: _("Ended"),
        Phase.DIED: _("Interrupted"),
    }
