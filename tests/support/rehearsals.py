"""The runner with fakes: an in-memory journal, a scripted service, a virtual clock."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from virtual_time import now, run_virtually, stall

from bulk_update import events
from bulk_update.errors import LedgerError
from bulk_update.exits import RunEnd
from bulk_update.plan import Guards
from bulk_update.policy import RefusalStreaks
from bulk_update.records import Attempt, BodyKind, Issue, Outcome, RecordUpdate, Reply, RunHistory
from bulk_update.runner import Clock, StopSignal, Supervisor, WorkerPool

Script = Callable[[int, int], Reply]
"""The service's reply to a row's n-th attempt (from 1)."""

Connects = Callable[[int], Reply | None]
"""The result of the n-th connection attempt (from 1); None: it succeeds."""

COMMIT_SECONDS = 0.002


def reply_with(
    status: int,
    *,
    words: str = "",
    retry_after: float | None = None,
    body: BodyKind = BodyKind.EMPTY,
) -> Reply:
    return Reply(
        may_have_been_sent=True,
        status=status,
        code=f"http-{status}",
        params={"words": words},
        retry_after_seconds=retry_after,
        body=body,
    )


OK = reply_with(204)
LOST = Reply(may_have_been_sent=True, status=None, code="timeout", params={"seconds": 30.0})
UNREACHABLE = Reply(
    may_have_been_sent=False,
    status=None,
    code="unreachable",
    params={"host": "acme.thulium.com", "port": 443},
)


def always(reply: Reply) -> Script:
    return lambda _number, _attempt: reply


def in_turn(*replies: Reply) -> Script:
    """Give a row's attempts these replies in turn, then repeat the last one."""
    return lambda _number, attempt: replies[min(attempt, len(replies)) - 1]


ACCEPTS = always(OK)
NO_GUARDS = Guards()
NO_HISTORY = RunHistory()
SIGNAL = RunEnd(130, (Issue("signal", {"signal": "SIGINT"}),))


def update(number: int) -> RecordUpdate:
    return RecordUpdate(1 << 32 | number, number, "00001", f"id{number}", b'{"status_id":"3"}')


def updates(count: int) -> list[RecordUpdate]:
    return [update(number) for number in range(2, count + 2)]


@dataclass(frozen=True)
class Event:
    """Something that happened to a row, and the virtual time in seconds."""

    what: str
    number: int
    at: float


@dataclass(frozen=True)
class Crowd:
    """A service that handles a number of requests at once, and its reply to any more."""

    most: int
    reply: Reply


@dataclass
class Line:
    """A connection to the stage. It closes if nothing is written within a given time."""

    stage: Stage
    closes_at: float

    @property
    def is_ready(self) -> bool:
        return now() < self.closes_at

    async def send(self, update: RecordUpdate) -> Reply:
        assert self.is_ready
        self.stage.open_lines -= 1
        return await self.stage.send(update)

    def release(self) -> None:
        self.stage.open_lines -= 1

    def reply_if_closed(self) -> Reply:
        return UNREACHABLE


@dataclass
class Stage:
    """Journal and service in one, so that both write to the same list of events."""

    script: Script
    latency: Callable[[int], float]
    crowd: Crowd | None = None
    fails_at_intent: int | None = None
    connects: Connects = lambda _: None
    handshake: Callable[[], float] = lambda: 0.0
    line_stays: float = math.inf
    connections: int = 0
    open_lines: int = 0
    most_open_lines: int = 0
    events: list[Event] = field(default_factory=list)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    attempts: dict[int, int] = field(default_factory=dict)
    intents: dict[int, int] = field(default_factory=dict)
    open_rows: set[int] = field(default_factory=set)
    most_open: int = 0
    in_flight: int = 0
    most_in_flight: int = 0

    def note(self, what: str, number: int) -> None:
        self.events.append(Event(what, number, now()))

    async def record_intent(self, row_id: int) -> Attempt:
        number = row_id & 0xFFFFFFFF
        attempt_id = len(self.intents) + 1
        if attempt_id == self.fails_at_intent:
            raise LedgerError("the disk is full")
        self.intents[attempt_id] = number
        self.note("intent", number)
        await asyncio.sleep(COMMIT_SECONDS)
        self.note("durable", number)
        self.open_rows.add(number)
        self.most_open = max(self.most_open, len(self.open_rows))
        return Attempt(attempt_id, round(now() * 1e6))

    def record_reply(self, attempt: Attempt) -> None:
        self.note("response", self.intents[attempt.attempt_id])

    def withdraw(self, attempt: Attempt) -> None:
        number = self.intents[attempt.attempt_id]
        self.note("withdraw", number)
        self.open_rows.discard(number)

    def record_outcome(self, outcome: Outcome) -> None:
        number = outcome.row_id & 0xFFFFFFFF
        self.note("outcome", number)
        self.open_rows.discard(number)
        self.outcomes[number] = outcome

    def open_channel(self) -> None:
        return None

    async def connect(self) -> Line | Reply:
        self.connections += 1
        reply = self.connects(self.connections)
        if seconds := self.handshake():
            await asyncio.sleep(seconds)
        if reply is not None:
            return reply
        self.open_lines += 1
        self.most_open_lines = max(self.most_open_lines, self.open_lines)
        return Line(self, now() + self.line_stays)

    async def send(self, update: RecordUpdate) -> Reply:
        number = update.number
        self.note("send", number)
        self.attempts[number] = self.attempts.get(number, 0) + 1
        if self.crowd and self.in_flight >= self.crowd.most:
            self.note("refused", number)
            reply = self.crowd.reply
        else:
            reply = self.script(number, self.attempts[number])
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self.latency(self.in_flight))
        finally:
            self.in_flight -= 1
        return reply

    def seconds_of(self, what: str) -> list[float]:
        return [event.at for event in self.events if event.what == what]

    def numbers_of(self, what: str) -> list[int]:
        return [event.number for event in self.events if event.what == what]

    def ends(self) -> dict[int, str]:
        """Return each settled row's outcome and code: `failed http-503`."""
        return {
            number: f"{outcome.status} {outcome.code}".strip()
            for number, outcome in sorted(self.outcomes.items())
        }


@dataclass(frozen=True)
class Rehearsal:
    """How to run; `stop_after` requests a stop at a virtual time in seconds."""

    script: Script = ACCEPTS
    latency: Callable[[int], float] = lambda _in_flight: 0.05
    rate: float | None = None
    workers: int = 4
    retries: int = 4
    patience: float = 60.0
    guards: Guards = NO_GUARDS
    stop_after: float | None = None
    end: RunEnd = SIGNAL
    crowd: Crowd | None = None
    stalls: tuple[tuple[float, float], ...] = ()
    """When the machine stalls, and for how long."""
    fails_at_intent: int | None = None
    random: float = 0.5
    connects: Connects = lambda _: None
    handshake: Callable[[], float] = lambda: 0.0
    line_stays: float = math.inf
    history: RunHistory = NO_HISTORY
    wall_clock: Callable[[float], float] = lambda seconds: seconds
    """The time of day, in seconds since the epoch, by that of the loop."""

    def of(self, rows: Iterable[RecordUpdate]) -> Result:
        stage = Stage(
            self.script,
            self.latency,
            self.crowd,
            self.fails_at_intent,
            self.connects,
            self.handshake,
            self.line_stays,
        )
        happened: list[events.Event] = []
        return run_virtually(self._run(stage, list(rows), happened))

    async def _run(
        self, stage: Stage, rows: list[RecordUpdate], happened: list[events.Event]
    ) -> Result:
        stop_signal = StopSignal()
        runner = WorkerPool(
            iter(rows),
            sender=stage,
            journal=stage,
            supervisor=Supervisor(
                guards=self.guards,
                patience_seconds=self.patience,
                streaks=RefusalStreaks(self.history),
                started_at=now(),
            ),
            stop_signal=stop_signal,
            clock=Clock(now, lambda: round(self.wall_clock(now()) * 1e6), lambda: self.random),
            rate=self.rate,
            workers=self.workers,
            retries=self.retries,
            on_event=happened.append,
        )
        if self.stop_after is not None:
            asyncio.get_running_loop().call_later(self.stop_after, stop_signal.request, self.end)
        for at, seconds in self.stalls:
            asyncio.get_running_loop().call_later(at, stall, seconds)
        stop = await runner.run()
        untouched = [row.number for row in rows if row.number not in stage.attempts]
        return Result(stage, stop, happened, now(), untouched)


@dataclass(frozen=True)
class Result:
    """The events, why the run ended, and the rows that were not sent."""

    stage: Stage
    end: RunEnd | None
    happened: list[events.Event]
    seconds: float
    untouched: list[int]

    @property
    def settled(self) -> list[Outcome]:
        """The outcomes, in the order in which the rows were settled."""
        return [event.outcome for event in self.happened if isinstance(event, events.RowSettled)]
