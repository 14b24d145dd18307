"""Runs in a store, made without a spreadsheet: rows as the mapping hands them over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

from words import spoken

from bulk_update.job.store import Store
from bulk_update.ledger import InvocationEnd, KnownBefore, NewRun, Run
from bulk_update.policy import outcome_of
from bulk_update.reasons import stored
from bulk_update.records import (
    Attempt,
    Issue,
    MappedChunk,
    Outcome,
    RecordUpdate,
    Reply,
    RowTest,
    Status,
)
from bulk_update.runner import Journal

ACME = "https://acme.thulium.com"
OTHER = "https://other.thulium.com"

OK = Reply(may_have_been_sent=True, status=204, code="http-204")
BUSY = Reply(
    may_have_been_sent=True, status=503, code="http-503", params={"words": "busy"}, request_id="r1"
)
REFUSED = Reply(
    may_have_been_sent=True, status=409, code="http-409", params={"words": "no such agent"}
)
NOT_FOUND = Reply(
    may_have_been_sent=True, status=404, code="http-404", params={"words": "no such record"}
)
LOST = Reply(may_have_been_sent=True, status=None, code="timeout", params={"seconds": 30.0})
UNREACHABLE = Reply(
    may_have_been_sent=False,
    status=None,
    code="unreachable",
    params={"host": "acme.thulium.com", "port": 443},
)

_names = count(1)


@dataclass(frozen=True)
class Row:
    """One row of a file: what it asks for, or why it is no request."""

    number: int
    body: bytes | None = b'{"status_id":"3"}'
    identifier: str | None = None
    outcome: str | None = None
    campaign_id: str | None = "00001"
    reasons: tuple[Issue, ...] = ()
    exported_at_us: int | None = None

    @property
    def record(self) -> str:
        return self.identifier or f"id{self.number}"


def invalid(number: int, identifier: str | None = None, *reasons: Issue) -> Row:
    """Return a row that failed validation, for these reasons or for one that does not matter."""
    return Row(number, None, identifier, "invalid", reasons=reasons)


def new_run(**changes: object) -> NewRun:
    values: dict[str, object] = {
        "run_id": f"run-{next(_names)}",
        "command": "run",
        "job": "nightly",
        "identity": "same",
        "base_url": ACME,
        "mapping_path": "m.yaml",
        "mapping": b"version: 1",
        "overrides": "{}",
        "input_path": "crm.csv",
        "input_sha256": "0" * 64,
        "header": '["ID"]',
        "delimiter": ",",
        "is_failed_csv": False,
        "user": "ana",
        "host": "here",
        "pid": 1,
        "created_at_us": 1,
    }
    return NewRun(**{**values, **changes})  # type: ignore[arg-type] # the test's own names


def _reasons(row: Row) -> tuple[Issue, ...]:
    return row.reasons or (spoken("bad-date", "no date"),)


def chunk(rows: Iterable[Row]) -> MappedChunk:
    rows = list(rows)
    return MappedChunk(
        numbers=[row.number for row in rows],
        campaign_ids=[row.campaign_id for row in rows],
        identifiers=[row.record for row in rows],
        cells=[f'["cell {row.number}"]'.encode() for row in rows],
        bodies=[None if row.body is None else row.body.decode() for row in rows],
        fields=[None if row.body is None else b"\x80" for row in rows],
        outcomes=[row.outcome for row in rows],
        codes=[row.outcome and _reasons(row)[0].code for row in rows],
        reasons=[row.outcome and stored(_reasons(row)) for row in rows],
        exported_at_us=[row.exported_at_us for row in rows],
    )


def staged(
    store: Store,
    *rows: Row,
    origin: int | None = None,
    known: KnownBefore | None = None,
    **changes: object,
) -> Run:
    """Stage rows as a new run whose plan is made."""
    key = store.runs.begin(new_run(**changes), origin=origin)
    with store.planning.staging(key, known or KnownBefore()) as stage:
        stage(chunk(rows))
    store.runs.record_plan(key, data_rows=len(rows), planned_at_us=2)
    return store.runs.get(key)


def ends(store: Store, run: Run, *, waiting: Status = Status.PLANNED) -> dict[int, str]:
    """Return each row's outcome and code, by its number: `duplicate identical`."""
    rows = store.projection(run.id, waiting=waiting).rows()
    return {row[0]: f"{row[3]} {row[4]}".strip() for row in rows}


async def deliver(journal: Journal, update: RecordUpdate, *replies: Reply) -> Outcome:
    """Make the attempts that get these replies, and settle the row."""
    attempts = list(update.earlier)
    for reply in replies:
        intent = await journal.record_intent(update.row_id)
        attempts.append(Attempt(intent.attempt_id, intent.departed_at_us, reply))
        journal.record_reply(attempts[-1])
    outcome = outcome_of(update.row_id, attempts, halted=None, finished_at_us=9)
    journal.record_outcome(outcome)
    return outcome


async def _send(store: Store, run: Run, replies: tuple[Reply, ...]) -> None:
    async with journal_of(store) as journal:
        for update in list(store.sending.to_send(run.id)):
            await deliver(journal, update, *replies)


def send(store: Store, run: Run, *replies: Reply) -> None:
    """Send what a run has to send, each row with these replies, and close the run."""
    store.sending.begin(run.id, now_us=3)
    asyncio.run(_send(store, run, replies))
    close(store, run)


def crash(
    store: Store,
    run: Run,
    *replies: Reply,
    first: RowTest | None = None,
    most: int | None = None,
) -> None:
    """Die with an intent on disk for each row, or `most` of them, after these replies."""

    async def send_in_vain() -> None:
        async with journal_of(store) as journal:
            for update in list(islice(store.sending.to_send(run.id, first=first), most)):
                for reply in replies:
                    intent = await journal.record_intent(update.row_id)
                    journal.record_reply(Attempt(intent.attempt_id, intent.departed_at_us, reply))
                await journal.record_intent(update.row_id)

    store.sending.begin(run.id, now_us=3)
    asyncio.run(send_in_vain())


def close(store: Store, run: Run, *, now_us: int = 10, exit_code: int = 0) -> None:
    end = InvocationEnd(now_us=now_us, stop_code="", stop_reasons="", exit_code=exit_code)
    store.sending.close(run.id, end)


def journal_of(store: Store) -> AbstractAsyncContextManager[Journal]:
    return store.sending.journal(now_us=count(1000).__next__)


def invocation(
    store: Store,
    run: Run,
    replies: Sequence[Reply],
    *,
    halted: str = "",
    first: RowTest | None = None,
) -> None:
    """Send a row for each reply and close; `halted` condemns all of these rows."""

    async def send() -> None:
        async with journal_of(store) as journal:
            updates = store.sending.to_send(run.id, first=first)
            for update, reply in zip(updates, replies, strict=False):
                intent = await journal.record_intent(update.row_id)
                made = Attempt(intent.attempt_id, intent.departed_at_us, reply)
                journal.record_reply(made)
                attempts = (*update.earlier, made)
                journal.record_outcome(
                    outcome_of(update.row_id, attempts, halted=halted or None, finished_at_us=9)
                )

    asyncio.run(send())
    close(store, run)


def finished(store: Store, name: str, **changes: Any) -> Run:
    """Send a run of one row, which is updated."""
    run = staged(store, Row(2), run_id=name, **changes)
    send(store, run, OK)
    return run


def names(store: Store) -> list[str]:
    """Return the ids of all runs, the latest last."""
    return [run.run_id for run in reversed(store.runs.all())]
