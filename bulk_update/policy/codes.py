"""The codes that sending can give a row, and what they mean.

The table in `REFERENCE.md` is made from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CODES: Mapping[str, str] = MappingProxyType(
    {
        "http-<status>": "the API answered with this HTTP status; the message is the API's own",
        "unreachable": "no connection (host name, port or network); nothing was sent",
        "proxy": "the proxy refused the connection or is unreachable; nothing was sent",
        "proxy-407": "the proxy refused its user name or password; nothing was sent",
        "address-too-long": "the identifier is too long for a URL; nothing was sent",
        "tls": "the TLS connection failed; nothing was sent",
        "timeout": "the request was sent, and no complete response arrived within `--timeout`",
        "disconnected": "the request was sent, and the connection broke before the response was "
        "complete",
        "bad-answer": "the request was sent, and the response is not valid HTTP",
        "unexpected-body": "a 2xx response whose body is a web page, an error or unreadable: the "
        "update is not confirmed",
        "halted-401": "the API refused the user name or password; the run stopped",
        "halted-407": "a proxy refused its user name or password; the run stopped",
        "halted-redirect": "the response is a redirect, and redirects are never followed; the run "
        "stopped",
        "halted-tls": "the server's certificate is not trusted, or TLS failed; the run stopped",
        "halted-login-page": "the response is a login page; the run stopped",
        "halted-403": "20 responses of 403 in a row: the user probably lacks the permission; the "
        "run stopped",
        "halted-404": "20 responses of 404 before any success: the campaign is probably wrong; "
        "the run stopped",
        "halted-canary": "five refusals in a row with 400 or 422 before any success: the mapping "
        "is probably wrong; the run stopped",
        "halted-patience": "the API was unavailable for longer than `--patience`; the run stopped",
        "halted-no-answer": "no attempt of the run got a response from the API",
    }
)

CONDEMNED_STATUSES: Mapping[str, frozenset[int]] = MappingProxyType(
    {
        "halted-403": frozenset({403}),
        "halted-404": frozenset({404}),
    }
)
"""Refusals that say nothing about their rows once a series of them has halted the run."""
