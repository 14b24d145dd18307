"""The examination of a whole set-up, in the order in which a run needs its parts."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from bulk_update.client import Connection, parse_base_url
from bulk_update.client.proxies import Proxy
from bulk_update.credentials import find_password, without_line_break
from bulk_update.errors import BulkUpdateError, MappingError
from bulk_update.job.connection import no_base_url, no_username, proxy_of
from bulk_update.job.doctor.findings import (
    Diagnosis,
    Finding,
    Topic,
    failure,
    not_checked,
    sound,
)
from bulk_update.job.doctor.machine import examine_machine, examine_time_zone
from bulk_update.job.doctor.service import READS, examine_service, unexamined_service
from bulk_update.job.doctor.state import examine_state
from bulk_update.job.request import LoadedMapping, base_url_of, load_file, path_text
from bulk_update.mapping import DEFAULT_TIMEZONE, Mapping
from bulk_update.records import Issue, Param, SourceOptions
from bulk_update.settings import DEFAULT_TIMEOUT_SECONDS, Settings
from bulk_update.stop_request import StopRequest

ANY_CAMPAIGN = "00001"
"""Asked for when the mapping names no campaign: a wrong password is refused whatever is asked."""

MOST_FAULTS = 3
"""How many errors of a mapping are shown."""

_OF_SETTINGS = (
    Topic.BASE_URL,
    Topic.USERNAME,
    Topic.PASSWORD,
    Topic.PROXY,
    Topic.FOLDER,
    Topic.DISK,
    Topic.LEDGER,
    Topic.LOCK,
)
"""What cannot be examined without settings, besides the service."""

_T = TypeVar("_T")


def examine(
    load: Callable[[], Settings], mapping_path: Path | None, *, stop: StopRequest
) -> Diagnosis:
    """Examine a set-up; `load` returns the settings or raises UsageError.

    Sends no write, and creates and changes no file.
    """
    with stop.interruptible():
        return _Examination().of(load, mapping_path)


@dataclass(slots=True)
class _Examination:
    """The findings so far."""

    found: list[Finding] = field(default_factory=list)

    def of(self, load: Callable[[], Settings], mapping_path: Path | None) -> Diagnosis:
        self.found += examine_machine()
        settings = self._get(Topic.SETTINGS, load, lambda _: sound(Topic.SETTINGS))
        mapping = self._mapping(mapping_path)
        self.found.append(examine_time_zone(mapping.api_timezone if mapping else DEFAULT_TIMEZONE))
        if settings is None:
            self.found += map(not_checked, _OF_SETTINGS)
            self._service(None, mapping)
        else:
            self._service(self._connection(settings, mapping), mapping)
            self.found += examine_state(settings)
        return Diagnosis(tuple(sorted(self.found, key=lambda each: list(Topic).index(each.topic))))

    def _get(
        self, topic: Topic, read: Callable[[], _T], finding: Callable[[_T], Finding]
    ) -> _T | None:
        """Read something, and add the finding about it or about the error."""
        try:
            value = read()
        except BulkUpdateError as error:
            self.found.append(failure(topic, error))
            return None
        self.found.append(finding(value))
        return value

    def _mapping(self, path: Path | None) -> Mapping | None:
        if path is None:
            self.found.append(not_checked(Topic.MAPPING, "no-mapping"))
            return None
        loaded = self._get(
            Topic.MAPPING,
            lambda: _load_mapping(path),
            lambda _: sound(Topic.MAPPING, {"path": path_text(path)}, "mapping"),
        )
        return loaded.mapping if loaded else None

    def _connection(self, settings: Settings, mapping: Mapping | None) -> Connection | None:
        """Return the connection, or None if a setting that it needs is missing or wrong."""
        base_url = self._get(
            Topic.BASE_URL,
            lambda: _base_url(settings, mapping),
            lambda url: sound(Topic.BASE_URL, {"url": url}, "base-url"),
        )
        username = self._get(
            Topic.USERNAME,
            lambda: _username(settings),
            lambda name: sound(Topic.USERNAME, {"name": name}, "username"),
        )
        if base_url is None:
            self.found += map(not_checked, (Topic.PASSWORD, Topic.PROXY))
            return None
        password = self._password(settings, base_url, username)
        proxies = self._get(
            Topic.PROXY, lambda: (proxy_of(settings, base_url=base_url),), _proxy_finding
        )
        if username is None or password is None or proxies is None:
            return None
        return Connection(
            base_url=base_url,
            username=username,
            password=password,
            proxy=proxies[0],
            timeout_seconds=_timeout_seconds(settings, mapping),
        )

    def _password(self, settings: Settings, base_url: str, username: str | None) -> str | None:
        if username is None:
            self.found.append(not_checked(Topic.PASSWORD))
            return None
        found = self._get(
            Topic.PASSWORD,
            lambda: find_password(settings, base_url=base_url, username=username),
            lambda found: sound(
                Topic.PASSWORD,
                {"path": path_text(found.path)} if found.path else {},
                f"password-{found.source}",
            ),
        )
        return found and found.password

    def _service(self, connection: Connection | None, mapping: Mapping | None) -> None:
        """Examine the service; without a mapping that names a campaign, only whether it answers."""
        campaign = mapping.campaign if mapping else None
        named = isinstance(campaign, str)
        campaigns = (campaign,) if isinstance(campaign, str) else (ANY_CAMPAIGN,)
        reads = READS if named else (Topic.STATUSES,)
        if connection is None:
            self.found += unexamined_service(campaigns, reads=reads)
        else:
            needs_names = mapping is not None and mapping.update.status is not None
            self.found += examine_service(
                connection, campaigns, reads=reads, needs_names=needs_names
            )


def _load_mapping(path: Path) -> LoadedMapping:
    """Load a mapping; its errors come without the lines that they are about."""
    try:
        return load_file(path, SourceOptions())
    except MappingError as error:
        if not error.faults:
            raise
        shown = [_without_excerpt(fault) for fault in error.faults[:MOST_FAULTS]]
        if more := len(error.faults) - len(shown):
            shown.append(Issue("mapping", {"count": more}, "more-left"))
        params: dict[str, Param] = {"path": path_text(path), "first": shown[0]}
        raise MappingError(Issue("mapping", params, "listed"), *shown[1:]) from None


def _without_excerpt(fault: Issue) -> Issue:
    return replace(fault, params={**fault.params, "excerpt": ()})


def _base_url(settings: Settings, mapping: Mapping | None) -> str:
    if settings.base_url is None:
        raise no_base_url()
    if mapping is None:
        return parse_base_url(settings.base_url)
    return base_url_of(settings, mapping) or ""


def _username(settings: Settings) -> str:
    if not settings.username:
        raise no_username()
    username = without_line_break(settings.username, of="user-name")
    Connection(base_url="", username=username, password="")  # refuses what HTTP cannot carry
    return username


def _timeout_seconds(settings: Settings, mapping: Mapping | None) -> float:
    mapped = mapping.delivery.timeout if mapping else None
    return settings.timeout or mapped or DEFAULT_TIMEOUT_SECONDS


def _proxy_finding(proxies: tuple[str | None]) -> Finding:
    (proxy,) = proxies
    if proxy is not None:
        return sound(Topic.PROXY, {"address": Proxy.of(proxy).address}, "proxy")
    is_set = any(os.environ.get(name) for name in ("https_proxy", "HTTPS_PROXY"))
    return sound(Topic.PROXY, variant="exempt" if is_set else "no-proxy")
