"""Examining the way to the service, and what the API lets this user read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from bulk_update.client import Connection, Peer, Probe, Reading, ReferenceClient
from bulk_update.job.doctor.findings import Finding, Topic, not_checked, note, sound, wrong
from bulk_update.messages import sentence_of
from bulk_update.records import BodyKind, Issue, Param, Reply

FEWEST_DAYS = 21
"""A certificate that is renewed automatically usually has more days left than this."""

SAME_TIME_SECONDS = 60
WRONG_TIME_SECONDS = 3600

READS = (Topic.STATUSES, Topic.AGENTS, Topic.RECORDS)

_PAGES = {BodyKind.HTML, BodyKind.LOGIN_PAGE}
_SUCCESSFUL, _REDIRECTION = range(200, 300), range(300, 400)
_UNAUTHORIZED, _TOO_MANY, _SERVER_ERROR = 401, 429, 500
_NOT_READABLE = {403, 404}

Now = Callable[[], datetime]


def unexamined_service(campaigns: tuple[str, ...], *, reads: tuple[Topic, ...]) -> list[Finding]:
    """Return the findings about a service that could not be examined."""
    topics = (Topic.HOST_NAME, Topic.CONNECTION, Topic.TLS, Topic.CLOCK)
    return [*map(not_checked, topics), *_unread(campaigns, reads)]


def examine_service(
    connection: Connection,
    campaigns: tuple[str, ...],
    *,
    reads: tuple[Topic, ...] = READS,
    needs_names: bool = False,
    now: Now = lambda: datetime.now(UTC),
) -> list[Finding]:
    """Return what is found about the service; sends GET requests only, one after the other.

    `needs_names`: the mapping has statuses by name, which have to be read before they can be sent.
    """

    async def found() -> list[Finding]:
        return [each async for each in _examined(connection, campaigns, reads, now)]

    findings = asyncio.run(found())
    return [_without_names(each) for each in findings] if needs_names else findings


def _without_names(finding: Finding) -> Finding:
    """Return the finding for a mapping with names of statuses, which have to be readable."""
    if finding.topic is not Topic.STATUSES or finding.issue.code != "read-refused":
        return finding
    issue = Issue("names-unreadable", finding.issue.params)
    return replace(wrong(Topic.STATUSES, issue), campaign_id=finding.campaign_id)


async def _examined(
    connection: Connection, campaigns: tuple[str, ...], reads: tuple[Topic, ...], now: Now
) -> AsyncIterator[Finding]:
    probe = Probe(connection)
    addresses = await probe.addresses()
    if isinstance(addresses, Reply):
        yield _unconnected(Topic.HOST_NAME, addresses)
        for finding in unexamined_service(campaigns, reads=reads)[1:]:
            yield finding
        return
    yield _host_name(connection, addresses)
    peer = await probe.connect()
    for finding in _connection(connection, peer, now):
        yield finding
    if isinstance(peer, Reply):
        yield not_checked(Topic.CLOCK)
        for finding in _unread(campaigns, reads):
            yield finding
        return
    async with ReferenceClient(connection) as client:
        for finding in await Reads(client, now).examine(campaigns, reads):
            yield finding


def _host_name(connection: Connection, addresses: tuple[str, ...]) -> Finding:
    host = urlsplit(connection.proxy or connection.base_url).hostname or ""
    variant = "address" if addresses == (host,) else "addresses"
    return sound(Topic.HOST_NAME, {"host": host, "addresses": addresses}, variant)


def _unread(campaigns: tuple[str, ...], reads: tuple[Topic, ...]) -> list[Finding]:
    return [_of(campaign, not_checked(read)) for campaign in campaigns for read in reads]


def _of(campaign_id: str, finding: Finding) -> Finding:
    return replace(finding, campaign_id=campaign_id)


def _connection(connection: Connection, peer: Peer | Reply, now: Now) -> list[Finding]:
    """Return the findings about the connection and TLS."""
    parts = urlsplit(connection.base_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    where: dict[str, Param] = {"host": parts.hostname or "", "port": port}
    connected = sound(Topic.CONNECTION, where, "tunnel" if connection.proxy else "connected")
    if not isinstance(peer, Reply):
        return [connected, _certificate(where, peer, now)]
    if peer.code == "tls":
        return [connected, _unconnected(Topic.TLS, peer)]
    return [_unconnected(Topic.CONNECTION, peer), not_checked(Topic.TLS)]


def _unconnected(topic: Topic, reply: Reply) -> Finding:
    code = {"tls": "no-trust", "proxy": "no-tunnel", "proxy-407": "no-tunnel"}.get(reply.code)
    return wrong(topic, Issue(code or "no-connection", {"words": sentence_of(reply.reason)}))


def _certificate(where: dict[str, Param], peer: Peer, now: Now) -> Finding:
    if peer.certificate is None:
        return sound(Topic.TLS, where, "plain")
    ends_at = peer.certificate.ends_at
    if ends_at is None:
        return sound(Topic.TLS, variant="trusted")
    days = (ends_at - now()).days
    left: dict[str, Param] = {"days": days, "date": f"{ends_at:%Y-%m-%d}"}
    if days < FEWEST_DAYS:
        return note(Topic.TLS, Issue("certificate-ends", left))
    return sound(Topic.TLS, left, "valid")


class Reads:
    """Reads each part of each campaign once, and compares the clocks.

    After a refused password, or a request without a response, it sends no other: too many wrong
    passwords can lock a user out, and a service in trouble needs no more requests.
    """

    def __init__(self, client: ReferenceClient, now: Now) -> None:
        self._client = client
        self._now = now
        self._clock: Finding | None = None
        self._is_over = False

    async def examine(self, campaigns: tuple[str, ...], reads: tuple[Topic, ...]) -> list[Finding]:
        """Return the finding about the clock, then those about each campaign."""
        found = [
            _of(campaign, await self._examined(read, campaign))
            for campaign in campaigns
            for read in reads
        ]
        return [self._clock or not_checked(Topic.CLOCK, "no-date"), *found]

    async def _examined(self, topic: Topic, campaign_id: str) -> Finding:
        if self._is_over:
            return not_checked(topic)
        reading = await self._reader(topic)(campaign_id)
        self._compare_clocks()
        status = reading.reply.status
        self._is_over = status is None or status == _UNAUTHORIZED
        return _finding(topic, reading)

    def _reader(self, topic: Topic) -> Callable[[str], Awaitable[Reading[Any]]]:
        match topic:
            case Topic.STATUSES:
                return self._client.statuses
            case Topic.AGENTS:
                return self._client.agents
            case _:
                return lambda campaign_id: self._client.records(campaign_id, offset=0)

    def _compare_clocks(self) -> None:
        server_time = self._client.server_time
        if self._clock is None and server_time is not None:
            self._clock = clock_finding((self._now() - server_time).total_seconds())


def clock_finding(seconds_ahead: float) -> Finding:
    """Return the finding for a clock that is this many seconds ahead of the server's."""
    seconds = abs(seconds_ahead)
    if seconds < SAME_TIME_SECONDS:
        return sound(Topic.CLOCK, {"seconds": SAME_TIME_SECONDS}, "clock")
    direction = "ahead of" if seconds_ahead > 0 else "behind"
    issue = Issue("clock-differs", {"seconds": round(seconds), "direction": direction})
    return (wrong if seconds >= WRONG_TIME_SECONDS else note)(Topic.CLOCK, issue)


def _finding(topic: Topic, reading: Reading[Any]) -> Finding:
    """Return the finding for a response, or for none."""
    status = reading.reply.status
    if reading.value is not None:
        return sound(topic, _counts(topic, reading.value), topic)
    if status is None:
        return wrong(topic, _silence(reading.reply))
    issue = _obstacle(reading.reply, status)
    return (note if issue.code == "read-refused" else wrong)(topic, issue)


def _silence(reply: Reply) -> Issue:
    """Return why there is no response."""
    words: dict[str, Param] = {"words": sentence_of(reply.reason)}
    if reply.code == "bad-answer":
        return Issue("unexpected-answer", words, "not-http")
    return Issue("no-answer", words)


def _obstacle(reply: Reply, status: int) -> Issue:
    """Return why a response with this status does not contain what was asked for."""
    words = "" if reply.variant == "bare" else sentence_of(reply.reason)
    params: dict[str, Param] = {"status": status, "words": words}
    if status == _UNAUTHORIZED:
        return Issue("credentials-refused")
    if reply.body in _PAGES or status in _REDIRECTION:
        return Issue("unexpected-answer", params)
    if status in _NOT_READABLE:
        return Issue("read-refused", params)
    if status == _TOO_MANY or status >= _SERVER_ERROR:
        return Issue("service-error", params)
    variant = "undocumented" if status in _SUCCESSFUL or not words else ""
    return Issue("unexpected-answer", params, variant)


def _counts(topic: Topic, value: Any) -> dict[str, Param]:
    if topic is Topic.RECORDS:
        return {"count": value.count}
    if topic is Topic.AGENTS:
        active = sum(agent.is_active and agent.is_active_in_campaign for agent in value)
        return {"count": len(value), "active": active}
    return {"count": len(value)}
