"""Reading a campaign before sending to it: its statuses, agents and records.

Reads are as polite as writes: one request at a time, at the rate, and for as long as patience
allows. They change nothing, so a failed one is simply repeated.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from bulk_update import policy
from bulk_update.client import Connection, Reading, ReferenceClient
from bulk_update.errors import ReadRefusedError, ServiceError
from bulk_update.exits import RunEnd
from bulk_update.job.environment import now_us
from bulk_update.pacing import RateLimiter
from bulk_update.plan import Guards
from bulk_update.records import Issue, Param, Reply
from bulk_update.reference import Agent, CampaignStatus, RecordPage
from bulk_update.runner import Clock, Supervisor
from bulk_update.settings import Delivery
from bulk_update.stop_request import StopRequest

_REFUSALS = frozenset({403, 404})
_SUCCESSFUL = range(200, 300)

T = TypeVar("T")


@contextmanager
def campaign_reader(
    connection: Connection, delivery: Delivery, stop: StopRequest
) -> Iterator[CampaignReader]:
    """Yield a reader of one system's campaigns, and close its connections at the end.

    The context ends when the next request is due, so that requests after it keep to the rate.
    """
    client = ReferenceClient(connection)
    with asyncio.Runner() as runner:
        try:
            reader = CampaignReader(client, delivery, stop, runner)
            yield reader
            reader.wait_for_turn()
        finally:
            runner.run(client.__aexit__(None, None, None))


class CampaignReader:
    """Reads one system's campaigns.

    Every method raises ReadRefusedError if the API refuses to show what was asked for (403, 404),
    ServiceError if it refuses everybody, is unavailable for longer than patience allows, or
    responds with something else, and Interrupted if a stop is requested.
    """

    def __init__(
        self,
        client: ReferenceClient,
        delivery: Delivery,
        stop: StopRequest,
        runner: asyncio.Runner,
        *,
        clock: Clock | None = None,
    ) -> None:
        self._client = client
        self._stop = stop
        self._runner = runner
        self._clock = clock or Clock(time.monotonic, now_us, random.random)
        self._limiter = RateLimiter(delivery.rate)
        self._supervisor = Supervisor(
            guards=Guards(),
            patience_seconds=delivery.patience_seconds,
            streaks=policy.RefusalStreaks(),
            started_at=self._clock.monotonic(),
        )

    def statuses(self, campaign_id: str) -> tuple[CampaignStatus, ...]:
        """Return the statuses of a campaign."""
        return self._read("statuses", campaign_id, lambda: self._client.statuses(campaign_id))

    def agents(self, campaign_id: str) -> tuple[Agent, ...]:
        """Return the agents of a campaign."""
        return self._read("agents", campaign_id, lambda: self._client.agents(campaign_id))

    def records(self, campaign_id: str) -> Iterator[RecordPage]:
        """Yield the pages of a campaign's records, from the first.

        Records that are deleted meanwhile move the others forward, so the reader goes back by as
        many as the campaign has lost, and a record may occur more than once. One that is deleted
        just as another is added can hide a third. Raises ServiceError for an empty page before the
        end, because what is not listed would count as neither called nor changed.
        """
        offset, count = 0, 0
        while True:
            page = self._page(campaign_id, offset)
            yield page
            lost, count = max(0, count - page.count), page.count
            offset = max(0, offset - lost) if lost else offset + len(page.records)
            if offset >= count:
                return
            if not (page.records or lost):
                raise _incomplete(campaign_id, count=count, listed=offset)

    def wait_for_turn(self) -> None:
        """Wait until another request may be sent."""
        self._run(self._turn())

    def _page(self, campaign_id: str, offset: int) -> RecordPage:
        return self._read(
            "records", campaign_id, lambda: self._client.records(campaign_id, offset=offset)
        )

    def _read(self, what: str, campaign_id: str, attempt: Callable[[], Awaitable[Reading[T]]]) -> T:
        try:
            return self._run(self._attempts(attempt))
        except _RefusedError as refused:
            raise _read_error(refused.reply, what=what, campaign_id=campaign_id) from None

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end; raises Interrupted if a stop is requested before that."""
        if self._stop.cause is not None:
            work.close()
        self._stop.raise_if_requested()
        try:
            return self._runner.run(self._unless_stopped(work))
        except asyncio.CancelledError:
            self._stop.raise_if_requested()
            raise

    async def _unless_stopped(self, attempts: Coroutine[Any, Any, T]) -> T:
        """Return what the attempts return; a stop request cancels them."""
        loop = asyncio.get_running_loop()
        reading = loop.create_task(attempts)

        def cancel() -> None:
            with suppress(RuntimeError):  # called from another thread after the loop was closed
                loop.call_soon_threadsafe(reading.cancel)

        with self._stop.heard_by(cancel):
            return await reading

    async def _attempts(self, attempt: Callable[[], Awaitable[Reading[T]]]) -> T:
        """Make attempts until one is final; raises _RefusedError if that is not a success."""
        made = 0
        while True:
            await self._turn()
            departed_at = self._clock.monotonic()
            self._limiter.departed(departed_at)
            reply, value = await attempt()
            made += 1
            self._judge(reply, departed_at)
            verdict = policy.verdict_of(reply)
            if verdict is policy.Verdict.ACCEPT and value is not None:
                return value
            if verdict is not policy.Verdict.RETRY:
                raise _RefusedError(reply)
            await self._pause(policy.pause_seconds(reply, made, random=self._clock.random()))

    async def _turn(self) -> None:
        await asyncio.sleep(self._limiter.wait_seconds(self._clock.monotonic()))

    def _judge(self, reply: Reply, departed_at: float) -> None:
        """Record a reply; raises ServiceError if it shows that no other attempt can succeed."""
        halt = self._supervisor.after_reply(
            0, reply, departed_at=departed_at, is_probe=False, now=self._clock.monotonic()
        )
        if halt:
            raise _service_error(halt.end)

    async def _pause(self, seconds: float) -> None:
        """Sleep; raises ServiceError if patience is used up before or then."""
        clock = self._clock
        now = clock.monotonic()
        left = self._supervisor.check_at(now, now_us=clock.now_us()) - now
        await asyncio.sleep(max(0.0, min(seconds, left)))
        if end := self._supervisor.overdue(clock.monotonic(), now_us=clock.now_us()):
            raise _service_error(end)


class _RefusedError(Exception):
    """The last reply, if it is final and not what was asked for."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


def _service_error(end: RunEnd) -> ServiceError:
    return ServiceError(*end.reasons)


def _read_error(reply: Reply, *, what: str, campaign_id: str) -> ServiceError:
    status = reply.status or 0
    params: dict[str, Param] = {
        "what": what,
        "campaign": campaign_id,
        "status": status,
        "reply": reply.reason,
    }
    if status in _SUCCESSFUL:
        return ServiceError(Issue("unread-reference", params, "unexpected"))
    issue = Issue("unread-reference", params, "refused")
    return ReadRefusedError(issue, status=status) if status in _REFUSALS else ServiceError(issue)


def _incomplete(campaign_id: str, *, count: int, listed: int) -> ServiceError:
    params: dict[str, Param] = {
        "what": "records",
        "campaign": campaign_id,
        "count": count,
        "listed": listed,
    }  # fmt: skip
    return ServiceError(Issue("unread-reference", params, "incomplete"))
