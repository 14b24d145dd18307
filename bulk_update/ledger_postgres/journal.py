"""The run's journal: intent before the request, outcome after it.

A row is in doubt from the moment its intent is on disk until its outcome is. If the process is
killed in between, the next start sends exactly the rows that have no outcome: a PUT may be sent
twice, and is never lost.

A separate thread writes, and one commit covers everything that is waiting: the outcomes of the
last rows and the intents of the next. Entries that a task of the event loop adds without awaiting
in between, such as a reply and its outcome, are never split between two commits. Within a commit,
intents are written first, then replies, then outcomes, so that every entry refers to existing
ones.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import NamedTuple, Self

import psycopg

from bulk_update.bookkeeping.entries import outcome_entry, reasons_entry
from bulk_update.ledger_postgres.connection import Connection
from bulk_update.ledger_postgres.entries import PUT_OUTCOME
from bulk_update.ledger_postgres.postgres_errors import ledger_error
from bulk_update.ledger_postgres.sending_lock import Lease
from bulk_update.records import Attempt, Outcome

_INTENTS = """
INSERT INTO attempt (row_id, departed_at_us)
SELECT * FROM unnest(%s::bigint[], %s::bigint[]) RETURNING row_id, id
"""
_REPLY = """
UPDATE attempt SET departed_at_us = %s, answered = true, went_out = %s, http_status = %s, code = %s,
    reasons = %s, request_id = %s, body_kind = %s, elapsed_ms = %s WHERE id = %s
"""
_WITHDRAWAL = "DELETE FROM attempt WHERE id = %s"


class _Intent(NamedTuple):
    """A request that is about to be sent; `on_disk` is set to the attempt's id."""

    row_id: int
    departed_at_us: int
    on_disk: asyncio.Future[int]


@dataclass(slots=True)
class _Batch:
    """Entries waiting for the next commit."""

    intents: list[_Intent] = field(default_factory=list)
    replies: list[tuple[object, ...]] = field(default_factory=list)
    withdrawals: list[tuple[object, ...]] = field(default_factory=list)
    outcomes: list[tuple[object, ...]] = field(default_factory=list)

    def append(self, later: _Batch) -> None:
        """Add the entries of a later batch."""
        self.intents += later.intents
        self.replies += later.replies
        self.withdrawals += later.withdrawals
        self.outcomes += later.outcomes

    def write(self, connection: Connection, lease: Lease | None) -> dict[int, int]:
        """Commit the entries; return the ids of the new attempts by the keys of their rows.

        Raises LedgerError if the lease has ended.
        """
        attempts: dict[int, int] = {}
        with connection.transaction(), connection.cursor() as cursor:
            if lease is not None:
                lease.require(connection)
            if self.intents:
                columns = [
                    [intent.row_id for intent in self.intents],
                    [intent.departed_at_us for intent in self.intents],
                ]
                attempts = dict(cursor.execute(_INTENTS, columns).fetchall())
            for statement, entries in (
                (_REPLY, self.replies),
                (_WITHDRAWAL, self.withdrawals),
                (PUT_OUTCOME, self.outcomes),
            ):
                if entries:
                    cursor.executemany(statement, entries)
        return attempts


class Journal:
    """Writes the attempts and outcomes of a run; an async context manager.

    It has a connection of its own, and commits only while the process holds the `lease` of the
    sending lock. After a failed commit nothing more is written: every call that waits for the
    disk, and leaving the context, raises LedgerError.
    """

    def __init__(
        self,
        name: str,
        *,
        now_us: Callable[[], int],
        opener: Callable[[], Connection],
        lease: Lease | None,
    ) -> None:
        self._name = name
        self._lease = lease
        self._opener = opener
        self._now_us = now_us
        self._adding = _Batch()
        self._ready = _Batch()
        self._lock = threading.Lock()
        self._work = threading.Event()
        self._waking = False
        self._closing = False
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._write_until_closed, name="journal")

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._connection = await asyncio.to_thread(self._opener)
        self._thread.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._hand_over()
        self._closing = True
        self._work.set()
        await asyncio.to_thread(self._thread.join)
        self._connection.close()
        if self._failure is not None and error is None:
            raise self._failure

    async def record_intent(self, row_id: int) -> Attempt:
        """Record the intent to send a row; return once it is on disk.

        Raises LedgerError if it cannot be written; the request must then not be sent.
        """
        if self._failure is not None:
            raise self._failure
        departed_at_us = self._now_us()
        on_disk: asyncio.Future[int] = self._loop.create_future()
        self._adding.intents.append(_Intent(row_id, departed_at_us, on_disk))
        self._hand_over_soon()
        return Attempt(await on_disk, departed_at_us)

    def record_reply(self, attempt: Attempt) -> None:
        """Record when an attempt was sent and its reply, with the next commit."""
        reply = attempt.reply
        if reply is None:
            raise ValueError("the attempt has no reply to record")
        entry = (
            attempt.departed_at_us,
            reply.may_have_been_sent,
            reply.status,
            reply.code,
            reasons_entry(reply),
            reply.request_id,
            reply.body,
            reply.elapsed_ms,
            attempt.attempt_id,
        )
        self._adding.replies.append(entry)
        self._hand_over_soon()

    def withdraw(self, attempt: Attempt) -> None:
        """Remove an intent whose request was never sent, with the next commit."""
        self._adding.withdrawals.append((attempt.attempt_id,))
        self._hand_over_soon()

    def record_outcome(self, outcome: Outcome) -> None:
        """Record how a row ended, with the next commit."""
        self._adding.outcomes.append(outcome_entry(outcome))
        self._hand_over_soon()

    def _hand_over_soon(self) -> None:
        """Hand over the batch once all ready tasks of the event loop have added their entries."""
        if not self._waking:
            self._waking = True
            self._loop.call_soon(self._hand_over)

    def _hand_over(self) -> None:
        self._waking = False
        with self._lock:
            self._ready.append(self._adding)
        self._adding = _Batch()
        self._work.set()

    def _write_until_closed(self) -> None:
        while not self._closing:
            self._work.wait()
            self._work.clear()
            self._commit(self._take())
        self._commit(self._take())

    def _take(self) -> _Batch:
        with self._lock:
            batch, self._ready = self._ready, _Batch()
        return batch

    def _commit(self, batch: _Batch) -> None:
        attempts: dict[int, int] = {}
        try:
            if self._failure is None:
                attempts = batch.write(self._connection, self._lease)
        except psycopg.Error as error:
            self._failure = ledger_error(error, self._name)
        except Exception as error:  # noqa: BLE001 - waiting callers must see bugs too
            self._failure = error
        if batch.intents:
            self._loop.call_soon_threadsafe(_release, batch.intents, attempts, self._failure)


def _release(
    intents: list[_Intent], attempts: Mapping[int, int], failure: Exception | None
) -> None:
    for intent in intents:
        if intent.on_disk.cancelled():
            continue
        if failure is None:
            intent.on_disk.set_result(attempts[intent.row_id])
        else:
            intent.on_disk.set_exception(failure)
