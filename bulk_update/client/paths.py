"""The paths of the API, percent-encoded."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

LONGEST_PATH = 65_000
"""Longer paths are not sent: no server accepts them, and few accept a tenth of this."""


def request_path(campaign_id: str, identifier: str) -> str:
    """Return the path of a record, exactly as it is sent and shown in `requests.jsonl`.

    Each part is one percent-encoded segment. Raises ValueError for a part that is empty, `.`, `..`
    or not valid text (a lone surrogate), since such a path would mean another resource.
    """
    return f"{_campaign_path(campaign_id)}{_segment(identifier)}"


def reference_path(campaign_id: str, what: str) -> str:
    """Return the path of a list that can be read of a campaign: statuses, agents or records."""
    return f"/api/outbounds/{_segment(campaign_id)}/{what}"


@lru_cache(maxsize=100)
def _campaign_path(campaign_id: str) -> str:
    return f"/api/outbounds/{_segment(campaign_id)}/records_by_identifier/"


def _segment(text: str) -> str:
    if text in {"", ".", ".."}:
        raise ValueError(f"{text!r} cannot be a part of a path")
    return text if text.isascii() and text.isalnum() else quote(text, safe="")
