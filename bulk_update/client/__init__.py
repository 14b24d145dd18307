"""The API over HTTP: one planned change in, one reply out.

The only room that knows httpx and aiohttp, and the only one that knows the API's paths, bodies
and error shapes. Nothing of either library leaves it, neither a type nor an exception.
"""

from __future__ import annotations

from bulk_update.client.connection import Connection, parse_base_url
from bulk_update.client.proxies import parse_proxy, proxy_from_environment
from bulk_update.client.thulium import ThuliumClient, request_path

__all__ = [
    "Connection",
    "ThuliumClient",
    "parse_base_url",
    "parse_proxy",
    "proxy_from_environment",
    "request_path",
]
