"""The API over HTTP: takes one planned change, returns one reply; and reads reference data.

Only this room knows httpx and httptools, and only it knows the API's paths, bodies and error
formats. No type or exception of either library leaves it. Importing them takes a tenth of a second
and a check sends nothing, so they are loaded only with the clients.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from bulk_update.client.connection import Connection, parse_base_url
from bulk_update.client.paths import request_path
from bulk_update.client.proxies import parse_proxy, proxy_from_environment

if TYPE_CHECKING:
    from bulk_update.client.probe import Certificate, Peer, Probe
    from bulk_update.client.reference import Reading, ReferenceClient
    from bulk_update.client.thulium import Channel, ThuliumClient

__all__ = [
    "Certificate",
    "Channel",
    "Connection",
    "Peer",
    "Probe",
    "Reading",
    "ReferenceClient",
    "ThuliumClient",
    "parse_base_url",
    "parse_proxy",
    "proxy_from_environment",
    "request_path",
]


_CLIENTS = {
    "Certificate": "probe",
    "Channel": "thulium",
    "Peer": "probe",
    "Probe": "probe",
    "Reading": "reference",
    "ReferenceClient": "reference",
    "ThuliumClient": "thulium",
}
"""The modules that load httpx, by what they define."""


def __getattr__(name: str) -> object:
    """Import a client on first access (PEP 562)."""
    if name not in _CLIENTS:
        raise AttributeError(name)
    return getattr(import_module(f"bulk_update.client.{_CLIENTS[name]}"), name)
