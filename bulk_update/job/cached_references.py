"""Reference data as it was last read of campaigns, and its age; the service is not asked."""

from __future__ import annotations

from collections.abc import Iterator

from bulk_update.errors import UsageError
from bulk_update.job.environment import now_us
from bulk_update.job.reference_cache import ReferenceCache
from bulk_update.job.reference_needs import Needs
from bulk_update.records import Issue, Param
from bulk_update.reference import CampaignReference

_SHOWN = 3
_MICROSECONDS = 1_000_000


class CachedReferences:
    """Reference data as last read; `most_seconds` is its maximum age (None: no limit)."""

    def __init__(self, cache: ReferenceCache, needs: Needs, *, most_seconds: float | None) -> None:
        self._cache = cache
        self._needs = needs
        self._most_seconds = most_seconds
        self._known: dict[str, CampaignReference] = {}

    def of(self, campaign_id: str) -> CampaignReference:
        """Return what was read last of a campaign; raises UsageError if that is too long ago."""
        if campaign_id not in self._known:
            self._known[campaign_id] = self._load(campaign_id)
        return self._known[campaign_id]

    def known(self) -> tuple[CampaignReference, ...]:
        """Return the data of the campaigns that were asked for so far."""
        return tuple(self._known.values())

    def notices(self) -> tuple[Issue, ...]:
        """Return how old the oldest of the data is, and what could not be read then."""
        return (*age_notices(self.known()), *self._unchecked())

    def _unchecked(self) -> Iterator[Issue]:
        for reference in self._known.values():
            for what, found, is_needed in (
                ("statuses", reference.statuses, self._needs.statuses),
                ("agents", reference.agents, self._needs.agents),
            ):
                if is_needed and found is None:
                    params = {"what": what, "campaign": reference.campaign_id}
                    yield Issue("unchecked-reference", params, "last")

    def _load(self, campaign_id: str) -> CampaignReference:
        reference = self._cache.load(campaign_id)
        if reference is None:
            raise UsageError(Issue("usage", {"campaign": campaign_id}, "offline-unknown"))
        if self._most_seconds is not None and age_seconds(reference) > self._most_seconds:
            params: dict[str, Param] = {
                "campaign": campaign_id,
                "age": age_seconds(reference),
                "most": self._most_seconds,
            }
            raise UsageError(Issue("usage", params, "offline-old"))
        if self._needs.names and reference.statuses is None:
            raise UsageError(Issue("usage", {"campaign": campaign_id}, "offline-no-names"))
        return reference


def age_seconds(reference: CampaignReference) -> float:
    """Return how long ago a campaign was read."""
    return max(0.0, (now_us() - reference.read_at_us) / _MICROSECONDS)


def age_notices(references: tuple[CampaignReference, ...]) -> tuple[Issue, ...]:
    """Return a notice that says how old the oldest of some reference data is."""
    if not references:
        return ()
    oldest = sorted(references, key=lambda each: each.read_at_us)
    params: dict[str, Param] = {
        "campaigns": tuple(each.campaign_id for each in oldest[:_SHOWN]),
        "left_out": max(0, len(oldest) - _SHOWN),
        "age": age_seconds(oldest[0]),
    }
    return (Issue("reference-age", params),)
