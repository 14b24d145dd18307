"""The caller's input to a use case."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from bulk_update.client import parse_base_url
from bulk_update.errors import MappingError, UsageError
from bulk_update.ledger import BUSY_SECONDS
from bulk_update.mapping import Mapping, load_mapping
from bulk_update.mapping.notify_urls import without_urls
from bulk_update.mapping.run_schema import DeliverySection
from bulk_update.records import Issue, SourceOptions
from bulk_update.settings import (
    DEFAULT_PATIENCE_SECONDS,
    DEFAULT_RATE,
    DEFAULT_RETRIES,
    DEFAULT_TIMEOUT_SECONDS,
    DEFAULT_WORKERS,
    Delivery,
    Settings,
)
from bulk_update.stop_request import StopRequest

_T = TypeVar("_T")

DEFAULT_REFERENCE_AGE_SECONDS = 86_400.0
"""The maximum age of reference data when rows are sent."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options that do not depend on the rows.

    `guards` contains the values of `--guard`, by name. If `out` is None, files are written to the
    run's own folder; if `limit` is None, all rows are sent. `expect_changes` is the number of rows
    to send that the operator confirms. `live` checks rows against their campaigns, as read now
    (True) or as they were read last (False); if it is None, the mapping decides. With `snapshot`,
    records are read before anything is sent to them, and with `verifies` also afterwards. The file
    of a finished run is moved to the folder `archive`. Every `seconds_between_beats`, the observer
    hears that sending goes on. A request on `stop` ends the run early. `with_page` is whether
    `report.html` is written. `ledger_patience_seconds` is how long a command that only looks or
    plans waits for another program that is writing to the ledger.
    """

    settings: Settings
    out: Path | None = None
    guards: MappingOf[str, str] = field(default_factory=dict)
    limit: int | None = None
    expect_changes: int | None = None
    snapshot: bool = False
    verifies: bool = False
    wait_seconds: float = 0.0
    results_delimiter: str = ","
    live: bool | None = None
    reference_age_seconds: float = DEFAULT_REFERENCE_AGE_SECONDS
    group_readable: bool = False
    seconds_between_beats: float = 30.0
    archive: str | None = None
    with_page: bool = True
    ledger_patience_seconds: float = BUSY_SECONDS
    stop: StopRequest = field(default_factory=StopRequest)


@dataclass(frozen=True, slots=True)
class Request:
    """A file, a mapping, and the command line's options for both.

    `file` is read; `given` is what the caller named it by, if that is something else: a pattern, of
    which the `newest` file is meant, `-` or a URL. A file that was modified more than
    `max_age_seconds` ago is refused. If `only_changed` is None, the mapping decides. `again` also
    sends rows that an earlier run of the same file has already sent.
    """

    file: Path
    mapping_path: Path
    options: RunOptions
    source: SourceOptions = field(default_factory=SourceOptions)
    only_changed: bool | None = None
    again: bool = False
    given: str = ""
    newest: bool = False
    max_age_seconds: float | None = None

    @property
    def text(self) -> str:
        """What the caller named."""
        return self.given or str(self.file)


@dataclass(frozen=True, slots=True)
class LoadedMapping:
    """A mapping with its source text, which the ledger stores (without the URLs of `notify`).

    `live` is what a run was planned with, if `--live` or `--offline` was given.
    """

    mapping: Mapping
    data: bytes
    path: str
    live: bool | None = None


def load(request: Request) -> LoadedMapping:
    """Read the request's mapping and apply the options of the command line to it.

    Raises MappingError.
    """
    return load_file(request.mapping_path, request.source, only_changed=request.only_changed)


def load_file(
    path: Path, source: SourceOptions, *, only_changed: bool | None = None
) -> LoadedMapping:
    """Read a mapping and apply the options of the command line to it; raises MappingError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        params = {"path": str(path), "error": str(error.strerror)}
        raise MappingError(Issue("mapping", params, "unreadable")) from error
    mapping = load_mapping(data, path=path_text(path))
    return LoadedMapping(
        _overridden(mapping, source, only_changed=only_changed),
        _without_urls(data, mapping) if mapping.notify else data,
        path_text(path),
    )


def _without_urls(data: bytes, mapping: Mapping) -> bytes:
    """Return the text of a mapping for the ledger, without the secrets in `notify`.

    Raises MappingError if they cannot be removed, or not without changing anything else.
    """
    kept = without_urls(data)
    stored = load_mapping(kept, path=mapping.name)
    texts = (url.get_secret_value().encode() for url in mapping.notify)
    if stored.shape() != mapping.shape() or any(text in kept for text in texts):
        raise MappingError(Issue("mapping", variant="secret-urls"))
    return kept


def path_text(path: Path | str) -> str:
    """Return a path as text that can be stored and shown, even if its name is not UTF-8."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def overrides_json(request: Request) -> str:
    """Return the command line's options for the source, for a later `apply` or `retry`."""
    source = request.source
    live = request.options.live
    return json.dumps([source.encoding, source.delimiter, source.sheet, request.only_changed, live])


def reload(data: bytes, *, path: str, overrides: str) -> LoadedMapping:
    """Load a mapping from the text and options stored in the ledger."""
    encoding, delimiter, sheet, only_changed, *later = json.loads(overrides)
    source = SourceOptions(encoding=encoding, delimiter=delimiter, sheet=sheet)
    mapping = _overridden(load_mapping(data, path=path), source, only_changed=only_changed)
    return LoadedMapping(mapping, data, path, live=later[0] if later else None)


def _overridden(mapping: Mapping, source: SourceOptions, *, only_changed: bool | None) -> Mapping:
    mapping = mapping.with_source(
        encoding=source.encoding, delimiter=source.delimiter, sheet=source.sheet
    )
    return mapping if only_changed is None else mapping.with_only_changed(value=only_changed)


def base_url_of(settings: Settings, mapping: Mapping | None) -> str | None:
    """Return the base URL in its canonical form, or None if none is set.

    Raises UsageError if it is malformed, or if the mapping is for another host.
    """
    if settings.base_url is None:
        return None
    base_url = parse_base_url(settings.base_url)
    host = urlsplit(base_url).hostname
    if mapping is not None and mapping.host is not None and host != mapping.host.lower():
        raise UsageError(Issue("usage", {"host": mapping.host, "found": host or ""}, "other-host"))
    return base_url


def delivery_of(settings: Settings, mapping: Mapping | None) -> Delivery:
    """Combine the settings with the mapping's `delivery`, if there is one, and the defaults."""
    mapped = DeliverySection() if mapping is None else mapping.delivery
    return Delivery(
        rate=_per_second(_first(settings.rate, mapped.rate, DEFAULT_RATE)),
        workers=_first(settings.workers, mapped.workers, DEFAULT_WORKERS),
        timeout_seconds=_first(settings.timeout, mapped.timeout, DEFAULT_TIMEOUT_SECONDS),
        retries=_first(settings.retries, mapped.retries, DEFAULT_RETRIES),
        patience_seconds=_first(settings.patience, mapped.patience, DEFAULT_PATIENCE_SECONDS),
    )


def patience_of(options: RunOptions, loaded: LoadedMapping) -> float:
    """Return how many seconds a run waits for the service, or for another writer of the ledger."""
    return delivery_of(options.settings, loaded.mapping).patience_seconds


def _per_second(rate: object) -> float | None:
    return rate if isinstance(rate, float) else None  # `unlimited`


def _first(given: _T | None, mapped: _T | None, default: _T) -> _T:
    if given is not None:
        return given
    return default if mapped is None else mapped
