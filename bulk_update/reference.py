"""What can be read of a campaign: its statuses, its agents, and the state of its records."""

from __future__ import annotations

from typing import NamedTuple


class CampaignStatus(NamedTuple):
    """A status of a campaign; ids are compared as text."""

    status_id: str
    name: str
    system_status: str
    dictionary_status_id: str | None


class Agent(NamedTuple):
    """An agent of a campaign."""

    login: str
    is_active: bool
    is_active_in_campaign: bool


class RecordState(NamedTuple):
    """What the API shows of a record. Its `record_fields` cannot be read."""

    identifier: str
    status_id: str | None
    agent_login: str | None
    next_call_date: str | None
    call_date: str | None
    """The last call, in the zone `api_timezone`."""


class RecordPage(NamedTuple):
    """One page of a campaign's records; `count` is how many the whole campaign has."""

    count: int
    records: tuple[RecordState, ...]
