"""The system to connect to and the credentials, checked."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from bulk_update.errors import UsageError
from bulk_update.records import Issue

_DEFAULT_PORTS = {"https": 443, "http": 80}
_HOST_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NEVER_IN_A_URL = re.compile(r"[\s\x00-\x1f\x7f\\]")
_ADDED_BY_THE_CLIENT = frozenset({"", "/", "/api", "/api/"})


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach one system. Its repr contains no secret.

    `base_url` is canonical (`parse_base_url`), and so is `proxy` (`parse_proxy`), whose user name
    and password are secrets too. `timeout_seconds` limits a whole attempt, from connecting to the
    last byte of the response. Raises UsageError for credentials that HTTP Basic cannot carry.
    """

    base_url: str
    username: str
    password: str = field(repr=False)
    proxy: str | None = field(default=None, repr=False)
    timeout_seconds: float = 30.0
    connect_timeout_seconds: float = 10.0

    def __post_init__(self) -> None:
        if ":" in self.username:
            raise UsageError(Issue("usage", variant="user-name-colon"))
        if not _is_utf8(self.username) or not _is_utf8(self.password):
            raise UsageError(Issue("usage", variant="credentials-not-utf8"))


def parse_base_url(text: str) -> str:
    """Return the canonical form of a base URL: scheme, lower-case host and any explicit port.

    Only `https` is allowed, plus plain `http` to loopback. A trailing `/` or `/api` is dropped
    because the client appends `/api/...` itself. Raises UsageError for anything else; the message
    never repeats user info.
    """
    parts = split_url(text.strip(), of="base-url")
    if parts.username is not None:
        raise UsageError(Issue("usage", variant="base-url-user"))
    if parts.scheme not in _DEFAULT_PORTS:
        raise _refusal(text, "base-url-scheme")
    if parts.path not in _ADDED_BY_THE_CLIENT or parts.query or parts.fragment:
        raise _refusal(text, "base-url-path")
    host = _canonical_host(parts.hostname or "", text)
    if parts.scheme == "http" and not is_loopback(host):
        raise _refusal(text, "base-url-insecure")
    return f"{parts.scheme}://{_bracketed(host)}{_port_suffix(parts)}"


def split_url(text: str, *, of: Literal["base-url", "proxy"]) -> SplitResult:
    """Split a URL; raises UsageError if it or its port is invalid.

    The message repeats the text only if it cannot contain a password.
    """
    shown = {"shown": f" ({text!r})"} if "@" not in text else {}
    if not text or _NEVER_IN_A_URL.search(text):
        raise UsageError(Issue("usage", shown, f"{of}-blank"))
    try:
        parts = urlsplit(text)
        port_is_usable = parts.port != 0
    except ValueError:
        raise UsageError(Issue("usage", shown, f"{of}-malformed")) from None
    if not port_is_usable:
        raise UsageError(Issue("usage", shown, f"{of}-port"))
    return parts


def is_loopback(host: str) -> bool:
    """Return whether a host name or address can only mean this machine."""
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def _canonical_host(host: str, text: str) -> str:
    with suppress(ValueError):
        return ip_address(host).compressed
    try:
        ascii_host = host.removesuffix(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        ascii_host = ""
    if not _HOST_NAME.fullmatch(ascii_host):
        raise _refusal(text, "base-url-host")
    return ascii_host


def _bracketed(host: str) -> str:
    with suppress(ValueError):
        if isinstance(ip_address(host), IPv6Address):
            return f"[{host}]"
    return host


def _port_suffix(parts: SplitResult) -> str:
    if parts.port is None or parts.port == _DEFAULT_PORTS[parts.scheme]:
        return ""
    return f":{parts.port}"


def _refusal(text: str, variant: str) -> UsageError:
    shown = repr(text) if "@" not in text else Issue("usage", variant="base-url-hidden")
    return UsageError(Issue("usage", {"shown": shown}, variant))


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
