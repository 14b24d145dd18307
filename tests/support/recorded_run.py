"""A small run, staged and sent for real, with what the server saw noted between the writes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from words import verbatim

from bulk_update.events import Event, RowSettled
from bulk_update.journal import Journal
from bulk_update.ledger import InvocationEnd, Ledger, NewRun, Run
from bulk_update.plan import Guards
from bulk_update.policy import RefusalStreaks
from bulk_update.records import MappedChunk, Outcome, RecordUpdate, Reply, Status
from bulk_update.runner import Clock, StopSignal, Supervisor, WorkerPool

ROWS = range(2, 16)
WORKERS = 3
INVALID = 5
"""The number of a row that the mapping refused."""

_NO_STATUS = verbatim("not-in-lookup", "no such status")
_LOST = Reply(may_have_been_sent=True, status=None, code="timeout")


@dataclass(frozen=True, slots=True)
class Received:
    """The server got a request for this row."""

    number: int


@dataclass(frozen=True, slots=True)
class Responded:
    """The server responded to this row's request; the response may or may not have been read."""

    number: int
    status: int | None


def replies(number: int, attempt: int) -> Reply:
    """Take most rows; refuse one, lose one response, fail one for ever and one for a moment."""
    match number, attempt:
        case 8, _:
            return _reply(409)
        case 9, 1:
            return _LOST
        case 11, _:
            return _reply(500)
        case 12, 1:
            return _reply(500)
        case _:
            return _reply(204)


def _reply(status: int) -> Reply:
    return Reply(may_have_been_sent=True, status=status, code=f"http-{status}")


ENDS = {
    number: {INVALID: Status.INVALID, 8: Status.REJECTED, 11: Status.FAILED}.get(
        number, Status.UPDATED
    )
    for number in ROWS
}
"""How every row ends when nothing is in the way."""


class Service:
    """The other side: its `note` hears of every request and every response."""

    def __init__(
        self,
        note: Callable[[object], None],
        reply: Callable[[int, int], Reply] = replies,
    ) -> None:
        self._note = note
        self._reply = reply
        self._attempts: dict[int, int] = {}

    def open_channel(self) -> None:
        return None

    async def connect(self) -> Service:
        return self

    @property
    def is_ready(self) -> bool:
        return True

    def release(self) -> None:
        pass

    def reply_if_closed(self) -> Reply:
        return Reply(may_have_been_sent=False, status=None, code="unreachable")

    async def send(self, update: RecordUpdate) -> Reply:
        number = update.number
        self._note(Received(number))
        self._attempts[number] = self._attempts.get(number, 0) + 1
        reply = self._reply(number, self._attempts[number])
        await asyncio.sleep(0.001)
        self._note(Responded(number, reply.status))
        return reply


def staged(ledger: Ledger, *, run_id: str = "20260301-021500-test") -> Run:
    """Put a run with all its rows on record, as planning does."""
    key = ledger.runs.begin(replace(_NEW_RUN, run_id=run_id))
    with ledger.planning.staging(key) as stage:
        for numbers in (ROWS[:6], ROWS[6:]):
            stage(_chunk(numbers))
    ledger.planning.mark_duplicates(key, policy="error")
    ledger.runs.record_plan(key, data_rows=len(ROWS), planned_at_us=1)
    return ledger.runs.get(key)


def sent(ledger: Ledger, run: Run, service: Service) -> None:
    """Send what is left of a run and put its end on record."""
    ledger.sending.begin(run.id, now_us=3)
    asyncio.run(
        _send(ledger.sending.journal(now_us=_now_us), ledger.sending.to_send(run.id), service)
    )
    ledger.sending.close(run.id, InvocationEnd(now_us=_now_us(), stop_code="", stop_reasons=""))


async def _send(
    writer: Journal, updates: Iterator[RecordUpdate], service: Service
) -> list[Outcome]:
    happened: list[Event] = []
    async with writer as journal:
        await WorkerPool(
            updates,
            sender=service,
            journal=journal,
            supervisor=Supervisor(
                guards=Guards(), patience_seconds=60.0, streaks=RefusalStreaks(), started_at=0.0
            ),
            stop_signal=StopSignal(),
            clock=Clock(time.monotonic, _now_us, lambda: 0.0),
            rate=None,
            workers=WORKERS,
            retries=1,
            on_event=happened.append,
        ).run()
    return [event.outcome for event in happened if isinstance(event, RowSettled)]


def _now_us() -> int:
    return time.time_ns() // 1000


def _chunk(numbers: Iterable[int]) -> MappedChunk:
    rows = list(numbers)
    return MappedChunk(
        numbers=rows,
        campaign_ids=["00001"] * len(rows),
        identifiers=[f"id-{number}" for number in rows],
        cells=[f'["id-{number}", "Gdynia"]'.encode() for number in rows],
        bodies=[None if number == INVALID else '{"status_id": "3"}' for number in rows],
        fields=[None if number == INVALID else b"\x01" for number in rows],
        outcomes=[Status.INVALID if number == INVALID else None for number in rows],
        codes=["not-in-lookup" if number == INVALID else None for number in rows],
        reasons=[_NO_STATUS if number == INVALID else None for number in rows],
    )


_NEW_RUN = NewRun(
    run_id="",
    command="run",
    job="nightly",
    identity="identity",
    base_url="https://acme.thulium.test",
    mapping_path="mapping.yaml",
    mapping=b"version: 1",
    overrides="[]",
    input_path="crm.csv",
    input_sha256="0" * 64,
    header='["ID", "Miasto"]',
    delimiter=";",
    is_failed_csv=False,
    user="somebody",
    host="somewhere",
    pid=1,
    created_at_us=1,
)
