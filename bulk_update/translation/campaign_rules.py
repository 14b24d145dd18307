"""What a campaign allows: its statuses, its agents, and what some statuses require."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from bulk_update.cells.comparison import as_seen
from bulk_update.cells.issue_codes import IssueCode
from bulk_update.cells.nearest import NearestKeys
from bulk_update.records import Issue, Param
from bulk_update.reference import Agent, CampaignReference, CampaignStatus

NEEDS_AGENT = frozenset({"MY_RECORD"})
NEEDS_CALL_DATE = frozenset({"MY_RECORD", "CALL_NO_SOONER_THAN"})
"""The system statuses that require another field in the same request."""

_NAMES_SHOWN = 5


class CampaignRules:
    """Judges the values of rows by what is known of their campaign.

    What could not be read is not judged. Names of statuses are compared as people see them, and
    everything else exactly.
    """

    def __init__(self, reference: CampaignReference) -> None:
        self._campaign_id = reference.campaign_id
        self._statuses = reference.statuses
        self._agents = reference.agents
        self._by_id = {status.status_id: status for status in reference.statuses or ()}
        self._by_login = {agent.login: agent for agent in reference.agents or ()}

    def status_named(self, name: str) -> CampaignStatus | Issue:
        """Return the status with this name, or why there is not exactly one."""
        found = self._by_name.get(as_seen(name), ())
        if len(found) == 1:
            return found[0]
        if not found and name in self._by_id:
            params = {**self._params(name), "near": self._by_id[name].name}
            return Issue(IssueCode.UNKNOWN_STATUS, params, "id")
        if not found:
            return self._unknown_status(name)
        ids = tuple(status.status_id for status in found)
        return Issue(IssueCode.AMBIGUOUS_STATUS, {**self._params(name), "ids": ids})

    def status_fault(self, status_id: str) -> Issue | None:
        """Return why the campaign has no status with this id, or None."""
        if self._statuses is None or status_id in self._by_id:
            return None
        named = self._by_name.get(as_seen(status_id), ())
        if named:
            params = {**self._params(status_id), "id": named[0].status_id}
            return Issue(IssueCode.UNKNOWN_STATUS, params, "name")
        return self._unknown_status(status_id, is_id=True)

    def renaming(self, status_id: str, name: str) -> Issue | None:
        """Return that a status no longer has this name, or None."""
        status = self._by_id.get(status_id)
        if status is None or as_seen(status.name) == as_seen(name):
            return None
        params = {**self._params(name), "id": status_id, "near": status.name}
        return Issue(IssueCode.UNKNOWN_STATUS, params, "renamed")

    def agent_fault(self, login: str) -> Issue | None:
        """Return why a record cannot be assigned to this agent, or None."""
        if self._agents is None:
            return None
        agent = self._by_login.get(login)
        if agent is None:
            return self._unknown_agent(login)
        if agent.is_active and agent.is_active_in_campaign:
            return None
        variant = "campaign" if agent.is_active else ""
        return Issue(IssueCode.INACTIVE_AGENT, self._params(login), variant)

    def missing(self, status_id: str, *, has_agent: bool, has_call_date: bool) -> list[Issue]:
        """Return which fields this status requires and a row lacks."""
        status = self._by_id.get(status_id)
        if status is None:
            return []
        params = {**self._params(status.name), "id": status_id}
        found = []
        if status.system_status in NEEDS_AGENT and not has_agent:
            found.append(Issue(IssueCode.AGENT_MISSING, params))
        if status.system_status in NEEDS_CALL_DATE and not has_call_date:
            found.append(Issue(IssueCode.DATE_MISSING, params))
        return found

    def _params(self, text: str) -> dict[str, Param]:
        return {"text": text, "campaign": self._campaign_id}

    @cached_property
    def _by_name(self) -> dict[str, list[CampaignStatus]]:
        found: dict[str, list[CampaignStatus]] = {}
        for status in self._statuses or ():
            found.setdefault(as_seen(status.name), []).append(status)
        return found

    @cached_property
    def _near_names(self) -> NearestKeys:
        return NearestKeys(self._by_name)

    @cached_property
    def _near_logins(self) -> NearestKeys:
        return NearestKeys(self._by_login)

    def _unknown_status(self, text: str, *, is_id: bool = False) -> Issue:
        near = None if is_id else self._near_names.of(as_seen(text))
        if near is not None:
            status = self._by_name[near][0]
            params = {**self._params(text), "near": status.name, "id": status.status_id}
            return Issue(IssueCode.UNKNOWN_STATUS, params, "near")
        shown = [
            f"{each.status_id} ({each.name})" if is_id else each.name
            for each in self._statuses or ()
        ]
        return self._unknown(IssueCode.UNKNOWN_STATUS, text, known=shown)

    def _unknown_agent(self, login: str) -> Issue:
        near = self._near_logins.of(login)
        if near is not None:
            return Issue(IssueCode.UNKNOWN_AGENT, {**self._params(login), "near": near}, "near")
        active = [agent.login for agent in self._agents or () if _is_active(agent)]
        return self._unknown(IssueCode.UNKNOWN_AGENT, login, known=active)

    def _unknown(self, code: IssueCode, text: str, *, known: Sequence[str]) -> Issue:
        """Return that a text is unknown, with some of what the campaign has in its place."""
        if not known:
            return Issue(code, self._params(text), "none")
        left_out = max(0, len(known) - _NAMES_SHOWN)
        shown: dict[str, Param] = {"known": tuple(known[:_NAMES_SHOWN]), "left_out": left_out}
        return Issue(code, {**self._params(text), **shown})


def looked_up(unknown: Issue, *, cell: object) -> Issue:
    """Return why the id is unknown that a `lookup` made of a cell, naming the cell's text, too."""
    status_id = unknown.params["text"]
    if not isinstance(cell, str) or cell.strip() in {"", status_id} or unknown.variant == "name":
        return unknown
    variant = "looked-up-none" if unknown.variant == "none" else "looked-up"
    params = {**unknown.params, "text": cell.strip(), "id": status_id}
    return Issue(unknown.code, params, variant)


def _is_active(agent: Agent) -> bool:
    return agent.is_active and agent.is_active_in_campaign
