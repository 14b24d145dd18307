"""The workers: each takes a row, sends it, settles it, and takes the next.

The order within a worker matters: it records the outcome of one row before the intent of the next,
and sends a request only when the intent is on disk, a connection is ready, and pace and slots allow
it. So no more rows can be in doubt than there are workers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from tenacity import AsyncRetrying, RetryCallState, retry_if_result

from bulk_update import policy
from bulk_update.events import AttemptMade, CircuitChanged, Event, RowSettled
from bulk_update.exits import RunEnd
from bulk_update.pacing import Concurrency, RateLimiter
from bulk_update.records import Outcome, RecordUpdate, RefusedRow, Reply
from bulk_update.runner.alarm import Alarm
from bulk_update.runner.attempts import AttemptMaker, MadeAttempt
from bulk_update.runner.load_control import LoadControl
from bulk_update.runner.ports import Clock, Journal, Sender
from bulk_update.runner.row_in_flight import RowInFlight
from bulk_update.runner.send_slots import SendSlots
from bulk_update.runner.stop_signal import StopSignal
from bulk_update.runner.supervision import RunHalt, Supervisor


class WorkerPool:
    """Sends rows until there are none left or a stop is requested.

    `retries` is the number of attempts allowed for a row after its first. `on_event` receives each
    event.
    """

    def __init__(
        self,
        updates: Iterator[RecordUpdate],
        *,
        sender: Sender,
        journal: Journal,
        supervisor: Supervisor,
        stop_signal: StopSignal,
        clock: Clock,
        rate: float | None,
        workers: int,
        retries: int,
        on_event: Callable[[Event], None],
    ) -> None:
        self._updates = updates
        self._next: RecordUpdate | None = None
        self._journal = journal
        self._supervisor = supervisor
        self._stop_signal = stop_signal
        self._clock = clock
        self._workers = workers
        self._retries = retries
        self._on_event = on_event
        self._slots = SendSlots(
            limiter=RateLimiter(rate),
            concurrency=Concurrency(workers),
            stop_signal=stop_signal,
            monotonic=clock.monotonic,
        )
        self._load = LoadControl(self._slots, monotonic=clock.monotonic, on_event=on_event)
        self._attempts = AttemptMaker(
            sender=sender,
            journal=journal,
            breaker=supervisor.breaker,
            slots=self._slots,
            stop_signal=stop_signal,
            clock=clock,
        )
        self._alarm = Alarm(self._on_alarm, monotonic=clock.monotonic)
        self._open = 0
        self._unsent: list[RowInFlight] = []

    async def run(self) -> RunEnd | None:
        """Send all rows; return why the run ended early, or None.

        When a stop is requested, requests in flight are awaited and settled. If no attempt of the
        run got a response, rows that were never sent get no outcome. Raises whatever the journal
        raises, immediately.
        """
        self._next = next(self._updates, None)
        self._alarm.set(self._supervisor.ends_at)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._workers):
                    group.create_task(self._work())
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            self._alarm.stop()
        if end := self._supervisor.at_the_end():
            self._stop_signal.request(end)
        self._settle_unsent()
        return self._stop_signal.end

    @property
    def in_flight(self) -> int:
        """How many requests were written and have no reply yet."""
        return self._attempts.in_flight

    async def _work(self) -> None:
        while await self._slots.enter():
            update = self._take()
            if update is None:
                self._slots.exit()
                return
            self._open += 1
            await self._send_row(RowInFlight(update))
            self._open -= 1

    def _take(self) -> RecordUpdate | None:
        """Return the next row, and look ahead whether there is another."""
        self._check_time()
        update = None if self._stop_signal.is_requested else self._next
        if update is not None:
            self._next = next(self._updates, None)
        return update

    # --- one row

    async def _send_row(self, row: RowInFlight) -> None:
        """Send one row until it is settled; its first attempt may already be prepared."""
        reply = await self._attempt(row)
        if reply is not None and self._wants_retry(row):
            await self._retry(row, reply)
        if row.attempts_now:
            self._settle(row)

    async def _retry(self, row: RowInFlight, first: Reply) -> None:
        """Retry with tenacity, set up only now because few rows need it."""
        replies = iter([first])

        async def next_reply() -> Reply | None:
            """Return the first reply to tenacity, then the replies of new attempts."""
            return next(replies, None) or await self._attempt_again(row)

        def no_more(_: RetryCallState) -> bool:
            return self._stop_signal.is_requested or not self._wants_retry(row)

        retrying = AsyncRetrying(
            sleep=self._stop_signal.sleep,
            wait=lambda _: self._pause_seconds(row),
            stop=no_more,
            retry=retry_if_result(lambda reply: reply is not None and self._wants_retry(row)),
            retry_error_callback=lambda _: None,
        )
        await retrying(next_reply)

    def _pause_seconds(self, row: RowInFlight) -> float:
        """Return the row's own pause or, while the circuit is open, what the service asked for."""
        is_closed = self._supervisor.breaker.is_closed
        return row.pause_seconds if is_closed else row.asked_seconds

    def _wants_retry(self, row: RowInFlight) -> bool:
        return row.verdict is policy.Verdict.RETRY and row.retries_used <= self._retries

    async def _attempt_again(self, row: RowInFlight) -> Reply | None:
        return await self._attempt(row) if await self._slots.enter() else None

    async def _attempt(self, row: RowInFlight) -> Reply | None:
        """Make one attempt; None: the run is stopping."""
        made = await self._attempts.make(row.update)
        if made is None:
            return None
        self._record_reply(row, made)
        return made.reply

    # --- one reply

    def _record_reply(self, row: RowInFlight, made: MadeAttempt) -> None:
        """Record a reply, and apply its consequences for the row, the pace and the run."""
        self._journal.record_reply(made.attempt)
        row.attempts_now.append(made.attempt)
        self._on_event(AttemptMade(row.update.row_id, made.attempt))
        row.verdict = policy.verdict_of(made.reply)
        was_closed = self._supervisor.breaker.is_closed
        halt = self._supervisor.after_reply(
            row.update.row_id,
            made.reply,
            departed_at=made.departed_at,
            is_probe=made.is_probe,
            now=self._clock.monotonic(),
        )
        if self._supervisor.breaker.is_closed is not was_closed:
            self._on_event(CircuitChanged(is_open=was_closed))
        if row.verdict is policy.Verdict.RETRY:
            self._prepare_retry(row, made)
        self._load.after_reply(
            made,
            is_accepted=row.verdict is policy.Verdict.ACCEPT,
            pause_seconds=self._pause_seconds(row),
        )
        if halt:
            self._halt(row, halt)

    def _prepare_retry(self, row: RowInFlight, made: MadeAttempt) -> None:
        """Count the attempt, and set the pause before the row's next one.

        Two kinds of attempts say nothing about their row and use up no retry: those that met an
        open circuit, and those that sent nothing while the run has not had any response.
        """
        finds_outage = made.is_probe or not self._supervisor.breaker.is_closed
        is_out_of_reach = not (made.reply.may_have_been_sent or self._supervisor.has_response)
        if not (finds_outage or is_out_of_reach):
            row.retries_used += 1
        row.asked_seconds = made.reply.retry_after_seconds or 0.0
        row.pause_seconds = policy.pause_seconds(
            made.reply, len(row.attempts_now), random=self._clock.random()
        )
        self._alarm.set(self._supervisor.ends_at)
        if self._wants_retry(row):
            self._check_time()

    # --- one outcome

    def _settle(self, row: RowInFlight) -> None:
        """Record the row's outcome; a guard may then end the run.

        If the run is stopping and nothing of the row was sent, its outcome is decided at the end.
        """
        if self._stop_signal.is_requested and row.is_unsent:
            self._unsent.append(row)
        else:
            self._settle_now(row)

    def _settle_now(self, row: RowInFlight) -> None:
        is_cut_short = self._wants_retry(row)
        halted = row.halted_by or (self._stop_signal.end if is_cut_short else None)
        outcome = self._record_outcome(row.history, halted=halted)
        if row.verdict is policy.Verdict.REFUSE:
            self._supervisor.after_refusal(row.history)
        self._on_event(RowSettled(outcome, row.update.number))
        if end := self._supervisor.after_row(outcome):
            self._stop_signal.request(end)

    def _settle_unsent(self) -> None:
        """Settle the rows that were never sent, or withdraw them if the run got no response."""
        for row in self._unsent:
            if self._supervisor.has_response:
                self._settle_now(row)
                continue
            for attempt in row.attempts_now:
                self._journal.withdraw(attempt)

    def _record_outcome(self, history: RefusedRow, *, halted: RunEnd | None) -> Outcome:
        outcome = policy.outcome_of(
            history.row_id,
            history.attempts,
            halted=halted.halted_code if halted else None,
            finished_at_us=self._clock.now_us(),
        )
        self._journal.record_outcome(outcome)
        return outcome

    def _halt(self, row: RowInFlight, halt: RunHalt) -> None:
        """End the run; settle rows that were refused for the same reason again, as halted."""
        self._stop_signal.request(halt.end)
        row.halted_by = halt.end
        for refused in self._supervisor.refused_rows(halt.row_ids):
            self._record_outcome(refused, halted=halt.end)

    # --- time

    def _check_time(self) -> None:
        """End a run that has taken too long, if any row is still to be sent."""
        has_rows_to_send = self._next is not None or self._open > self._attempts.in_flight
        if has_rows_to_send and (end := self._supervisor.overdue(self._clock.monotonic())):
            self._stop_signal.request(end)

    def _on_alarm(self) -> None:
        """Check the time when the alarm rings; if it rang too early, set it again."""
        self._check_time()
        if self._supervisor.overdue(self._clock.monotonic()) is None:
            self._alarm.set(self._supervisor.ends_at)
