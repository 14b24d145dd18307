"""What can be said of campaigns before a file is planned, for people who choose among them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from bulk_update.client import parse_base_url
from bulk_update.errors import LedgerError
from bulk_update.job.connection import connection_of
from bulk_update.job.ledger_place import ledger_place
from bulk_update.job.live_references import reading_references
from bulk_update.job.reference_needs import Needs
from bulk_update.job.request import RunOptions, delivery_of
from bulk_update.reference import CampaignReference

_YOUNG_SECONDS = 900.0
"""A person who goes through the screens needs no newer statuses and agents."""
_PATIENCE_SECONDS = 3.0
"""A person waits for the answer, and can go on without it."""


def used_campaigns(options: RunOptions) -> tuple[str, ...]:
    """Return the campaigns of the system to which earlier runs sent something.

    None if there is no ledger, or it cannot be read.
    """
    place, base_url = ledger_place(options.settings), options.settings.base_url
    if base_url is None or not place.exists():
        return ()
    with suppress(LedgerError), place.opened(to_look_at=True) as ledger:
        return tuple(ledger.known_records.campaigns_of(parse_base_url(base_url)))
    return ()


def references_of(
    campaign_ids: Sequence[str], options: RunOptions
) -> tuple[CampaignReference, ...]:
    """Return the statuses and agents of campaigns, at most a quarter of an hour old.

    Raises UsageError if a setting is missing, and ServiceError if a campaign cannot be read.
    """
    if not campaign_ids:
        return ()
    connection = connection_of(options, None)
    usual = delivery_of(options.settings, None)
    patience = min(_PATIENCE_SECONDS, usual.patience_seconds)
    delivery = replace(usual, patience_seconds=patience)
    needs = Needs(names=False, statuses=True, agents=True)
    with reading_references(
        options, connection, delivery, needs, within=_YOUNG_SECONDS
    ) as references:
        return tuple(references.of(each) for each in campaign_ids)
