"""The workers: each takes a row, sends it, settles it, and takes the next.

The order within a worker is the law's: the outcome of the last row goes to the journal, then the
intent of the next; only when that is on disk, a connection is ready, and pace and places in flight
allow it, does the request leave. So at most as many rows as there are workers can be in doubt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tenacity import AsyncRetrying, RetryCallState, retry_if_result

from bulk_update import policy
from bulk_update.exits import RunEnd
from bulk_update.pacing import Concurrency, Latency, RateLimiter
from bulk_update.records import Attempt, Outcome, RecordUpdate, RefusedRow, Reply
from bulk_update.runner.alarm import Alarm
from bulk_update.runner.attempts import AttemptMaker, MadeAttempt
from bulk_update.runner.gate import Gate
from bulk_update.runner.ports import Clock, Journal, Sender
from bulk_update.runner.stopping import StopSign
from bulk_update.runner.supervision import Supervisor


class Runner:
    """Sends rows until there are none left, or until something raises the stop sign.

    `retries` counts the attempts of a row after its first. `on_settled` is told every outcome.
    """

    def __init__(
        self,
        updates: Iterator[RecordUpdate],
        *,
        sender: Sender,
        journal: Journal,
        supervisor: Supervisor,
        sign: StopSign,
        clock: Clock,
        rate: float | None,
        workers: int,
        retries: int,
        on_settled: Callable[[Outcome], None],
    ) -> None:
        self._updates = updates
        self._next: RecordUpdate | None = None
        self._journal = journal
        self._supervisor = supervisor
        self._sign = sign
        self._clock = clock
        self._workers = workers
        self._retries = retries
        self._on_settled = on_settled
        self._gate = Gate(
            limiter=RateLimiter(rate),
            concurrency=Concurrency(workers),
            sign=sign,
            monotonic=clock.monotonic,
        )
        self._attempts = AttemptMaker(
            sender=sender,
            journal=journal,
            breaker=supervisor.breaker,
            gate=self._gate,
            sign=sign,
            clock=clock,
        )
        self._alarm = Alarm(self._look_at_time, monotonic=clock.monotonic)
        self._latency = Latency()
        self._open = 0
        self._unsent: list[_Delivery] = []

    async def run(self) -> RunEnd | None:
        """Send everything; return why it ended early, or None.

        Requests in flight when the stop sign is raised are waited for and settled. Rows of which
        nothing was sent have no outcome where no attempt of the run got any answer. Raises what
        the journal raises, at once.
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
            self._sign.raise_(end)
        self._settle_unsent()
        return self._sign.end

    async def _work(self) -> None:
        while await self._gate.enter():
            update = self._take()
            if update is None:
                self._gate.exit()
                return
            self._open += 1
            await self._deliver(_Delivery(update))
            self._open -= 1

    def _take(self) -> RecordUpdate | None:
        """Return the next row, and find out whether there is another."""
        self._judge_time()
        update = None if self._sign.raised else self._next
        if update is not None:
            self._next = next(self._updates, None)
        return update

    # --- one row

    async def _deliver(self, delivery: _Delivery) -> None:
        """Send one row until it is settled; the gate was entered for its first attempt."""
        reply = await self._attempt(delivery)
        if reply is not None and self._wants_retry(delivery):
            await self._retry(delivery, reply)
        if delivery.attempts_now:
            self._settle(delivery)

    async def _retry(self, delivery: _Delivery, first: Reply) -> None:
        """Attempt again, as tenacity says: made only now, since few rows need it."""
        replies = iter([first])

        async def next_reply() -> Reply | None:
            """Return the reply that is already there as tenacity's first, then new ones."""
            return next(replies, None) or await self._attempt_again(delivery)

        def no_more(_: RetryCallState) -> bool:
            return self._sign.raised or not self._wants_retry(delivery)

        retrying = AsyncRetrying(
            sleep=self._sign.sleep,
            wait=lambda _: self._pause_seconds(delivery),
            stop=no_more,
            retry=retry_if_result(lambda reply: reply is not None and self._wants_retry(delivery)),
            retry_error_callback=lambda _: None,
        )
        await retrying(next_reply)

    def _pause_seconds(self, delivery: _Delivery) -> float:
        """Return a row's own pause; while the circuit is open, only what the service asked for."""
        is_closed = self._supervisor.breaker.is_closed
        return delivery.pause_seconds if is_closed else delivery.asked_seconds

    def _wants_retry(self, delivery: _Delivery) -> bool:
        return delivery.verdict is policy.Verdict.RETRY and delivery.retries_used <= self._retries

    async def _attempt_again(self, delivery: _Delivery) -> Reply | None:
        return await self._attempt(delivery) if await self._gate.enter() else None

    async def _attempt(self, delivery: _Delivery) -> Reply | None:
        """Make one attempt; None: the run is stopping."""
        made = await self._attempts.make(delivery.update)
        if made is None:
            return None
        self._take_note(delivery, made)
        return made.reply

    # --- one reply

    def _take_note(self, delivery: _Delivery, made: MadeAttempt) -> None:
        """Record a reply, and let it have its effects on the row, the pace and the run."""
        self._journal.answer(made.attempt)
        delivery.attempts_now.append(made.attempt)
        delivery.verdict = policy.verdict_of(made.reply)
        halt = self._supervisor.after_reply(
            delivery.update.row_id,
            made.reply,
            departed_at=made.departed_at,
            is_probe=made.is_probe,
            now=self._clock.monotonic(),
        )
        if delivery.verdict is policy.Verdict.RETRY:
            self._prepare_retry(delivery, made)
        self._adapt(delivery, made)
        if halt:
            self._halt(delivery, halt)

    def _prepare_retry(self, delivery: _Delivery, made: MadeAttempt) -> None:
        """Count the attempt, and say how long the row waits before the next.

        An attempt that found the circuit open, or of which nothing left while the run has had no
        answer at all, says nothing of its row and uses up no retry.
        """
        finds_outage = made.is_probe or not self._supervisor.breaker.is_closed
        is_out_of_reach = not (made.reply.left or self._supervisor.has_answer)
        if not (finds_outage or is_out_of_reach):
            delivery.retries_used += 1
        delivery.asked_seconds = made.reply.retry_after_seconds or 0.0
        delivery.pause_seconds = policy.pause_seconds(
            made.reply, len(delivery.attempts_now), random=self._clock.random()
        )
        self._alarm.set(self._supervisor.ends_at)
        if self._wants_retry(delivery):
            self._judge_time()

    def _adapt(self, delivery: _Delivery, made: MadeAttempt) -> None:
        """Fit pace and concurrency to what the service can take."""
        now = self._clock.monotonic()
        is_slow = made.reply.status is not None and self._latency.is_rising(now - made.departed_at)
        if policy.waits_for_all(made.reply):
            self._gate.limiter.pause_until(now + self._pause_seconds(delivery))
        if policy.waits_for_all(made.reply) or is_slow:
            self._gate.concurrency.strained(now, sent_at=made.departed_at, beside=made.beside)
        elif delivery.verdict is policy.Verdict.ACCEPT:
            self._gate.concurrency.succeeded(now)
        self._gate.wake()

    # --- one outcome

    def _settle(self, delivery: _Delivery) -> None:
        """Record how the row ended; a guard may then end the run.

        Where the run is stopping and nothing of the row was sent, its end is judged last.
        """
        if self._sign.raised and delivery.is_unsent:
            self._unsent.append(delivery)
        else:
            self._settle_now(delivery)

    def _settle_now(self, delivery: _Delivery) -> None:
        is_cut_short = self._wants_retry(delivery)
        halted = delivery.halted_by or (self._sign.end if is_cut_short else None)
        outcome = self._record_outcome(delivery.row, halted=halted)
        if delivery.verdict is policy.Verdict.REFUSE:
            self._supervisor.after_refusal(delivery.row)
        self._on_settled(outcome)
        if end := self._supervisor.after_row(outcome):
            self._sign.raise_(end)

    def _settle_unsent(self) -> None:
        """Settle the rows of which nothing was sent; without any answer, they were never tried."""
        for delivery in self._unsent:
            if self._supervisor.has_answer:
                self._settle_now(delivery)
                continue
            for attempt in delivery.attempts_now:
                self._journal.withdraw(attempt)

    def _record_outcome(self, row: RefusedRow, *, halted: RunEnd | None) -> Outcome:
        outcome = policy.outcome_of(
            row.row_id,
            row.attempts,
            halted=halted.halted_code if halted else None,
            finished_at_us=self._clock.now_us(),
        )
        self._journal.settle(outcome)
        return outcome

    def _halt(self, delivery: _Delivery, halt: policy.Halt) -> None:
        """End the run; rows that were refused for its sake are settled again, as halted."""
        self._sign.raise_(halt.end)
        delivery.halted_by = halt.end
        for row in self._supervisor.refused_rows(halt.row_ids):
            self._record_outcome(row, halted=halt.end)

    # --- time

    def _judge_time(self) -> None:
        """End a run that has taken too long, if there is any row left to hold back."""
        is_any_held = self._next is not None or self._open > self._attempts.on_the_way
        if is_any_held and (end := self._supervisor.overdue(self._clock.monotonic())):
            self._sign.raise_(end)

    def _look_at_time(self) -> None:
        """Judge the time, as the alarm rings; one that rang too early is set again."""
        self._judge_time()
        if self._supervisor.overdue(self._clock.monotonic()) is None:
            self._alarm.set(self._supervisor.ends_at)


@dataclass(slots=True)
class _Delivery:
    """A row on its way: its attempts in this invocation, and the pause before the next.

    `verdict` judges the last answer. `asked_seconds` is the part of the pause that it asked for
    (`Retry-After`). `retries_used` counts the attempts after which another is one retry more.
    """

    update: RecordUpdate
    attempts_now: list[Attempt] = field(default_factory=list)
    verdict: policy.Verdict | None = None
    retries_used: int = 0
    pause_seconds: float = 0.0
    asked_seconds: float = 0.0
    halted_by: RunEnd | None = None

    @property
    def row(self) -> RefusedRow:
        """The row with all its attempts, those of earlier invocations included."""
        return RefusedRow(self.update.row_id, (*self.update.earlier, *self.attempts_now))

    @property
    def is_unsent(self) -> bool:
        """Whether it is certain that nothing of the row was ever sent."""
        return not self.update.earlier and not any(
            attempt.reply is None or attempt.reply.left for attempt in self.attempts_now
        )
