"""One attempt, from the circuit breaker's admission to the reply.

The order matters: the circuit admits the attempt, its intent is durable, a connection is ready,
pace and slots allow it, and only then is the request written, at that very moment. No attempt holds
a slot while it waits for anything else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from bulk_update.policy import CircuitBreaker
from bulk_update.records import Attempt, RecordUpdate, Reply
from bulk_update.runner.ports import Channel, Clock, Journal, Sender
from bulk_update.runner.send_slots import SendSlots
from bulk_update.runner.stop_signal import StopSignal

_SECONDS_BETWEEN_CIRCUIT_CHECKS = 1.0

_MOST_CONNECTIONS = 3
"""How many connections an attempt may lose before its request is written."""


class MadeAttempt(NamedTuple):
    """A completed attempt and its circumstances.

    `departed_at` is when the request was written or, if it was not, when connecting began, in
    seconds of the monotonic clock. `in_flight_at_send` counts the other requests in flight then.
    """

    attempt: Attempt
    reply: Reply
    departed_at: float
    in_flight_at_send: int
    is_probe: bool


class AttemptMaker:
    """Makes attempts for many workers at once.

    `may_send_now` is asked just before each request is written; if it says no, it has requested a
    stop.
    """

    def __init__(
        self,
        *,
        sender: Sender,
        journal: Journal,
        breaker: CircuitBreaker,
        slots: SendSlots,
        stop_signal: StopSignal,
        clock: Clock,
        may_send_now: Callable[[], bool],
    ) -> None:
        self._sender = sender
        self._journal = journal
        self._breaker = breaker
        self._slots = slots
        self._stop_signal = stop_signal
        self._clock = clock
        self._may_send_now = may_send_now
        self.in_flight = 0
        """How many requests have been written and have no reply yet."""

    async def make(self, update: RecordUpdate) -> MadeAttempt | None:
        """Make one attempt that may already be prepared; None: the run is stopping.

        If the circuit opens before anything is sent, the intent is withdrawn. Raises whatever the
        journal raises.
        """
        while await self._wait_for_service():
            is_probe = not self._breaker.is_closed
            intent = await self._journal.record_intent(update.row_id)
            made = await self._exchange(update, intent, is_probe=is_probe)
            if made is not None:
                return made
            self._journal.withdraw(intent)
        self._slots.exit()
        return None

    async def _wait_for_service(self) -> bool:
        """Wait while the circuit is open; False: the run is stopping."""
        while not self._stop_signal.is_requested:
            wait = self._breaker.admit(self._clock.monotonic())
            if not wait:
                return True
            await self._stop_signal.sleep(min(wait, _SECONDS_BETWEEN_CIRCUIT_CHECKS))
        return False

    async def _exchange(
        self, update: RecordUpdate, intent: Attempt, *, is_probe: bool
    ) -> MadeAttempt | None:
        """Connect, and send the request as soon as it is allowed.

        None: nothing was sent, because the circuit opened or the run is stopping. A connection that
        closes before its turn is replaced, and the new one goes to the front. If none stays open,
        the service is unreachable.
        """

        def is_admitted() -> bool:
            return self._may_send_now() and (
                self._breaker.is_closed or (is_probe and self._breaker.is_probing)
            )

        for number in range(_MOST_CONNECTIONS):
            departure = self._departure(intent)
            channel = await self._connect()
            if channel is None:
                return None
            if isinstance(channel, Reply):
                self._slots.exit()
                return departure.with_reply(channel, is_probe=is_probe)
            if await self._may_send(channel, is_admitted, at_front=number > 0):
                departure = self._departure(intent)
                return departure.with_reply(await self._send(channel, update), is_probe=is_probe)
            if self._stop_signal.is_requested or not is_admitted():
                return None
            closed = channel.reply_if_closed()
        self._slots.exit()
        return departure.with_reply(closed, is_probe=is_probe)

    async def _connect(self) -> Channel | Reply | None:
        """Return a channel or the reply of an attempt that sent nothing; None: a stop request."""
        if self._stop_signal.is_requested:
            return None
        channel = self._sender.open_channel()
        if channel is not None:  # nearly always
            return channel
        return await self._stop_signal.unless_requested(self._sender.connect())

    async def _may_send(
        self, channel: Channel, is_admitted: Callable[[], bool], *, at_front: bool
    ) -> bool:
        """Wait until the request may be written; on False, the channel has been released."""
        may_send = False
        try:
            may_send = await self._slots.wait_for_slot(
                is_admitted=is_admitted, is_ready=lambda: channel.is_ready, at_front=at_front
            )
        finally:
            if not may_send:
                channel.release()
        return may_send

    async def _send(self, channel: Channel, update: RecordUpdate) -> Reply:
        self.in_flight += 1
        reply = await channel.send(update)
        self.in_flight -= 1
        self._slots.arrive()
        return reply

    def _departure(self, intent: Attempt) -> _Departure:
        now_us = self._clock.now_us()
        return _Departure(intent.attempt_id, self._clock.monotonic(), now_us, self.in_flight)


class _Departure(NamedTuple):
    """When an attempt was sent, and how many other requests were in flight."""

    attempt_id: int
    at: float
    at_us: int
    in_flight_at_send: int

    def with_reply(self, reply: Reply, *, is_probe: bool) -> MadeAttempt:
        attempt = Attempt(self.attempt_id, self.at_us, reply)
        return MadeAttempt(attempt, reply, self.at, self.in_flight_at_send, is_probe)
