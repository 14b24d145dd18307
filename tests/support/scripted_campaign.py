"""A campaign behind the scripted server: PUTs change its records, GETs show them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from scripted_server import Reaction, Received, response

_PAGE = re.compile(r"records\?limit=(?P<limit>[0-9]+)&offset=(?P<offset>[0-9]+)")

LOST = Reaction(None, then="close")
"""The connection ends without a response."""


@dataclass(frozen=True)
class Shown:
    """What the API shows of a record, in part."""

    status_id: str | int | None = "1"
    agent_login: str | None = None
    next_call_date: str | None = None
    call_date: str | None = None


@dataclass
class ScriptedCampaign:
    """The records of every campaign, by identifier; use `react` as the server's script.

    `answer_to_put` replaces the response to an update that was applied, `arrives` decides whether
    an update is applied, and `answer_to_get` replaces the response to a question. Each gets the
    request and its number, by target, from 1. None: as usual.
    """

    records: dict[str, Shown]
    answer_to_put: Callable[[Received, int], Reaction | None] = lambda _request, _count: None
    answer_to_get: Callable[[Received, int], Reaction | None] = lambda _request, _count: None
    arrives: Callable[[Received, int], bool] = lambda _request, _count: True
    fields: dict[str, Mapping[str, str]] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    """The system status of each status."""

    def react(self, request: Received, count: int) -> Reaction:
        if request.identifier:
            return self._put(request, count)
        return self.answer_to_get(request, count) or self._page(request)

    def _put(self, request: Received, count: int) -> Reaction:
        if self.arrives(request, count):
            body = json.loads(request.body)
            earlier = self.fields.get(request.identifier, {})
            self.fields[request.identifier] = {**earlier, **body.pop("record_fields", {})}
            if request.identifier not in self.records:
                return Reaction(response(404, '{"errors": [{"message": "Record not found."}]}'))
            self.records[request.identifier] = replace(self.records[request.identifier], **body)
        return self.answer_to_put(request, count) or Reaction()

    def _page(self, request: Received) -> Reaction:
        if request.target.endswith("/statuses"):
            return Reaction(response(200, json.dumps(self._statuses())))
        found = _PAGE.search(request.target)
        assert found, request.target
        offset, limit = int(found["offset"]), int(found["limit"])
        page = [
            {"identifier": identifier, "system_status": "CALL", **vars(shown)}
            for identifier, shown in list(self.records.items())[offset : offset + limit]
        ]
        return Reaction(response(200, json.dumps({"count": len(self.records), "result": page})))

    def _statuses(self) -> list[dict[str, str]]:
        return [
            {"status_id": status_id, "name": f"status {status_id}", "system_status": system_status}
            for status_id, system_status in self.statuses.items()
        ]


def reads(requests: list[Received]) -> int:
    """Count the requests that only read."""
    return sum(not request.identifier for request in requests)


def sent(requests: list[Received]) -> list[str]:
    """Return the identifiers of the updates, in order."""
    return [request.identifier for request in requests if request.identifier]
