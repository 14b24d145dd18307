"""The workers: each takes a row, sends it, settles it, and takes the next.

The order within a worker is the law's: the outcome of the last row goes to the journal, then the
intent of the next; only when that is on disk, and the pace allows, does the request leave. So at
most as many rows as there are workers can be in doubt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from tenacity import AsyncRetrying, RetryCallState, retry_if_result

from bulk_update import policy
from bulk_update.pacing import Concurrency, Latency, TokenBucket
from bulk_update.records import Attempt, Outcome, RecordUpdate, Reply
from bulk_update.runner.gate import Gate
from bulk_update.runner.ports import Clock, Journal, Sender
from bulk_update.runner.stopping import Stop, StopSign
from bulk_update.runner.supervision import Condemnation, Supervisor

_REFUSALS_REMEMBERED = 256
"""Refused rows that a later answer may still show to be the run's fault; streaks are shorter."""

_SECONDS_BETWEEN_LOOKS_AT_PATIENCE = 1.0


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
        self._sender = sender
        self._journal = journal
        self._supervisor = supervisor
        self._sign = sign
        self._clock = clock
        self._workers = workers
        self._retries = retries
        self._on_settled = on_settled
        self._gate = Gate(
            bucket=TokenBucket(rate),
            concurrency=Concurrency(workers),
            sign=sign,
            monotonic=clock.monotonic,
        )
        self._latency = Latency()
        self._on_the_way = 0
        self._refused = {row.row_id: row.attempts for row in supervisor.refused_before}

    async def run(self) -> Stop | None:
        """Send everything; return why it ended early, or None.

        Requests in flight when the stop sign is raised are waited for and settled. Raises what
        the journal raises, at once.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._workers):
                    group.create_task(self._work())
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return self._sign.stop

    async def _work(self) -> None:
        while await self._gate.enter():
            update = self._take()
            if update is None:
                self._gate.leave()
                return
            await self._deliver(_Delivery(update))

    def _take(self) -> RecordUpdate | None:
        """Return the next row; a guard judges only where there is one left to hold back."""
        update = next(self._updates, None)
        stop = self._supervisor.before_row(self._clock.monotonic()) if update else None
        if stop:
            self._sign.raise_(stop)
            return None
        return update

    async def _deliver(self, delivery: _Delivery) -> None:
        """Send one row until it is settled; starts with a place in flight and gives it back."""
        reply = await self._attempt(delivery)
        if reply is not None and delivery.verdict is policy.Verdict.RETRY:
            await self._retry(delivery, reply)
        if delivery.attempts_now:
            self._settle(delivery)

    async def _retry(self, delivery: _Delivery, first: Reply) -> None:
        """Attempt again, as tenacity says: made only now, since few rows need it."""
        replies = iter([first])

        async def next_reply() -> Reply | None:
            """Return the reply that is already there as tenacity's first, then new ones."""
            return next(replies, None) or await self._attempt_again(delivery)

        retrying = AsyncRetrying(
            sleep=self._sign.sleep,
            wait=lambda _: self._pause_seconds(delivery),
            stop=self._no_retries_left,
            retry=retry_if_result(_asks_for_another_attempt),
            retry_error_callback=lambda _: None,
        )
        await retrying(next_reply)

    def _pause_seconds(self, delivery: _Delivery) -> float:
        """Return a row's own pause; while the circuit is open, only what the service asked for."""
        is_closed = self._supervisor.breaker.is_closed
        return delivery.pause_seconds if is_closed else delivery.asked_seconds

    def _no_retries_left(self, state: RetryCallState) -> bool:
        return self._sign.raised or self._has_used_up_retries(state.attempt_number)

    def _has_used_up_retries(self, attempts_now: int) -> bool:
        """An outage uses up patience, and nobody's retries."""
        return attempts_now > self._retries and self._supervisor.breaker.is_closed

    async def _attempt_again(self, delivery: _Delivery) -> Reply | None:
        return await self._attempt(delivery) if await self._gate.enter() else None

    async def _attempt(self, delivery: _Delivery) -> Reply | None:
        """Make one attempt in a place in flight and give the place back; None: it never left."""
        try:
            intent = await self._departing(delivery.update.row_id)
            return await self._send(delivery, intent) if intent else None
        finally:
            self._gate.leave()

    async def _departing(self, row_id: int) -> Attempt | None:
        """Return an intent on disk whose moment of departure is now; None: the run is stopping.

        An intent that waited while the circuit opened is taken back.
        """
        breaker = self._supervisor.breaker
        while await self._wait_for_service():
            is_probe = not breaker.is_closed
            intent = await self._journal.depart(row_id)
            await self._gate.departure()
            if not self._sign.raised and (is_probe or breaker.is_closed):
                return intent
            self._journal.withdraw(intent)
            if is_probe:
                breaker.withdraw(self._clock.monotonic())
        return None

    async def _wait_for_service(self) -> bool:
        """Wait while the circuit is open; False: the run is stopping."""
        while not self._sign.raised:
            now = self._clock.monotonic()
            wait = self._supervisor.breaker.admit(now)
            if not wait:
                return True
            if stop := self._supervisor.while_open(now):
                self._sign.raise_(stop)
            await self._sign.sleep(min(wait, _SECONDS_BETWEEN_LOOKS_AT_PATIENCE))
        return False

    async def _send(self, delivery: _Delivery, intent: Attempt) -> Reply:
        departure = _Departure(self._clock.monotonic(), self._on_the_way)
        departed_at_us = self._clock.now_us()
        self._on_the_way += 1
        reply = await self._sender.send(delivery.update)
        self._on_the_way -= 1
        attempt = Attempt(intent.attempt_id, departed_at_us, reply)
        self._journal.answer(attempt)
        delivery.attempts_now.append(attempt)
        self._judge(delivery, reply, departure)
        return reply

    def _judge(self, delivery: _Delivery, reply: Reply, departure: _Departure) -> None:
        """Let one reply have its effects on the row's next attempt, the pace and the run."""
        now = self._clock.monotonic()
        delivery.verdict = policy.verdict_of(reply)
        if delivery.verdict is policy.Verdict.RETRY:
            delivery.asked_seconds = reply.retry_after_seconds or 0.0
            delivery.pause_seconds = policy.pause_seconds(
                reply, len(delivery.attempts_now), random=self._clock.random()
            )
        self._adapt(delivery, reply, departure, now=now)
        holds_up = policy.waits_for_all(reply) or delivery.asked_seconds
        condemnation = self._supervisor.after_reply(
            delivery.update.row_id,
            reply,
            pause_seconds=delivery.pause_seconds if holds_up else 0.0,
            now=now,
        )
        if condemnation:
            self._condemn(delivery, condemnation)

    def _adapt(
        self, delivery: _Delivery, reply: Reply, departure: _Departure, *, now: float
    ) -> None:
        """Fit pace and concurrency to what the service can take."""
        is_slow = reply.status is not None and self._latency.is_rising(now - departure.at)
        if policy.waits_for_all(reply):
            self._gate.bucket.pause_until(now + delivery.pause_seconds)
        if policy.waits_for_all(reply) or is_slow:
            self._gate.concurrency.strained(now, sent_at=departure.at, beside=departure.beside)
        elif delivery.verdict is policy.Verdict.ACCEPT:
            self._gate.concurrency.succeeded(now)

    def _settle(self, delivery: _Delivery) -> None:
        """Record how the row ended; a guard may then end the run."""
        is_cut_short = delivery.verdict is policy.Verdict.RETRY and not self._has_used_up_retries(
            len(delivery.attempts_now)
        )
        halted = delivery.condemned_by or (self._sign.stop if is_cut_short else None)
        row_id, attempts = delivery.update.row_id, delivery.attempts
        outcome = self._record_outcome(row_id, attempts, halted=halted)
        if delivery.verdict is policy.Verdict.REFUSE:
            self._refused[row_id] = attempts
            if len(self._refused) > _REFUSALS_REMEMBERED:
                del self._refused[next(iter(self._refused))]
        self._on_settled(outcome)
        if stop := self._supervisor.after_row(outcome):
            self._sign.raise_(stop)

    def _record_outcome(
        self, row_id: int, attempts: tuple[Attempt, ...], *, halted: Stop | None
    ) -> Outcome:
        outcome = policy.outcome_of(
            row_id,
            attempts,
            halted=halted.halted_code if halted else None,
            finished_at_us=self._clock.now_us(),
        )
        self._journal.settle(outcome)
        return outcome

    def _condemn(self, delivery: _Delivery, condemnation: Condemnation) -> None:
        """End the run; rows that were refused for its sake are settled again, as halted."""
        self._sign.raise_(condemnation.stop)
        delivery.condemned_by = condemnation.stop
        for row_id in condemnation.row_ids:
            if attempts := self._refused.pop(row_id, None):
                self._record_outcome(row_id, attempts, halted=condemnation.stop)


@dataclass(slots=True)
class _Delivery:
    """A row on its way: its attempts in this invocation, and the pause before the next.

    `verdict` judges the last answer. `asked_seconds` is the part of the pause that it asked for
    (`Retry-After`).
    """

    update: RecordUpdate
    attempts_now: list[Attempt] = field(default_factory=list)
    verdict: policy.Verdict | None = None
    pause_seconds: float = 0.0
    asked_seconds: float = 0.0
    condemned_by: Stop | None = None

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """All attempts that the row ever had."""
        return (*self.update.earlier, *self.attempts_now)


class _Departure(NamedTuple):
    """When an attempt left, and how many others were on the way."""

    at: float
    beside: int


def _asks_for_another_attempt(reply: Reply | None) -> bool:
    return reply is not None and policy.verdict_of(reply) is policy.Verdict.RETRY
