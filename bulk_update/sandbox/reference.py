"""The reference endpoints' responses: what can be read of a campaign.

The formats follow the API's documentation, including which ids are strings and which are numbers.
The fields of a record cannot be read back.
"""

from __future__ import annotations

from collections.abc import Sequence

from bulk_update.sandbox.campaigns import Campaign
from bulk_update.sandbox.store import Record

Json = dict[str, object]


def statuses_of(campaign: Campaign) -> list[Json]:
    """Return the campaign's statuses."""
    return [
        {
            "system_status": status.system_status,
            "status_id": status.status_id,
            "dictionary_status_id": status.dictionary_status_id,
            "name": status.name,
        }
        for status in campaign.statuses
    ]


def agents_of(campaign: Campaign) -> list[Json]:
    """Return the campaign's agents."""
    return [
        {
            "login": agent.login,
            "number": agent.number,
            "active": agent.active,
            "active_in_outbound": agent.active_in_outbound,
            "agent_id": agent.agent_id,
        }
        for agent in campaign.agents
    ]


def records_page(campaign: Campaign, page: Sequence[Record], *, count: int) -> Json:
    """Return one page of the campaign's records, and how many it has in all."""
    return {"count": count, "result": [_record(campaign, record) for record in page]}


def _record(campaign: Campaign, record: Record) -> Json:
    status = campaign.status(record.status_id)
    return {
        "record_id": record.record_id,
        "phone_number": f"48{600_000_000 + record.record_id}",
        "system_status": status.system_status if status else None,
        "status": status.name if status else None,
        "status_id": record.status_id,
        "call_date": record.call_date,
        "create_date": "2026-01-02 08:00:00",
        "next_call_date": record.next_call_date,
        "agent_login": record.agent_login,
        "identifier": record.identifier,
    }
