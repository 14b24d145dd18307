"""A system whose campaigns can be read: a script for `ScriptedServer` that a test can change."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from scripted_server import Reaction, Received, response

STATUSES = (
    ("3", "Kontakt", "CALL"),
    ("4", "Nie dzwonić", "NO_CALL"),
    ("5", "Mój rekord", "MY_RECORD"),
    ("6", "Oddzwonić", "CALL_NO_SOONER_THAN"),
)
AGENTS = (("j.kowalska", True, True), ("p.nowak", True, False), ("m.zielinski", False, False))


class LiveService:
    """Shows the statuses and agents of its campaigns, and takes every PUT.

    `refusals` are the HTTP statuses with which it refuses a list, by campaign and name.
    """

    def __init__(self, *campaigns: str) -> None:
        self.statuses: dict[str, Sequence[tuple[str, str, str]]] = dict.fromkeys(
            campaigns or ("00001",), STATUSES
        )
        self.agents: dict[str, Sequence[tuple[str, bool, bool]]] = dict.fromkeys(
            campaigns or ("00001",), AGENTS
        )
        self.refusals: dict[tuple[str, str], int] = {}
        self.reads: list[str] = []
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, request: Received, count: int) -> Reaction:
        del count
        method, _, path = request.target.partition(" ")
        if method == "PUT":
            self.sent.append((request.identifier, json.loads(request.body)))
            return Reaction()
        what = path.rpartition("/")[2].partition("?")[0]
        self.reads.append(f"{request.campaign_id} {what}")
        return Reaction(self._answer(request.campaign_id, what))

    def _answer(self, campaign_id: str, what: str) -> bytes:
        refusal = self.refusals.get((campaign_id, what))
        if refusal is None and campaign_id not in self.statuses:
            refusal = 404
        if refusal is not None:
            return response(refusal, '{"errors": [{"message": "Refused.", "code": 1}]}')
        return response(200, json.dumps(self._document(campaign_id, what)))

    def _document(self, campaign_id: str, what: str) -> object:
        if what == "statuses":
            return [
                {"status_id": status_id, "name": name, "system_status": system_status}
                for status_id, name, system_status in self.statuses[campaign_id]
            ]
        if what == "agents":
            return [
                {"login": login, "active": is_active, "active_in_outbound": is_in_campaign}
                for login, is_active, is_in_campaign in self.agents[campaign_id]
            ]
        return {"count": 0, "result": []}
