"""How to reach the service: the base URL, the credentials and the proxy."""

from __future__ import annotations

import os

from bulk_update.client import Connection, parse_proxy, proxy_from_environment
from bulk_update.credentials import password_of, without_line_break
from bulk_update.errors import UsageError
from bulk_update.job.request import LoadedMapping, RunOptions, base_url_of, delivery_of
from bulk_update.records import Issue
from bulk_update.settings import Settings


def connection_of(
    options: RunOptions, loaded: LoadedMapping | None, *, base_url: str | None = None
) -> Connection:
    """Return the connection; `base_url` is given for a run that already has one.

    Without a mapping, the settings decide alone.

    Raises UsageError naming a missing setting.
    """
    settings = options.settings
    mapping = loaded.mapping if loaded else None
    base_url = base_url or base_url_of(settings, mapping)
    if base_url is None:
        raise no_base_url()
    if not settings.username:
        raise no_username()
    username = without_line_break(settings.username, of="user-name")
    return Connection(
        base_url=base_url,
        username=username,
        password=password_of(settings, base_url=base_url, username=username),
        proxy=proxy_of(settings, base_url=base_url),
        timeout_seconds=delivery_of(settings, mapping).timeout_seconds,
    )


def proxy_of(settings: Settings, *, base_url: str) -> str | None:
    """Return the proxy that the settings or the system's environment name, or None.

    Raises UsageError for one that cannot be used.
    """
    if settings.proxy is None:
        return proxy_from_environment(base_url, os.environ)
    return parse_proxy(settings.proxy.get_secret_value(), base_url=base_url)


def no_base_url() -> UsageError:
    """Return the error for a missing base URL."""
    return UsageError(Issue("usage", variant="no-base-url"))


def no_username() -> UsageError:
    """Return the error for a missing user name."""
    return UsageError(Issue("usage", variant="no-user-name"))
