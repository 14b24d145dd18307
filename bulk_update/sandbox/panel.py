"""What people do in the panel while a run goes on: agents call records, and agents leave.

Nothing depends on the time or on the order of requests, except how many updates were accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bulk_update.sandbox.campaigns import Agent, Campaign
from bulk_update.sandbox.draws import draw
from bulk_update.sandbox.store import Change, Record, RecordStore

Campaigns = dict[str, Campaign]

OWN_UPDATE = "update"
"""The moment of a call that follows the record's own first update."""


class Leaves(StrEnum):
    """What an agent leaves."""

    CAMPAIGN = "campaign"
    COMPANY = "company"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call to each of some records: a share of them (0 to 1), or those listed.

    It happens once per record: when this many updates of any record were accepted (0: at the
    start), or, if `after` is None, right after the record's own first update. `call_date` is the
    present time unless given. None leaves status, agent and next call as they are.
    """

    share: float = 0.0
    identifiers: frozenset[str] = frozenset()
    campaign_id: str | None = None
    after: int | None = 0
    call_date: str | None = None
    status_id: str | None = None
    agent_login: str | None = None
    next_call_date: str | None = None

    @property
    def change(self) -> Change:
        """What the agent changed."""
        return Change(
            status_id=self.status_id,
            agent_login=self.agent_login,
            next_call_date=self.next_call_date,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """An agent who leaves after this many accepted updates of any record."""

    login: str
    leaves: Leaves = Leaves.COMPANY
    after: int = 0
    campaign_id: str | None = None


class Panel:
    """Makes the calls and departures when their time has come."""

    def __init__(
        self,
        calls: Iterable[Call],
        departures: Iterable[Departure],
        *,
        seed: int,
        now: Callable[[], datetime],
    ) -> None:
        self._calls = tuple(calls)
        self._departures = tuple(departures)
        self._seed = seed
        self._now = now
        self._updates = 0

    def open(self, campaigns: Campaigns, records: RecordStore) -> None:
        """Do what happens at the start."""
        self._work(campaigns, records)

    def after_update(self, record: Record, campaigns: Campaigns, records: RecordStore) -> None:
        """Do what follows an accepted update; `record` is the record before it."""
        self._updates += 1
        for index, call in enumerate(self._calls):
            if call.after is None and not record.changes and self._reaches(index, call, record):
                self._call(call, record, records)
        self._work(campaigns, records)

    def _work(self, campaigns: Campaigns, records: RecordStore) -> None:
        for index, call in enumerate(self._calls):
            if call.after == self._updates:
                for record in list(records):
                    if self._reaches(index, call, record):
                        self._call(call, record, records)
        for departure in self._departures:
            if departure.after == self._updates:
                _leave(departure, campaigns)

    def _reaches(self, index: int, call: Call, record: Record) -> bool:
        if call.campaign_id not in {None, record.campaign_id}:
            return False
        key = (record.campaign_id, record.identifier)
        return (
            record.identifier in call.identifiers
            or draw(self._seed, f"call {index}", key) < call.share
        )

    def _call(self, call: Call, record: Record, records: RecordStore) -> None:
        call_date = call.call_date or self._now().strftime("%Y-%m-%d %H:%M:%S")
        records.call(record, call.change, call_date=call_date)


def _leave(departure: Departure, campaigns: Campaigns) -> None:
    for campaign in list(campaigns.values()):
        if departure.campaign_id in {None, campaign.campaign_id}:
            agents = tuple(_without(departure, agent) for agent in campaign.agents)
            campaigns[campaign.campaign_id] = replace(campaign, agents=agents)


def _without(departure: Departure, agent: Agent) -> Agent:
    if agent.login != departure.login:
        return agent
    return replace(
        agent,
        active=agent.active and departure.leaves is not Leaves.COMPANY,
        active_in_outbound=False,
    )
