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
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from bulk_update.bookkeeping.entries import outcome_entry, reasons_entry
from bulk_update.ledger.connection import Opener, begin_immediate, connect, open_database
from bulk_update.ledger.entries import PUT_OUTCOME
from bulk_update.ledger.sqlite_errors import ledger_error
from bulk_update.records import Attempt, Outcome

_INTENT = "INSERT INTO attempt (id, row_id, departed_at_us) VALUES (?, ?, ?)"
_LAST_ATTEMPT = """
SELECT max(coalesce((SELECT max(id) FROM attempt), 0),
           coalesce((SELECT max(up_to) FROM record_position), 0))
"""
"""Includes attempts that were deleted with their run, so that numbers are never reused."""

_REPLY = """
UPDATE attempt SET departed_at_us = ?, answered = 1, went_out = ?, http_status = ?, code = ?,
    reasons = ?, request_id = ?, body_kind = ?, elapsed_ms = ? WHERE id = ?
"""
_WITHDRAWAL = "DELETE FROM attempt WHERE id = ?"


@dataclass(slots=True)
class _Batch:
    """Entries waiting for the next commit."""

    intents: list[tuple[object, ...]] = field(default_factory=list)
    replies: list[tuple[object, ...]] = field(default_factory=list)
    withdrawals: list[tuple[object, ...]] = field(default_factory=list)
    outcomes: list[tuple[object, ...]] = field(default_factory=list)
    waiting: list[asyncio.Future[None]] = field(default_factory=list)

    def append(self, later: _Batch) -> None:
        """Add the entries of a later batch."""
        self.intents += later.intents
        self.replies += later.replies
        self.withdrawals += later.withdrawals
        self.outcomes += later.outcomes
        self.waiting += later.waiting

    def write(self, connection: sqlite3.Connection, *, patience_seconds: float) -> None:
        begin_immediate(connection, patience_seconds=patience_seconds)
        for statement, entries in (
            (_INTENT, self.intents),
            (_REPLY, self.replies),
            (_WITHDRAWAL, self.withdrawals),
            (PUT_OUTCOME, self.outcomes),
        ):
            if entries:
                connection.executemany(statement, entries)
        connection.execute("COMMIT")


class Journal:
    """Writes the attempts and outcomes of a run; an async context manager.

    A commit waits up to `patience_seconds` for other writers. After a failed commit nothing more
    is written: every call that waits for the disk, and leaving the context, raises LedgerError.
    """

    def __init__(
        self,
        path: Path,
        *,
        now_us: Callable[[], int],
        patience_seconds: float,
        opener: Opener = open_database,
    ) -> None:
        self._path = path
        self._opener = opener
        self._patience = patience_seconds
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
        self._connection = await asyncio.to_thread(connect, self._path, opener=self._opener)
        (last,) = self._connection.execute(_LAST_ATTEMPT).fetchone()
        self._next_attempt_id = int(last) + 1
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
        attempt = Attempt(self._next_attempt_id, self._now_us())
        self._next_attempt_id += 1
        on_disk: asyncio.Future[None] = self._loop.create_future()
        self._adding.intents.append((attempt.attempt_id, row_id, attempt.departed_at_us))
        self._adding.waiting.append(on_disk)
        self._hand_over_soon()
        await on_disk
        return attempt

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
        try:
            if self._failure is None:
                batch.write(self._connection, patience_seconds=self._patience)
        except sqlite3.Error as error:
            self._failure = ledger_error(error, self._path)
        except Exception as error:  # noqa: BLE001 - waiting callers must see bugs too
            self._failure = error
        if batch.waiting:
            self._loop.call_soon_threadsafe(_release, batch.waiting, self._failure)


def _release(waiting: list[asyncio.Future[None]], failure: Exception | None) -> None:
    for future in waiting:
        if future.cancelled():
            continue
        if failure is None:
            future.set_result(None)
        else:
            future.set_exception(failure)
