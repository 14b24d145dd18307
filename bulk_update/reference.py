"""What can be read of a campaign: its statuses, its agents, and the state of its records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class CampaignStatus(NamedTuple):
    """A status of a campaign; ids are compared as text."""

    status_id: str
    name: str
    system_status: str
    dictionary_status_id: str | None


class Agent(NamedTuple):
    """An agent of a campaign: whether the account is active, and whether it is in the campaign."""

    login: str
    is_active: bool
    is_active_in_campaign: bool


@dataclass(frozen=True, slots=True)
class CampaignReference:
    """What is known of a campaign, and when it was read; None: it could not be read."""

    campaign_id: str
    statuses: tuple[CampaignStatus, ...] | None
    agents: tuple[Agent, ...] | None
    read_at_us: int


class RecordState(NamedTuple):
    """What the API shows of a record. Its `record_fields` cannot be read.

    `identifier` is blank for a record without one. `call_date` is the last call. Both dates are in
    the zone that the mapping names as `api_timezone`.
    """

    identifier: str
    status_id: str | None
    agent_login: str | None
    next_call_date: str | None
    call_date: str | None


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One page of a campaign's records; `count` is that of the whole campaign."""

    count: int
    records: tuple[RecordState, ...]
