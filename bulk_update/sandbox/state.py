"""One sandbox: its campaigns, records and credentials, and the requests it has received."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bulk_update.sandbox.campaigns import CAMPAIGNS, Campaign, Vocabulary
from bulk_update.sandbox.draws import RecordKey
from bulk_update.sandbox.faults import NO_FAULTS, FaultPlan, FaultyAttempts
from bulk_update.sandbox.panel import Panel
from bulk_update.sandbox.received import ReceivedLog
from bulk_update.sandbox.store import Change, Record, RecordStore, made_up_identifiers

_ZONE = ZoneInfo("Europe/Warsaw")
"""The time zone of the dates that the sandbox makes up, which the API does not document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """The settings of a sandbox.

    Without `records`, each campaign has a thousand invented ones. A campaign that occurs only in
    `records` is invented too. The three `accept_any_` switches are for a mapping whose fields,
    statuses and agents the sandbox cannot know: each accepts any value and ignores the campaigns'
    own lists. `vocabulary` has statuses and agents that are listed nevertheless, by campaign.
    `received_limit` is how many requests are kept in full (None: all).
    """

    username: str = "sandbox"
    password: str = field(default="sandbox", repr=False)
    campaigns: tuple[Campaign, ...] = CAMPAIGNS
    records: Iterable[RecordKey] | None = None
    faults: FaultPlan = NO_FAULTS
    accept_any_field: bool = False
    accept_any_status: bool = False
    accept_any_agent: bool = False
    vocabulary: Mapping[str, Vocabulary] = field(default_factory=dict)
    received_limit: int | None = None


class Sandbox:
    """The state that the application works on."""

    def __init__(self, settings: SandboxSettings) -> None:
        self.username = settings.username
        self.password = settings.password
        campaigns = [_with_settings(each, settings) for each in settings.campaigns]
        self._pattern = campaigns[0]
        self.campaigns = {each.campaign_id: each for each in campaigns}
        self.records = RecordStore(())
        self.received = ReceivedLog(settings.received_limit)
        self.attempts = FaultyAttempts(settings.faults)
        self._panel = Panel(
            settings.faults.calls,
            settings.faults.departures,
            seed=settings.faults.seed,
            now=lambda: datetime.now(_ZONE),
        )
        self.add_records(self._made_up() if settings.records is None else settings.records)
        self._list(settings.vocabulary)
        self._panel.open(self.campaigns, self.records)

    def _list(self, vocabulary: Mapping[str, Vocabulary]) -> None:
        for campaign_id in self.campaigns.keys() & vocabulary.keys():
            words = vocabulary[campaign_id]
            self.campaigns[campaign_id] = replace(
                self.campaigns[campaign_id], statuses=words.statuses, agents=words.agents
            )

    def update(self, record: Record, change: Change) -> None:
        """Apply the change of an accepted request, and what people in the panel do then."""
        self.records.apply(record, change)
        self._panel.after_update(record, self.campaigns, self.records)

    def add_records(self, keys: Iterable[RecordKey]) -> None:
        """Add these records, and their campaigns if they are new."""
        for key in keys:
            if key[0] not in self.campaigns:
                self.campaigns[key[0]] = replace(
                    self._pattern, campaign_id=key[0], name=f"Kampania {key[0]}"
                )
            self.records.add((key,))

    def _made_up(self) -> list[RecordKey]:
        return [(campaign, each) for campaign in self.campaigns for each in made_up_identifiers()]


def _with_settings(campaign: Campaign, settings: SandboxSettings) -> Campaign:
    """Return a campaign in which "any value" replaces the lists that the settings say to ignore.

    Ids and logins belong to a campaign: its status 5 has nothing to do with another campaign's 5.
    """
    return replace(
        campaign,
        fields=() if settings.accept_any_field else campaign.fields,
        statuses=() if settings.accept_any_status else campaign.statuses,
        agents=() if settings.accept_any_agent else campaign.agents,
        any_field=settings.accept_any_field,
        any_status=settings.accept_any_status,
        any_agent=settings.accept_any_agent,
    )
