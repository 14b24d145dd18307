"""Runs in a ledger, made without a spreadsheet: rows as the mapping hands them over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

from bulk_update.ledger import Journal, KnownBefore, Ledger, NewRun, Run, RunState
from bulk_update.policy import outcome_of
from bulk_update.reasons import verbatim
from bulk_update.records import Attempt, MappedChunk, Outcome, RecordUpdate, Reply, Status

ACME = "https://acme.thulium.com"
OTHER = "https://other.thulium.com"

OK = Reply(may_have_been_sent=True, status=204, code="http-204")
BUSY = Reply(may_have_been_sent=True, status=503, code="http-503", message="busy", request_id="r1")
REFUSED = Reply(may_have_been_sent=True, status=409, code="http-409", message="no such agent")
LOST = Reply(may_have_been_sent=True, status=None, code="timeout", message="no answer")
UNREACHABLE = Reply(
    may_have_been_sent=False, status=None, code="unreachable", message="no connection"
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

    @property
    def record(self) -> str:
        return self.identifier or f"id{self.number}"


def invalid(number: int, identifier: str | None = None) -> Row:
    return Row(number, None, identifier, "invalid")


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
        "ours": False,
        "user": "ana",
        "host": "here",
        "pid": 1,
        "created_at_us": 1,
    }
    return NewRun(**{**values, **changes})  # type: ignore[arg-type] # the test's own names


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
        codes=[row.outcome and "bad-date" for row in rows],
        reasons=[row.outcome and verbatim("bad-date", "no date") for row in rows],
    )


def staged(
    ledger: Ledger,
    *rows: Row,
    origin: int | None = None,
    known: KnownBefore | None = None,
    **changes: object,
) -> Run:
    """Stage rows as a new run whose plan is made."""
    key = ledger.begin(new_run(**changes), origin=origin)
    with ledger.staging(key, known or KnownBefore()) as stage:
        stage(chunk(rows))
    ledger.update(key, state=RunState.PLANNED, data_rows=len(rows), planned_at_us=2)
    return ledger.run(key)


def ends(ledger: Ledger, run: Run, *, waiting: Status = Status.PLANNED) -> dict[int, str]:
    """Return each row's outcome and code, by its number: `duplicate identical`."""
    rows = ledger.projection(run.id, waiting=waiting).rows()
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


async def _send(ledger: Ledger, run: Run, replies: tuple[Reply, ...]) -> None:
    async with journal_of(ledger) as journal:
        for update in list(ledger.to_send(run.id)):
            await deliver(journal, update, *replies)


def send(ledger: Ledger, run: Run, *replies: Reply) -> None:
    """Send what a run has to send, each row with these replies, and close the run."""
    ledger.update(run.id, state=RunState.SENDING)
    asyncio.run(_send(ledger, run, replies))
    close(ledger, run)


def crash(ledger: Ledger, run: Run, *replies: Reply) -> None:
    """Die with an intent on disk for each row, after attempts with these replies."""

    async def send_in_vain() -> None:
        async with journal_of(ledger) as journal:
            for update in list(ledger.to_send(run.id)):
                for reply in replies:
                    intent = await journal.record_intent(update.row_id)
                    journal.record_reply(Attempt(intent.attempt_id, intent.departed_at_us, reply))
                await journal.record_intent(update.row_id)

    ledger.update(run.id, state=RunState.SENDING)
    asyncio.run(send_in_vain())


def close(ledger: Ledger, run: Run, *, now_us: int = 10, exit_code: int = 0) -> None:
    ledger.close(
        run.id, now_us=now_us, stop_code="", stop_message="", out=None, exit_code=exit_code
    )


def journal_of(ledger: Ledger) -> Journal:
    return ledger.journal(now_us=count(1000).__next__)
