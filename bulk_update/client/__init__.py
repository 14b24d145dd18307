"""The API over HTTP: one planned change in, one reply out.

The only room that knows httpx and httptools, and the only one that knows the API's paths, bodies
and error shapes. Nothing of either library leaves it, neither a type nor an exception. Both are
imported with `ThuliumClient` alone, since they take a tenth of a second, and a check sends nothing.
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
    """Import the client when it is asked for (PEP 562)."""
    if name not in {"Channel", "ThuliumClient"}:
        raise AttributeError(name)
    from bulk_update.client import thulium  # noqa: PLC0415 - loads httpx

    return getattr(thulium, name)
