"""What the caller settled before a use case starts."""

from __future__ import annotations

import json
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from bulk_update.client import parse_base_url
from bulk_update.errors import InputError, MappingError, UsageError
from bulk_update.mapping import Mapping, load_mapping
from bulk_update.records import SourceOptions
from bulk_update.settings import (
    DEFAULT_PATIENCE_SECONDS,
    DEFAULT_RATE,
    DEFAULT_RETRIES,
    DEFAULT_TIMEOUT_SECONDS,
    DEFAULT_WORKERS,
    Delivery,
    Settings,
)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Request:
    """A file, a mapping, and how the command line wants them treated.

    `guards` are the values of `--guard`, by name. `only_changed` None leaves it to the mapping.
    """

    file: Path
    mapping_path: Path
    settings: Settings
    out: Path | None = None
    source: SourceOptions = field(default_factory=SourceOptions)
    only_changed: bool | None = None
    again: bool = False
    guards: MappingOf[str, str] = field(default_factory=dict)
    limit: int | None = None
    wait_seconds: float = 0.0
    results_delimiter: str = ","
    group_readable: bool = False


@dataclass(frozen=True, slots=True)
class LoadedMapping:
    """A mapping with the bytes it came from, as the ledger keeps it."""

    mapping: Mapping
    data: bytes
    path: str


def read_mapping(path: Path) -> bytes:
    """Return the bytes of a mapping; raises MappingError where they cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise MappingError(
            f"the mapping {path} cannot be read: {error.strerror}",
            hint="Name a YAML file with -m.",
        ) from error


def load(request: Request) -> LoadedMapping:
    """Read the request's mapping and lay the command line's wishes over it.

    Raises MappingError.
    """
    data = read_mapping(request.mapping_path)
    return LoadedMapping(
        overridden(
            load_mapping(data, path=str(request.mapping_path)),
            source=request.source,
            only_changed=request.only_changed,
        ),
        data,
        str(request.mapping_path),
    )


def overridden(mapping: Mapping, *, source: SourceOptions, only_changed: bool | None) -> Mapping:
    """Return the mapping as the command line wants it."""
    mapping = mapping.with_source(
        encoding=source.encoding, delimiter=source.delimiter, sheet=source.sheet
    )
    return mapping if only_changed is None else mapping.with_only_changed(value=only_changed)


def overrides_json(request: Request) -> str:
    """Return what the command line said of the source, for a later `apply` or `retry`."""
    return json.dumps(
        {
            "encoding": request.source.encoding,
            "delimiter": request.source.delimiter,
            "sheet": request.source.sheet,
            "only_changed": request.only_changed,
        }
    )


def readable_file(path: Path) -> Path:
    """Return the path of a file that is there; raises InputError with what else it may be."""
    if path.is_dir():
        raise InputError(f"{path} is a folder", hint="Name one spreadsheet.")
    if not path.exists():
        raise InputError(f"there is no file {path}", hint="Check the name and the folder.")
    return path


def base_url_of(settings: Settings, mapping: Mapping) -> str | None:
    """Return the base URL in its canonical form, or None where none is set.

    Raises UsageError where it is malformed, or not the host that the mapping is for.
    """
    if settings.base_url is None:
        return None
    base_url = parse_base_url(settings.base_url)
    host = urlsplit(base_url).hostname
    if mapping.host is not None and host != mapping.host.lower():
        raise UsageError(
            f"the mapping is for {mapping.host}, and the base URL names {host}",
            hint="Use the mapping of this system, or mend --base-url (BULK_UPDATE_BASE_URL).",
        )
    return base_url


def delivery_of(settings: Settings, mapping: Mapping) -> Delivery:
    """Join the settings with the mapping's `delivery` and the defaults."""
    wish = mapping.delivery
    rate = _first(settings.rate, wish.rate, DEFAULT_RATE)
    return Delivery(
        rate=None if rate == "unlimited" else float(rate),
        workers=_first(settings.workers, wish.workers, DEFAULT_WORKERS),
        timeout_seconds=_first(settings.timeout, wish.timeout, DEFAULT_TIMEOUT_SECONDS),
        retries=_first(settings.retries, wish.retries, DEFAULT_RETRIES),
        patience_seconds=_first(settings.patience, wish.patience, DEFAULT_PATIENCE_SECONDS),
    )


def _first(said: _T | None, wished: _T | None, default: _T) -> _T:
    if said is not None:
        return said
    return default if wished is None else wished
