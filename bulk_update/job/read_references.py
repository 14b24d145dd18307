"""What the service shows of campaigns, each read when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from bulk_update.errors import ReadRefusedError, ServiceError
from bulk_update.job.cached_references import age_notices, age_seconds
from bulk_update.job.environment import now_us
from bulk_update.job.reference_cache import ReferenceCache
from bulk_update.job.reference_needs import Needs
from bulk_update.records import Issue, Param
from bulk_update.reference import Agent, CampaignReference, CampaignStatus, RecordPage

_NOT_FOUND = 404

T = TypeVar("T")


class Reader(Protocol):
    """Reads campaigns, as `CampaignReader` does."""

    def statuses(self, campaign_id: str) -> tuple[CampaignStatus, ...]:
        """Return the statuses of a campaign."""

    def agents(self, campaign_id: str) -> tuple[Agent, ...]:
        """Return the agents of a campaign."""

    def records(self, campaign_id: str) -> Iterator[RecordPage]:
        """Yield the pages of a campaign's records."""


class ReadReferences:
    """Reads each campaign when it is first asked for, and keeps what was read."""

    def __init__(
        self,
        reader: Reader,
        cache: ReferenceCache,
        needs: Needs,
        *,
        host: str,
        within: float | None = None,
    ) -> None:
        self._within = within
        self._reader = reader
        self._cache = cache
        self._needs = needs
        self._host = host
        self._known: dict[str, CampaignReference] = {}
        self._kept: list[CampaignReference] = []
        self._notices: list[Issue] = []

    def of(self, campaign_id: str) -> CampaignReference:
        """Return what the service shows of a campaign.

        Raises ServiceError for a campaign that does not exist, and for statuses that cannot be
        read where their names have to be.
        """
        if campaign_id not in self._known:
            reference = self._young(campaign_id)
            if reference is None:
                reference = self._read(campaign_id)
                self._cache.store(reference)
            self._known[campaign_id] = reference
        return self._known[campaign_id]

    def known(self) -> tuple[CampaignReference, ...]:
        """Return the data of the campaigns that were asked for so far."""
        return tuple(self._known.values())

    def notices(self) -> tuple[Issue, ...]:
        """Return the checks that were left out, and how old the data is unless it is new."""
        return (*self._notices, *age_notices(tuple(self._kept)))

    def _young(self, campaign_id: str) -> CampaignReference | None:
        """Return what was read last, if that is recent enough and all that the mapping needs."""
        if self._within is None:
            return None
        found = self._cache.load(campaign_id)
        if found is None or age_seconds(found) > self._within:
            return None
        if (self._needs.statuses and found.statuses is None) or (
            self._needs.agents and found.agents is None
        ):
            return None
        self._kept.append(found)
        return found

    def _read(self, campaign_id: str) -> CampaignReference:
        statuses = _unless_refused(lambda: self._reader.statuses(campaign_id))
        agents = _unless_refused(lambda: self._reader.agents(campaign_id))
        if _is_missing(statuses) and _is_missing(agents):
            self._require_campaign(campaign_id)
        if isinstance(statuses, ReadRefusedError) and self._needs.names:
            raise _unresolved(campaign_id, statuses)
        return CampaignReference(
            campaign_id,
            self._noted(statuses, "statuses", campaign_id, is_needed=self._needs.statuses),
            self._noted(agents, "agents", campaign_id, is_needed=self._needs.agents),
            now_us(),
        )

    def _require_campaign(self, campaign_id: str) -> None:
        """Raise ServiceError if the service does not know the records of a campaign either."""
        try:
            next(self._reader.records(campaign_id))
        except ReadRefusedError as refused:
            if refused.status == _NOT_FOUND:
                params = {"campaign": campaign_id, "host": self._host}
                variant = "mapped-names" if self._needs.names else "live"
                raise ServiceError(Issue("no-campaign", params, variant)) from None

    def _noted(
        self, found: T | ReadRefusedError, what: str, campaign_id: str, *, is_needed: bool
    ) -> T | None:
        if not isinstance(found, ReadRefusedError):
            return found
        if is_needed:
            params: dict[str, Param] = {
                "what": what, "campaign": campaign_id, "status": found.status,
            }  # fmt: skip
            self._notices.append(Issue("unchecked-reference", params))
        return None


def _unless_refused(read: Callable[[], T]) -> T | ReadRefusedError:
    try:
        return read()
    except ReadRefusedError as refused:
        return refused


def _is_missing(found: object) -> bool:
    return isinstance(found, ReadRefusedError) and found.status == _NOT_FOUND


def _unresolved(campaign_id: str, refused: ReadRefusedError) -> ServiceError:
    params: dict[str, Param] = {"error": refused.issues[0], "campaign": campaign_id}
    return ServiceError(Issue("unread-reference", params, "unresolved"))
