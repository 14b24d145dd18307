"""The reference data of a file's campaigns: read now, or as it was last read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol
from urllib.parse import urlsplit

from bulk_update.client import Connection
from bulk_update.errors import UsageError
from bulk_update.job.cached_references import CachedReferences
from bulk_update.job.connection import connection_of
from bulk_update.job.read_references import ReadReferences
from bulk_update.job.reference_cache import ReferenceCache
from bulk_update.job.reference_needs import Needs, needs_of
from bulk_update.job.request import LoadedMapping, RunOptions, delivery_of
from bulk_update.records import Issue
from bulk_update.reference import CampaignReference
from bulk_update.settings import Delivery


class LiveReferences(Protocol):
    """A source of reference data, with notes about it."""

    def of(self, campaign_id: str) -> CampaignReference:
        """Return what is known of a campaign; raises whatever ends the run."""

    def known(self) -> tuple[CampaignReference, ...]:
        """Return the data of the campaigns that were asked for so far."""

    def notices(self) -> tuple[Issue, ...]:
        """Return notes about the campaigns that were asked for so far."""


def is_live(options: RunOptions, loaded: LoadedMapping) -> bool:
    """Return whether rows are checked against their campaigns."""
    mapping = loaded.mapping
    return mapping.live or mapping.update.status is not None or _wish(options, loaded) is not None


def _wish(options: RunOptions, loaded: LoadedMapping) -> bool | None:
    """Return True to read now, False to use what was read last, None for the mapping to decide."""
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
        yield _cached(options, loaded, base_url=base_url, sends=sends)
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

    Data that was read within this many seconds is not read again.
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


def _cached(
    options: RunOptions, loaded: LoadedMapping, *, base_url: str | None, sends: bool
) -> CachedReferences:
    if base_url is None:
        raise UsageError(Issue("usage", variant="offline-without-url"))
    return CachedReferences(
        ReferenceCache(options.settings.state_folder, base_url),
        needs_of(loaded.mapping),
        most_seconds=options.reference_age_seconds if sends else None,
    )


def _host(base_url: str) -> str:
    return urlsplit(base_url).netloc
