"""The endpoints that can only be read: a campaign's statuses, its agents and its records.

They have the connections, the limits and the secrets of the PUTs. Ids that are sometimes strings
and sometimes numbers become text. Only GET is ever sent.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Generic, NamedTuple, Self, TypeVar

from bulk_update.client.bodies import json_of_body
from bulk_update.client.connection import Connection
from bulk_update.client.exchanges import Exchanger, Links
from bulk_update.client.paths import reference_path
from bulk_update.client.replies import Response, http_date
from bulk_update.records import Reply
from bulk_update.reference import Agent, CampaignStatus, RecordPage, RecordState

PAGE_LIMIT = 100
"""The most records that the API returns at once."""

_SUCCESSFUL = range(200, 300)
_DENIALS = frozenset({"0", "false", ""})

T = TypeVar("T")


class UnexpectedError(ValueError):
    """A document that is not what the API's documentation describes."""


class Reading(NamedTuple, Generic[T]):
    """The reply to one attempt to read, and what was read.

    `value` is None if the response is not a success or not what the documentation describes.
    """

    reply: Reply
    value: T | None


class ReferenceClient:
    """Reads a campaign, one attempt each; use it as an async context manager.

    Never raises because of a network or a server. The arguments are those of `ThuliumClient`.
    `server_time` is the date of the last response, or None if it had none.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        ssl_context: ssl.SSLContext | None = None,
        links: Links | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.server_time: datetime | None = None
        self._exchanger = Exchanger(
            connection, ssl_context=ssl_context, links=links, clock=clock, now=now
        )

    async def __aenter__(self) -> Self:
        """Return the client; no connection is made yet."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close every connection."""
        await self._exchanger.aclose()

    async def statuses(self, campaign_id: str) -> Reading[tuple[CampaignStatus, ...]]:
        """Read the statuses of a campaign."""
        path = reference_path(campaign_id, "statuses")
        return await self._read(path, lambda document: tuple(map(_status, _items(document))))

    async def agents(self, campaign_id: str) -> Reading[tuple[Agent, ...]]:
        """Read the agents of a campaign."""
        path = reference_path(campaign_id, "agents")
        return await self._read(path, lambda document: tuple(map(_agent, _items(document))))

    async def records(self, campaign_id: str, *, offset: int) -> Reading[RecordPage]:
        """Read up to 100 records of a campaign, from an offset counted from 0."""
        path = reference_path(campaign_id, "records")
        return await self._read(f"{path}?limit={PAGE_LIMIT}&offset={offset}", _page)

    async def _read(self, path: str, parse: Callable[[Any], T]) -> Reading[T]:
        connected = await self._exchanger.connect()
        if isinstance(connected, Reply):
            return Reading(connected, None)
        reply, response = await self._exchanger.exchange(
            connected.link, "GET", path, seconds_before=connected.seconds
        )
        self.server_time = http_date(response.date) if response else None
        return Reading(reply, _value(response, parse))


def _value(response: Response | None, parse: Callable[[Any], T]) -> T | None:
    if response is None or response.status not in _SUCCESSFUL or response.is_cut_off:
        return None
    try:
        document = json_of_body(
            response.body, content_type=response.content_type, encodings=response.encodings
        )
        return parse(document)
    except ValueError:
        return None


def _items(document: Any) -> list[Any]:
    if not isinstance(document, list):
        raise UnexpectedError("expected a list")
    return document


def _status(item: Any) -> CampaignStatus:
    return CampaignStatus(
        status_id=_required(item, "status_id"),
        name=_text(item, "name") or "",
        system_status=_text(item, "system_status") or "",
        dictionary_status_id=_text(item, "dictionary_status_id"),
    )


def _agent(item: Any) -> Agent:
    return Agent(
        login=_required(item, "login"),
        is_active=_flag(item, "active"),
        is_active_in_campaign=_flag(item, "active_in_outbound"),
    )


def _page(document: Any) -> RecordPage:
    count = _required(document, "count")
    if not (count.isascii() and count.isdigit()):
        raise UnexpectedError("the count is not a number")
    return RecordPage(int(count), tuple(map(_record, _items(document.get("result")))))


def _record(item: Any) -> RecordState:
    return RecordState(
        identifier=_text(item, "identifier") or "",
        status_id=_text(item, "status_id"),
        agent_login=_text(item, "agent_login"),
        next_call_date=_text(item, "next_call_date"),
        call_date=_text(item, "call_date"),
    )


def _required(item: Any, name: str) -> str:
    text = _text(item, name)
    if not text:
        raise UnexpectedError(f"{name} is missing")
    return text


def _text(item: Any, name: str) -> str | None:
    """Return a text or number as text, and None if there is none; raises UnexpectedError."""
    if not isinstance(item, dict):
        raise UnexpectedError("expected an object")
    value = item.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise UnexpectedError(f"{name} is neither a text nor a number")
    return str(value)


def _flag(item: Any, name: str) -> bool:
    """Return whether a flag is set; one that is missing counts as set."""
    value = item.get(name)
    return value is None or str(value).strip().casefold() not in _DENIALS
