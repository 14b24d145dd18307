"""Sending the rows of a plan: the runner and its collaborators for one invocation."""

from __future__ import annotations

import asyncio
import gc
import importlib
import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

from bulk_update.events import Events, Notice, StillSending
from bulk_update.exits import RunEnd, end_of_stop
from bulk_update.job.environment import now_us
from bulk_update.job.store import Store
from bulk_update.ledger import Run
from bulk_update.plan import Guards
from bulk_update.policy import RefusalStreaks
from bulk_update.records import RecordUpdate
from bulk_update.runner import Clock, Sender, StopSignal, Supervisor, WorkerPool, beating
from bulk_update.settings import Delivery
from bulk_update.stop_request import StopRequest
from bulk_update.translation import Priority


class Client(Sender, AbstractAsyncContextManager[Sender], Protocol):
    """A sender that has to be opened and closed."""


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Sends the remaining rows of a run: at first those that have `priority`, if any."""

    ledger: Store
    client: Client
    delivery: Delivery
    guards: Guards
    stop: StopRequest
    events: Events
    limit: int | None = None
    priority: Priority | None = None
    never_arrived: bool = False
    seconds_between_beats: float = 30.0

    def send(self, run: Run) -> RunEnd | None:
        """Send the rows; return why sending ended early, or None if it did not.

        With `never_arrived`, these are only the rows in doubt of which reading back showed that
        their requests never reached their records. Raises LedgerError if the ledger cannot be
        written; nothing is sent after that.
        """
        gc.freeze()  # so that each collection does not scan everything loaded so far
        with asyncio.Runner(loop_factory=_new_event_loop) as runner:
            return runner.run(self._send(run))

    def _updates(self, run: Run) -> Iterator[RecordUpdate]:
        first = None if self.priority is None else self.priority.comes_first
        updates = self.ledger.sending.to_send(run.id, first=first, never_arrived=self.never_arrived)
        return updates if self.limit is None else islice(updates, self.limit)

    async def _send(self, run: Run) -> RunEnd | None:
        clock = Clock(time.monotonic, now_us, random.random)
        stop_signal = StopSignal()
        async with self.ledger.sending.journal(now_us=now_us) as journal, self.client as sender:
            pool = WorkerPool(
                self._updates(run),
                sender=sender,
                journal=journal,
                supervisor=Supervisor(
                    guards=self.guards,
                    patience_seconds=self.delivery.patience_seconds,
                    streaks=RefusalStreaks(self.ledger.sending.run_history(run.id)),
                    started_at=clock.monotonic(),
                ),
                stop_signal=stop_signal,
                clock=clock,
                rate=self.delivery.rate,
                workers=self.delivery.workers,
                retries=self.delivery.retries,
                on_event=self.events.on_event,
            )
            sending = asyncio.ensure_future(pool.run())
            with (
                self._listening_to_stop_requests(stop_signal, stop_at_once=sending.cancel),
                beating(lambda: self._beat(pool), seconds=self.seconds_between_beats),
            ):
                try:
                    return await sending
                except asyncio.CancelledError:
                    return stop_signal.end

    def _beat(self, pool: WorkerPool) -> None:
        self.events.on_event(StillSending(pool.in_flight))

    def _listening_to_stop_requests(
        self, stop_signal: StopSignal, *, stop_at_once: Callable[[], object]
    ) -> AbstractContextManager[None]:
        """Stop sending on the first stop request, and call `stop_at_once` on the second.

        After the first request, no more rows are sent, and requests in flight can finish. After
        the second, the rows in flight are left in doubt.
        """
        loop = asyncio.get_running_loop()

        def on_request() -> None:
            end = end_of_stop(self.stop.cause)
            if self.stop.is_urgent:
                stop_at_once()
            elif not stop_signal.is_requested:
                for reason in end.reasons:
                    self.events.on_event(Notice(replace(reason, variant="waiting")))
            stop_signal.request(end)

        def wake() -> None:
            with suppress(RuntimeError):  # called from another thread after the loop was closed
                loop.call_soon_threadsafe(on_request)

        return self.stop.heard_by(wake)


def _new_event_loop() -> asyncio.AbstractEventLoop:
    """Return uvloop's event loop if installed: it takes half the CPU time per request."""
    try:
        uvloop = importlib.import_module("uvloop")
    except ImportError:  # Windows
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop
