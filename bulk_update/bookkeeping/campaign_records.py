"""A campaign that runs sent to."""

from __future__ import annotations

from typing import NamedTuple


class CampaignRecords(NamedTuple):
    """A campaign of a system, and how many of the given identifiers it has records for."""

    base_url: str
    campaign_id: str
    hits: int
