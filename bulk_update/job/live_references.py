"""What is known of the campaigns of a file: read now, or as it was read last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from bulk_update.client import Connection
from bulk_update.errors import ReadRefusedError, ServiceError, UsageError
from bulk_update.job.connection import connection_of
from bulk_update.job.environment import now_us
from bulk_update.job.reference_cache import ReferenceCache
from bulk_update.job.request import LoadedMapping, RunOptions, delivery_of
from bulk_update.mapping import Mapping
from bulk_update.messages import duration, sentence_of
from bulk_update.records import Issue, Param
from bulk_update.reference import Agent, CampaignReference, CampaignStatus, RecordPage
from bulk_update.settings import Delivery

_NOT_FOUND = 404
_SHOWN = 3
_MICROSECONDS = 1_000_000

T = TypeVar("T")


class Reader(Protocol):
    """Reads campaigns, as `CampaignReader` does."""

    def statuses(self, campaign_id: str) -> tuple[CampaignStatus, ...]:
        """Return the statuses of a campaign."""

    def agents(self, campaign_id: str) -> tuple[Agent, ...]:
        """Return the agents of a campaign."""

    def records(self, campaign_id: str) -> Iterator[RecordPage]:
        """Yield the pages of a campaign's records."""


class LiveReferences(Protocol):
    """A source of what is known of campaigns, and what there is to say about it."""

    def of(self, campaign_id: str) -> CampaignReference:
        """Return what is known of a campaign; raises whatever ends the run."""

    def known(self) -> tuple[CampaignReference, ...]:
        """Return what was asked for so far."""

    def notices(self) -> tuple[Issue, ...]:
        """Return what there is to say about the campaigns so far."""


def is_live(options: RunOptions, loaded: LoadedMapping) -> bool:
    """Return whether rows are checked against their campaigns."""
    mapping = loaded.mapping
    return mapping.live or mapping.update.status is not None or _wish(options, loaded) is not None


def _wish(options: RunOptions, loaded: LoadedMapping) -> bool | None:
    """Return whether to read now (True) or use what was read last (False), if either is named."""
    return loaded.live if options.live is None else options.live


@contextmanager
def live_references(
    options: RunOptions,
    loaded: LoadedMapping,
    *,
    base_url: str | None,
    sends: bool,
    is_planned: bool = False,
) -> Iterator[LiveReferences | None]:
    """Yield the reference data for a file, or None if its rows are not checked against any.

    `sends`: rows are sent next, so that what was read last counts only within `--reference-age`.
    `is_planned`: the rows have been checked before, so that within this age nothing is read again.
    Raises UsageError if a setting is missing, or if nothing has been read of the system.
    """
    if not is_live(options, loaded):
        yield None
    elif _wish(options, loaded) is False:
        yield cached_references(options, base_url=base_url, sends=sends)
    else:
        connection = connection_of(options, loaded, base_url=base_url)
        within = options.reference_age_seconds if is_planned else None
        delivery = delivery_of(options.settings, loaded.mapping)
        needs = needs_of(loaded.mapping)
        with reading_references(options, connection, delivery, needs, within=within) as references:
            yield references


@contextmanager
def reading_references(
    options: RunOptions,
    connection: Connection,
    delivery: Delivery,
    needs: Needs,
    *,
    within: float | None = None,
) -> Iterator[ReadReferences]:
    """Yield reference data that is read when it is first asked for.

    What was read within so many seconds is not read again.
    """
    from bulk_update.job.reference import campaign_reader  # noqa: PLC0415 - loads httpx only to read

    cache = ReferenceCache(options.settings.state_folder, connection.base_url)
    with campaign_reader(connection, delivery, options.stop) as reader:
        yield ReadReferences(
            reader,
            cache,
            needs,
            host=_host(connection.base_url),
            within=within,
        )


def cached_references(
    options: RunOptions, *, base_url: str | None, sends: bool
) -> CachedReferences:
    """Return the reference data that was read last; raises UsageError without a base URL."""
    if base_url is None:
        raise UsageError(
            "--offline needs the base URL: reference data is kept per system",
            hint="Pass --base-url https://acme.thulium.com, or set BULK_UPDATE_BASE_URL.",
        )
    cache = ReferenceCache(options.settings.state_folder, base_url)
    return CachedReferences(cache, most_seconds=options.reference_age_seconds if sends else None)


@dataclass(frozen=True, slots=True)
class Needs:
    """What a mapping needs of reference data: names need the statuses, the others are checks."""

    names: bool
    statuses: bool
    agents: bool


def needs_of(mapping: Mapping) -> Needs:
    """Return what a mapping needs."""
    update = mapping.update
    names = update.status is not None
    return Needs(names, names or update.status_id is not None, update.agent_login is not None)


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
        """Return what was asked for so far."""
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
                issue = Issue("no-campaign", {"campaign": campaign_id, "host": self._host})
                raise ServiceError(
                    sentence_of(issue),
                    hint="Check the campaign and the base URL; a system without these endpoints "
                    "can only be used without --live.",
                    reason="no-campaign",
                ) from None

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


class CachedReferences:
    """What was read last; `most_seconds` is how old it may be."""

    def __init__(self, cache: ReferenceCache, *, most_seconds: float | None) -> None:
        self._cache = cache
        self._most_seconds = most_seconds
        self._known: dict[str, CampaignReference] = {}

    def of(self, campaign_id: str) -> CampaignReference:
        """Return what was read last of a campaign; raises UsageError if that is too long ago."""
        if campaign_id not in self._known:
            self._known[campaign_id] = self._load(campaign_id)
        return self._known[campaign_id]

    def known(self) -> tuple[CampaignReference, ...]:
        """Return what was asked for so far."""
        return tuple(self._known.values())

    def notices(self) -> tuple[Issue, ...]:
        """Return how old the oldest of the data is."""
        return age_notices(self.known())

    def _load(self, campaign_id: str) -> CampaignReference:
        reference = self._cache.load(campaign_id)
        if reference is None:
            raise UsageError(
                f"--offline: the statuses and agents of campaign {campaign_id} were never read",
                hint="Run `bulk-update check --live` with this file once.",
            )
        if self._most_seconds is not None and age_seconds(reference) > self._most_seconds:
            raise UsageError(
                f"--offline: the statuses and agents of campaign {campaign_id} were read "
                f"{duration(age_seconds(reference))} ago, and --reference-age is "
                f"{duration(self._most_seconds)}",
                hint="Omit --offline to read them again, or allow their age with --reference-age.",
            )
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


def _unless_refused(read: Callable[[], T]) -> T | ReadRefusedError:
    try:
        return read()
    except ReadRefusedError as refused:
        return refused


def _is_missing(found: object) -> bool:
    return isinstance(found, ReadRefusedError) and found.status == _NOT_FOUND


def _unresolved(campaign_id: str, refused: ReadRefusedError) -> ServiceError:
    return ServiceError(
        f"{refused.message}; the names in the column of status cannot be resolved without them",
        hint=f"Give the API user the permission to read GET /api/outbounds/{campaign_id}/statuses, "
        "or map status_id.",
        reason="unread-reference",
    )


def _host(base_url: str) -> str:
    return urlsplit(base_url).netloc
