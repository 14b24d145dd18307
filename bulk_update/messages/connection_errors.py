"""The sentences about the connection's settings: the base URL, the proxy and the credentials.

They are variants of the code `usage`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_BASE_URL = "Write it like this: --base-url https://acme.thulium.com"
_PROXY = "Write it like this: http://proxy.example.com:3128"
_EMPTY = "Set it, or remove the empty setting."
_CONTROL = "contains a control character, such as a line break or a TAB"
_SET_AGAIN = "Set it again without one; a single line break at its end does no harm."

CONNECTION: Mapping[str, str] = MappingProxyType(
    {
        # --- the base URL
        "no-base-url": "the base URL is not set",
        "base-url-blank": "the base URL{shown:given} is empty or contains spaces",
        "base-url-malformed": "the base URL{shown:given} is not a valid URL",
        "base-url-port": "the base URL{shown:given} has port 0",
        "base-url-user": "the base URL contains a user name or a password",
        "base-url-hidden": "that was given",
        "base-url-scheme": "the base URL {shown:plain} does not begin with https://",
        "base-url-path": "the base URL {shown:plain} has a path (expected only the host; /api/... "
        "is added to it)",
        "base-url-insecure": "the base URL {shown:plain} is not encrypted (plain http is allowed "
        "only to this machine)",
        "base-url-host": "the base URL {shown:plain} has no host name",
        "other-host": "the mapping is for {host:plain}, but the base URL is {found:plain}",
        # --- the proxy
        "proxy-blank": "the proxy{shown:given} is empty or contains spaces",
        "proxy-malformed": "the proxy{shown:given} is not a valid URL",
        "proxy-port": "the proxy{shown:given} has port 0",
        "proxy-loopback": "a proxy cannot be used with {url:plain}, which is this machine",
        "proxy-scheme": "{scheme:plain}:// proxies are not supported",
        "proxy-host": "the proxy has no host name",
        "proxy-path": "the proxy's URL has a path",
        # --- the user name and the password
        "no-user-name": "the user name is not set",
        "user-name-empty": "the user name is empty",
        "user-name-control": f"the user name {_CONTROL}",
        "user-name-colon": "the user name contains a colon, which HTTP Basic cannot carry (RFC "
        "7617)",
        "no-password": "no password is set for {user:plain} at {url:plain}",
        "password-empty": "the password is empty",
        "password-control": f"the password {_CONTROL}",
        "credentials-not-utf8": "the user name or the password contains bytes that are not UTF-8",
        "keyring": "the system's keyring cannot be read: {error:plain}",
        # --- the password file
        "password-file-unreadable": "the password file {path:plain} cannot be read: {error:plain}",
        "password-file-not-utf8": "the password file {path:plain} is not UTF-8",
        "password-file-lines": "the password file {path:plain} must contain only the password, on "
        "one line",
        "password-file-owner": "the password file {path:plain} belongs to another user",
        "password-file-mounted": "every user can read the password file {path:plain}",
        "password-file-readable": "other users can read the password file {path:plain}",
    }
)

CONNECTION_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "no-base-url": "Pass --base-url https://acme.thulium.com, or set BULK_UPDATE_BASE_URL.",
        "base-url-blank": _BASE_URL,
        "base-url-malformed": _BASE_URL,
        "base-url-port": _BASE_URL,
        "base-url-user": "Write the URL without them; give --username, and the password in "
        "BULK_UPDATE_PASSWORD or --password-file.",
        "base-url-scheme": _BASE_URL,
        "base-url-path": _BASE_URL,
        "base-url-insecure": _BASE_URL,
        "base-url-host": _BASE_URL,
        "other-host": "Use a mapping for this system, or correct --base-url "
        "(BULK_UPDATE_BASE_URL).",
        "proxy-blank": _PROXY,
        "proxy-malformed": _PROXY,
        "proxy-port": _PROXY,
        "proxy-loopback": "Omit --proxy, or give the https:// base URL that you meant.",
        "proxy-scheme": _PROXY,
        "proxy-host": _PROXY,
        "proxy-path": _PROXY,
        "no-user-name": "Pass --username, or set BULK_UPDATE_USERNAME.",
        "user-name-empty": _EMPTY,
        "user-name-control": _SET_AGAIN,
        "user-name-colon": "Give --username the login of the API's user, without the password.",
        "no-password": "Set BULK_UPDATE_PASSWORD, name a file with --password-file, or store it in "
        "the system's keyring: keyring set {service:plain} {user:plain}@{url:plain}",
        "password-empty": _EMPTY,
        "password-control": _SET_AGAIN,
        "credentials-not-utf8": "Store the password file, or set the variable, in UTF-8.",
        "keyring": "Set BULK_UPDATE_PASSWORD, or name a file with --password-file.",
        "password-file-owner": "Use a file that belongs to you or to root.",
        "password-file-mounted": "Mount the secret with mode 0400 or 0440 (Kubernetes: "
        "defaultMode, Docker: mode).",
        "password-file-readable": "Restrict it: chmod 600 {path:plain}",
    }
)
