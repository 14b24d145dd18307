"""The proxy between this machine and the API, if any.

Only `http://` proxies are supported. The connection to the API goes through a tunnel (CONNECT), so
the proxy sees only the API's host name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from bulk_update.client.connection import is_loopback, split_url
from bulk_update.errors import UsageError
from bulk_update.records import Issue

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def parse_proxy(text: str, *, base_url: str) -> str:
    """Return the canonical form of a proxy URL; the scheme may be missing.

    Raises UsageError for anything but an `http://` proxy with a host. Also raises it for any proxy
    if the base URL is this machine: over plain http the proxy could read the password. The message
    never repeats user info.
    """
    if base_url.startswith("http://"):
        raise UsageError(Issue("usage", {"url": base_url}, "proxy-loopback"))
    stripped = text.strip()
    url = stripped if _SCHEME.match(stripped) else f"http://{stripped}"
    parts = split_url(url, of="proxy")
    if parts.scheme != "http":
        raise UsageError(Issue("usage", {"scheme": parts.scheme}, "proxy-scheme"))
    if not parts.hostname:
        raise UsageError(Issue("usage", variant="proxy-host"))
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise UsageError(Issue("usage", variant="proxy-path"))
    return f"http://{parts.netloc}"


def proxy_from_environment(base_url: str, environ: Mapping[str, str]) -> str | None:
    """Return the proxy that HTTPS_PROXY sets for this base URL, or None.

    NO_PROXY is interpreted as in Python's urllib and in curl: `*`, or host names separated by
    commas, each optionally with a port and each including its subdomains. Lower-case variables take
    precedence, and an empty one disables the proxy. A proxy is never used to reach this machine.
    Raises UsageError for a proxy that cannot be used.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    proxy = _variable("https_proxy", environ)
    if parts.scheme != "https" or not proxy or is_loopback(host):
        return None
    if _is_exempt(host, parts.netloc, _variable("no_proxy", environ)):
        return None
    return parse_proxy(proxy, base_url=base_url)


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, split into its parts. Its repr and its `address` contain no secret."""

    address: str
    host: str
    port: int
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> Proxy:
        """Return the proxy for a canonical URL (`parse_proxy`)."""
        parts = urlsplit(url)
        return cls(
            address=f"http://{parts.netloc.rpartition('@')[2]}",
            host=parts.hostname or "",
            port=parts.port or 80,
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )

    @property
    def credentials(self) -> str:
        """What is sent to the proxy with HTTP Basic: `user:password`, or nothing."""
        return f"{self.username}:{self.password}" if self.username or self.password else ""


def _is_exempt(host: str, host_and_port: str, no_proxy: str) -> bool:
    names = (name.strip().lower().lstrip(".") for name in no_proxy.split(","))
    return any(
        name == "*" or name in {host, host_and_port} or host.endswith(f".{name}")
        for name in names
        if name
    )


def _variable(name: str, environ: Mapping[str, str]) -> str:
    return environ.get(name, environ.get(name.upper(), "")).strip()
