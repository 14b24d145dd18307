"""Adapts the pace and the number of concurrent requests to what the service can handle."""

from __future__ import annotations

from collections.abc import Callable

from bulk_update import policy
from bulk_update.events import Event, LimitChanged, PauseBegan
from bulk_update.pacing import Latency
from bulk_update.runner.attempts import MadeAttempt
from bulk_update.runner.send_slots import SendSlots


class LoadControl:
    """Slows the workers of a run down when the service is overloaded, and speeds them up again."""

    def __init__(
        self,
        slots: SendSlots,
        *,
        monotonic: Callable[[], float],
        on_event: Callable[[Event], None],
    ) -> None:
        self._slots = slots
        self._monotonic = monotonic
        self._on_event = on_event
        self._latency = Latency()

    def after_reply(self, made: MadeAttempt, *, is_accepted: bool, pause_seconds: float) -> None:
        """Adjust pace and concurrency; all workers pause if the reply asks for it."""
        now, limit = self._monotonic(), self._slots.concurrency.limit
        is_slow = made.reply.status is not None and self._latency.is_rising(now - made.departed_at)
        waits_for_all = policy.waits_for_all(made.reply)
        if waits_for_all:
            self._slots.limiter.pause_until(now + pause_seconds)
            self._on_event(PauseBegan(pause_seconds))
        if waits_for_all or is_slow:
            self._slots.concurrency.on_overload(
                now, sent_at=made.departed_at, in_flight_at_send=made.in_flight_at_send
            )
        elif is_accepted:
            self._slots.concurrency.on_success(now)
        if self._slots.concurrency.limit != limit:
            self._on_event(LimitChanged(self._slots.concurrency.limit))
        self._slots.wake()
