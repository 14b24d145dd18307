"""The API over HTTP: takes one planned change, returns one reply.

Only this room knows httpx and httptools, and only it knows the API's paths, bodies and error
formats. No type or exception of either library leaves it. Importing them takes a tenth of a second
and a check sends nothing, so they are loaded only with `ThuliumClient`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulk_update.client.connection import Connection, parse_base_url
from bulk_update.client.paths import request_path
from bulk_update.client.proxies import parse_proxy, proxy_from_environment

if TYPE_CHECKING:
    from bulk_update.client.thulium import Channel, ThuliumClient

__all__ = [
    "Channel",
    "Connection",
    "ThuliumClient",
    "parse_base_url",
    "parse_proxy",
    "proxy_from_environment",
    "request_path",
]


def __getattr__(name: str) -> object:
    """Import the client on first access (PEP 562)."""
    if name not in {"Channel", "ThuliumClient"}:
        raise AttributeError(name)
    from bulk_update.client import thulium  # noqa: PLC0415 - loads httpx

    return getattr(thulium, name)
