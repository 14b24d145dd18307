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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from bulk_update.bookkeeping.entries import outcome_entry, reasons_entry
from bulk_update.records import Attempt, Outcome


class Intent(NamedTuple):
    """A request that is about to be sent; `on_disk` is set to the attempt's id."""

    row_id: int
    departed_at_us: int
    on_disk: asyncio.Future[int]


@dataclass(slots=True)
class Batch:
    """Entries waiting for the next commit, the last three as values of a table's columns."""

    intents: list[Intent] = field(default_factory=list)
    replies: list[tuple[object, ...]] = field(default_factory=list)
    withdrawals: list[tuple[object, ...]] = field(default_factory=list)
    outcomes: list[tuple[object, ...]] = field(default_factory=list)

    def append(self, later: Batch) -> None:
        """Add the entries of a later batch."""
        self.intents += later.intents
        self.replies += later.replies
        self.withdrawals += later.withdrawals
        self.outcomes += later.outcomes


class BatchWriter(Protocol):
    """A store's own connection for a journal, which uses it in one thread at a time."""

    def write(self, batch: Batch) -> Mapping[int, int]:
        """Commit the entries; return the ids of the new attempts by the keys of their rows.

        Raises LedgerError if nothing was committed.
        """

    def close(self) -> None:
        """Close the connection."""


class Journal:
    """Writes the attempts and outcomes of a run; an async context manager.

    `open_writer` opens a connection of the journal's own. After a failed commit nothing more is
    written: every call that waits for the disk, and leaving the context, raises LedgerError.
    """

    def __init__(
        self, open_writer: Callable[[], BatchWriter], *, now_us: Callable[[], int]
    ) -> None:
        self._open_writer = open_writer
        self._now_us = now_us
        self._adding = Batch()
        self._ready = Batch()
        self._lock = threading.Lock()
        self._work = threading.Event()
        self._waking = False
        self._closing = False
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._write_until_closed, name="journal")

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._writer = await asyncio.to_thread(self._open_writer)
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
        self._writer.close()
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
        self._adding.intents.append(Intent(row_id, departed_at_us, on_disk))
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
        self._adding = Batch()
        self._work.set()

    def _write_until_closed(self) -> None:
        while not self._closing:
            self._work.wait()
            self._work.clear()
            self._commit(self._take())
        self._commit(self._take())

    def _take(self) -> Batch:
        with self._lock:
            batch, self._ready = self._ready, Batch()
        return batch

    def _commit(self, batch: Batch) -> None:
        attempts: Mapping[int, int] = {}
        try:
            if self._failure is None:
                attempts = self._writer.write(batch)
        except Exception as error:  # noqa: BLE001 - waiting callers must see bugs too
            self._failure = error
        if batch.intents:
            self._loop.call_soon_threadsafe(_release, batch.intents, attempts, self._failure)


def _release(
    intents: Sequence[Intent], attempts: Mapping[int, int], failure: Exception | None
) -> None:
    for intent in intents:
        if intent.on_disk.cancelled():
            continue
        if failure is None:
            intent.on_disk.set_result(attempts[intent.row_id])
        else:
            intent.on_disk.set_exception(failure)
