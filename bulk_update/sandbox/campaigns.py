"""The campaigns that the sandbox offers: their statuses, agents and fields.

The formats are those of the API's reference endpoints; the people and towns are invented.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class SystemStatus(StrEnum):
    """What a campaign's status means to the dialler."""

    TO_CALL = "TO_CALL"
    IN_PROGRESS = "IN_PROGRESS"
    CALL = "CALL"
    MY_RECORD = "MY_RECORD"
    NO_CALL = "NO_CALL"
    ABANDONED_AFTER_N_TRIES = "ABANDONED_AFTER_N_TRIES"
    CALL_NO_SOONER_THAN = "CALL_NO_SOONER_THAN"
    CALL_PROGRESSIVE = "CALL_PROGRESSIVE"


MANDATORY = {
    SystemStatus.MY_RECORD: ("agent_login", "next_call_date"),
    SystemStatus.CALL_NO_SOONER_THAN: ("next_call_date",),
}
"""The parameters that a request must include when it sets such a status."""


@dataclass(frozen=True, slots=True)
class CampaignStatus:
    """One status of a campaign. Its ids are specific to the campaign."""

    status_id: str
    system_status: SystemStatus
    name: str
    dictionary_status_id: int | None = None

    @property
    def mandatory(self) -> tuple[str, ...]:
        """The parameters that this status requires."""
        return MANDATORY.get(self.system_status, ())


@dataclass(frozen=True, slots=True)
class Agent:
    """A person who makes calls."""

    agent_id: int
    login: str
    number: str
    active: bool = True
    active_in_outbound: bool = True


@dataclass(frozen=True, slots=True)
class Campaign:
    """An outbound campaign.

    The three `any_` switches let users rehearse with their own mapping, whose fields, statuses and
    agents the sandbox cannot know.
    """

    campaign_id: str
    name: str
    statuses: tuple[CampaignStatus, ...]
    agents: tuple[Agent, ...]
    fields: tuple[str, ...]
    any_field: bool = False
    any_status: bool = False
    any_agent: bool = False

    def has_field(self, name: str) -> bool:
        """Return whether the campaign's structure includes this field."""
        return self.any_field or name in self.fields

    def status(self, status_id: str) -> CampaignStatus | None:
        """Return the status with this id, or None."""
        for status in self.statuses:
            if status.status_id == status_id:
                return status
        if self.any_status and status_id:
            return CampaignStatus(status_id, SystemStatus.CALL, f"status {status_id}")
        return None

    def dictionary_status(self, dictionary_status_id: str) -> CampaignStatus | None:
        """Return the status that represents this dictionary entry, or None."""
        for status in self.statuses:
            if str(status.dictionary_status_id) == dictionary_status_id:
                return status
        return self.status(dictionary_status_id) if self.any_status else None

    def agent(self, login: str) -> Agent | None:
        """Return the agent with this login, or None."""
        for agent in self.agents:
            if agent.login == login:
                return agent
        return Agent(0, login, "") if self.any_agent and login else None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The statuses and agents of a campaign that a user's own file refers to."""

    statuses: tuple[CampaignStatus, ...] = ()
    agents: tuple[Agent, ...] = ()

    @classmethod
    def of(
        cls, *, status_ids: Iterable[str], status_names: Iterable[str], agent_logins: Iterable[str]
    ) -> Vocabulary:
        """Make statuses and agents up; statuses that have only a name are numbered from 1."""
        ids = [CampaignStatus(each, SystemStatus.CALL, f"status {each}") for each in status_ids]
        named = [
            CampaignStatus(str(number), SystemStatus.CALL, name)
            for number, name in enumerate(status_names, start=1)
        ]
        agents = (Agent(number, login, "") for number, login in enumerate(agent_logins, start=1))
        return cls((*ids, *named), tuple(agents))


STATUSES = (
    CampaignStatus("1", SystemStatus.TO_CALL, "Do zadzwonienia", 1),
    CampaignStatus("3", SystemStatus.CALL, "Kontakt", 2),
    CampaignStatus("4", SystemStatus.NO_CALL, "Nie dzwonić", 4),
    CampaignStatus("5", SystemStatus.MY_RECORD, "Mój rekord", 5),
    CampaignStatus("6", SystemStatus.CALL_NO_SOONER_THAN, "Oddzwonić", 6),
    CampaignStatus("7", SystemStatus.ABANDONED_AFTER_N_TRIES, "Nie odbiera", 7),
    CampaignStatus("8", SystemStatus.NO_CALL, "Sprzedaż", 8),
)

AGENTS = (
    Agent(1, "j.kowalska", "101"),
    Agent(2, "p.nowak", "102"),
    Agent(3, "a.wisniewska", "103"),
    Agent(4, "m.zielinski", "104", active=False, active_in_outbound=False),
)

FIELDS = ("imie", "nazwisko", "telefon", "email", "miasto", "saldo", "vip", "zrodlo", "uwagi")

CAMPAIGNS = (
    Campaign("00001", "Odnowienia umów", STATUSES, AGENTS, FIELDS),
    Campaign("00002", "Windykacja miękka", STATUSES, AGENTS, FIELDS),
)
"""The default campaigns."""
