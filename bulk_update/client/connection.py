"""The system to connect to and the credentials, checked."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from bulk_update.errors import UsageError

_EXAMPLE = "Write it like this: --base-url https://acme.thulium.com"
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
            raise UsageError(
                "the user name contains a colon, which HTTP Basic cannot carry (RFC 7617)",
                hint="Give --username the login of the API's user, without the password.",
            )
        if not _is_utf8(self.username) or not _is_utf8(self.password):
            raise UsageError(
                "the user name or the password contains bytes that are not UTF-8",
                hint="Store the password file, or set the variable, in UTF-8.",
            )


def parse_base_url(text: str) -> str:
    """Return the canonical form of a base URL: scheme, lower-case host and any explicit port.

    Only `https` is allowed, plus plain `http` to loopback. A trailing `/` or `/api` is dropped
    because the client appends `/api/...` itself. Raises UsageError for anything else; the message
    never repeats user info.
    """
    parts = split_url(text.strip(), name="the base URL", hint=_EXAMPLE)
    if parts.username is not None:
        raise UsageError(
            "the base URL contains a user name or a password",
            hint="Write the URL without them; give --username, and the password in "
            "BULK_UPDATE_PASSWORD or --password-file.",
        )
    if parts.scheme not in _DEFAULT_PORTS:
        raise _refusal(text, "does not begin with https://")
    if parts.path not in _ADDED_BY_THE_CLIENT or parts.query or parts.fragment:
        raise _refusal(text, "has a path (expected only the host; /api/... is added to it)")
    host = _canonical_host(parts.hostname or "", text)
    if parts.scheme == "http" and not is_loopback(host):
        raise _refusal(text, "is not encrypted (plain http is allowed only to this machine)")
    return f"{parts.scheme}://{_bracketed(host)}{_port_suffix(parts)}"


def split_url(text: str, *, name: str, hint: str) -> SplitResult:
    """Split a URL; raises UsageError if it or its port is invalid.

    The message repeats the text only if it cannot contain a password.
    """
    shown = f" ({text!r})" if "@" not in text else ""
    if not text or _NEVER_IN_A_URL.search(text):
        raise UsageError(f"{name}{shown} is empty or contains spaces", hint=hint)
    try:
        parts = urlsplit(text)
        port_is_usable = parts.port != 0
    except ValueError:
        raise UsageError(f"{name}{shown} is not a valid URL", hint=hint) from None
    if not port_is_usable:
        raise UsageError(f"{name}{shown} has port 0", hint=hint)
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
        raise _refusal(text, "has no host name")
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


def _refusal(text: str, finding: str) -> UsageError:
    shown = repr(text) if "@" not in text else "that was given"
    return UsageError(f"the base URL {shown} {finding}", hint=_EXAMPLE)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
